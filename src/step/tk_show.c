/* show and eval: an environment's objects as YAML, a program's value as JSON. */
#include <stddef.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/parallel.h"
#include "step/step.h"
#include "step/tk.h"
#include "step/tk_step.h"
#include "tanka/output.h"

struct show_options {
	struct tk_vars vars;
	struct str name;
	step_words targets;
	bool redirect; /* --dangerous-allow-redirect: ours always prints */
};

static const struct pflag show_flags[] = {
	TK_VARS_FLAGS(struct show_options),
	{ "name", 0, PFLAG_STRING, offsetof(struct show_options, name), NULL },
	{ "target", 't', PFLAG_STRINGS, offsetof(struct show_options, targets), NULL },
	{ "dangerous-allow-redirect", 0, PFLAG_BOOL, offsetof(struct show_options, redirect), NULL },
	{ .name = NULL },
};

struct print {
	const tanka_objects *objects;
	struct buf *texts; /* one an object */
};

static bool print_object(void *ctx, size_t i, struct err *err)
{
	struct print *p = ctx;
	return tanka_print_yaml(&p->objects->p[i], &p->texts[i], err);
}

/* Writing YAML is half of the work, and each object is a text of its own. */
static bool print_objects(struct tk *tk, const tanka_objects *objects)
{
	struct print p = { objects, xcalloc(objects->n + 1, sizeof(*p.texts)) };
	bool ok = parallel_for(tk->env->jobs, objects->n, print_object, &p, tk->err);
	for (size_t i = 0; i < objects->n; i++) {
		if (ok && i)
			buf_add_c(tk->out, "---\n");
		if (ok)
			buf_add(tk->out, buf_str(&p.texts[i]));
		buf_deinit(&p.texts[i]);
	}
	free(p.texts);
	return ok;
}

static bool show(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { show_flags, "show <path> [flags]", &step_show, 1, 1 };
	struct show_options o = { 0 };
	step_words operands = { 0 };
	struct tanka_filter filter;
	struct tanka_loaded loaded;
	tanka_objects objects;
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.vars.help, &operands, &done) || done)
		return done;
	if (!tk_take_vars(tk, &o.vars) || !tk_filter(tk, &o.targets, &filter))
		return false;
	struct str path = operands.p[0];
	tk->options.name = o.name;
	if (!fs_exists(path_in(tk->a, tk->env->cwd, path))) {
		/* What is no path may be the name of an environment of this folder's. */
		tk->options.name = path;
		path = STR(".");
	}
	return tanka_load(&tk->options, path, tk->a, &loaded, tk->err) &&
	       tanka_process(&loaded.env, &filter, tk->a, &objects, tk->err) && print_objects(tk, &objects);
}

int tk_show(const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log)
{
	return tk_run(show, args, env, out, log);
}

struct eval_options {
	struct tk_vars vars;
	struct str expr;
};

static const struct pflag eval_flags[] = {
	TK_VARS_FLAGS(struct eval_options),
	{ "eval", 'e', PFLAG_STRING, offsetof(struct eval_options, expr), NULL },
	{ .name = NULL },
};

static bool eval(struct tk *tk, const step_words *args)
{
	static const struct tk_usage usage = { eval_flags, "eval <path> [flags]", &step_eval, 1, 1 };
	struct eval_options o = { 0 };
	step_words operands = { 0 };
	struct value v;
	bool done;
	if (!tk_parse(tk, &usage, args, &o, &o.vars.help, &operands, &done) || done)
		return done;
	return tk_take_vars(tk, &o.vars) && tanka_eval(&tk->options, operands.p[0], o.expr, tk->a, &v, tk->err) &&
	       tanka_print_json(v, tk->out, tk->err);
}

int tk_eval(const step_words *args, const struct tk_env *env, struct buf *out, struct buf *log)
{
	return tk_run(eval, args, env, out, log);
}

static bool show_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	return tk_step(tk_show, ctx, args, status, err);
}

static bool eval_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	return tk_step(tk_eval, ctx, args, status, err);
}

const struct step_def step_show = {
	.name = STR_INIT("show"),
	.usage = "ENVIRONMENT [FLAGS]",
	.summary = "Print a jsonnet environment's objects, as `tk show` does",
	.options = "  -t, --target REGEX         Only objects whose KIND/NAME matches; !REGEX: not those\n"
		   "      --name NAME            Which of several inline environments\n" TK_VARS_HELP,
	.cache = STEP_PRINTS,
	.run = show_step,
};

const struct step_def step_eval = {
	.name = STR_INIT("eval"),
	.usage = "ENVIRONMENT [FLAGS]",
	.summary = "Print the value of a jsonnet environment's program as JSON, as `tk eval` does",
	.options = "  -e, --eval EXPR            Of the value, this: `a.b` or `[0]`\n" TK_VARS_HELP,
	.cache = STEP_PRINTS,
	.run = eval_step,
};
