/* What the commands share: words, variables, how errors look. */
#include "step/tk.h"

#include <stdlib.h>
#include <string.h>

#include "step/step.h"
#include "step/tanka_host.h"

/* --- variables --- */

enum { NO_FILE, IS_FILE };

static bool add_vars(const step_words *words, const char *flag, enum jsonnet_var_kind kind, struct arena *a, struct tk_var_list *out,
		     struct err *err)
{
	bool is_tla = strncmp(flag, "tla", 3) == 0;
	for (size_t i = 0; i < words->n; i++) {
		struct jsonnet_var v = { .kind = kind };
		if (!str_cut(words->p[i], '=', &v.name, &v.text)) {
			const char *form = strstr(flag, "-file") ? "key=filename" : kind == JSONNET_STR ? "key=<value>" : "key=<code>";
			return err_set(err, ERR_USAGE, "%s argument has wrong format: `%.*s`. Expected `%s`", flag, STR_ARG(words->p[i]), form);
		}
		/* tk makes imports of files, and so do we: found and reported as any other. */
		if (kind == JSONNET_STR_FILE || kind == JSONNET_CODE_FILE) {
			v.text = arena_fmt(a, "%s @'%.*s'", kind == JSONNET_STR_FILE ? "importstr" : "import", STR_ARG(v.text));
			v.kind = JSONNET_CODE;
		}
		if (is_tla)
			vec_push_in(&out->tla, a, v);
		else
			vec_push_in(&out->ext, a, v);
	}
	return true;
}

bool tk_vars_parse(const struct tk_vars *v, struct arena *a, struct tk_var_list *out, struct err *err)
{
	const struct {
		const step_words *words;
		const char *flag;
		enum jsonnet_var_kind kind;
	} rows[] = {
		{ &v->ext_code, "ext-code", JSONNET_CODE },
		{ &v->ext_str, "ext-str", JSONNET_STR },
		{ &v->ext_code_file, "ext-code-file", JSONNET_CODE_FILE },
		{ &v->ext_str_file, "ext-str-file", JSONNET_STR_FILE },
		{ &v->tla_code, "tla-code", JSONNET_CODE },
		{ &v->tla_str, "tla-str", JSONNET_STR },
		{ &v->tla_code_file, "tla-code-file", JSONNET_CODE_FILE },
		{ &v->tla_str_file, "tla-str-file", JSONNET_STR_FILE },
	};
	*out = (struct tk_var_list){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!add_vars(rows[i].words, rows[i].flag, rows[i].kind, a, out, err))
			return false;
	return true;
}

bool tk_log_level(struct tk *tk, struct str level)
{
	static const char *const known[] = { "", "disabled", "fatal", "error", "warn", "info", "debug", "trace", "panic" };
	int64_t number;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq_nocase(level, str_c(known[i])))
			return true;
	if (str_to_int(level, &number)) {
		if (number >= INT8_MIN && number <= INT8_MAX)
			return true;
		return err_set(tk->err, ERR_USAGE, "Out-Of-Bounds Level: '%lld', defaulting to NoLevel", (long long)number);
	}
	return err_set(tk->err, ERR_USAGE, "Unknown Level String: '%.*s', defaulting to NoLevel", STR_ARG(level));
}

bool tk_take_vars(struct tk *tk, const struct tk_vars *vars)
{
	struct tk_var_list list;
	if (!tk_log_level(tk, vars->log_level))
		return false;
	if (vars->implementation.n && !str_eq(vars->implementation, STR("go")))
		return err_set(tk->err, ERR_USAGE, "unknown jsonnet implementation: %.*s", STR_ARG(vars->implementation));
	if (!tk_vars_parse(vars, tk->a, &list, tk->err))
		return false;
	tk->options.ext = (struct jsonnet_vars){ list.ext.p, list.ext.n };
	tk->options.tla = (struct jsonnet_vars){ list.tla.p, list.tla.n };
	tk->options.max_stack = vars->max_stack > 0 ? (uint32_t)MIN(vars->max_stack, UINT32_MAX) : 0;
	return true;
}

bool tk_filter(struct tk *tk, const step_words *targets, struct tanka_filter *out)
{
	tanka_strs strs = { targets->p, targets->n, targets->cap };
	return tanka_filter_parse(&strs, tk->a, out, tk->err);
}

/* --- words --- */

static bool refuse_usage(struct tk *tk, const struct tk_usage *usage)
{
	/* tk says "Error: Error: …" here. */
	err_wrap(tk->err, "Error");
	return err_hint(tk->err, "Usage:\n  raibid-run --step %s", usage->line);
}

bool tk_parse(struct tk *tk, const struct tk_usage *usage, const step_words *args, void *opts, const bool *help, step_words *operands,
	      bool *done)
{
	struct pflags parse = { .table = usage->flags };
	*done = false;
	if (!pflags_parse(&parse, args, tk->a, opts, operands, tk->err))
		return refuse_usage(tk, usage);
	if (*help) {
		buf_addf(tk->out, "Usage:\n  raibid-run --step %s\n\n%s\n\n%s", usage->line, usage->def->summary, usage->def->options);
		*done = true;
		return true;
	}
	if (operands->n >= usage->least && operands->n <= usage->most)
		return true;
	if (usage->least == usage->most)
		err_set(tk->err, ERR_USAGE, "accepts %zu arg, received %zu", usage->least, operands->n);
	else if (operands->n < usage->least)
		err_set(tk->err, ERR_USAGE, "expects at least %zu arg, received %zu", usage->least, operands->n);
	else
		err_set(tk->err, ERR_USAGE, "accepts between %zu and %zu args, received %zu", usage->least, usage->most, operands->n);
	return refuse_usage(tk, usage);
}

/* --- running --- */

struct arena *tk_arena(struct tk *tk)
{
	struct arena *a = xcalloc(1, sizeof(*a));
	vec_push(&tk->arenas, a);
	return a;
}

static void free_arenas(struct tk *tk)
{
	for (size_t i = 0; i < tk->arenas.n; i++) {
		arena_deinit(tk->arenas.p[i]);
		free(tk->arenas.p[i]);
	}
	vec_deinit(&tk->arenas);
}

int tk_run(tk_work *work, const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct tk tk = { .env = env, .a = &a, .messages = tanka_log_new(&a), .out = out, .err = &err };
	tk.host = tanka_host_plain(&a, env->cwd, env->environ, tk.messages);
	tk.options = (struct tanka_options){ .host = tk.host, .cache = jsonnet_cache_new(), .cancel = env->cancel };
	bool ok = work(&tk, args);
	tanka_log_take(tk.messages, log);
	if (!ok)
		buf_addf(log, "Error: %s\n", err.message);
	if (!ok && err.hint)
		buf_addf(log, "\n%s\n", err.hint);
	jsonnet_cache_free(tk.options.cache);
	tanka_log_deinit(tk.messages);
	free_arenas(&tk);
	arena_deinit(&a);
	return ok ? 0 : 1;
}
