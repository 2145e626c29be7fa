/* Output is one piece; what went to standard error is a note. */
#include "step/tk_step.h"

#include "run/out.h"

bool tk_step(tk_command *command, struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	AUTO_BUF out = { 0 }, log = { 0 };
	const struct tk_env env = { .environ = ctx->host->environ, .cwd = ctx->cwd, .jobs = ctx->host->jobs, .cancel = ctx->host->cancel };
	(void)err;
	int code = command(args, &env, &out, &log);
	if (log.n)
		out_note(ctx->out, "%.*s", STR_ARG(str_trim_right(buf_str(&log))));
	out_print(ctx->out, buf_str(&out));
	if (code)
		*status = STEP_FAILED;
	return true;
}
