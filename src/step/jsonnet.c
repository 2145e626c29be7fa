/*
 * jsonnet FILE: the jsonnet command. Short options may be joined (-Sm DIR) and long ones are followed by their value, as there; `--name=value` and `-JDIR` are
 * taken too, which the command refuses.
 */
#include "step/jsonnet.h"

#include <errno.h>
#include <string.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "jsonnet/jsonnet.h"
#include "run/out.h"
#include "step/jsonnet_host.h"
#include "step/step.h"

struct command {
	const struct jsonnet_env *env;
	struct arena *a;
	struct buf out, log;
	struct str file, output_file, multi_dir;
	VEC(struct str) library_paths; /* in the order that jsonnet_options has */
	VEC(struct jsonnet_var) ext, tla;
	bool has_file, exec, string, stream, create_dirs, no_newline, done;
	int64_t max_stack, max_trace;
};

/* --- options --- */

enum option_kind { OPT_FLAG, OPT_TEXT, OPT_NUMBER, OPT_PATH, OPT_VAR, OPT_HELP, OPT_VERSION, OPT_NOTHING };

struct option {
	char shorthand;
	const char *name;
	enum option_kind kind;
	size_t offset;              /* of the member, or of the list of variables */
	enum jsonnet_var_kind var;  /* OPT_VAR */
	int64_t min;                /* OPT_NUMBER */
};

#define MEMBER(m) offsetof(struct command, m)
static const struct option options[] = {
	{ 'h', "help", OPT_HELP, 0, 0, 0 },
	{ 0, "version", OPT_VERSION, 0, 0, 0 },
	{ 'e', "exec", OPT_FLAG, MEMBER(exec), 0, 0 },
	{ 'J', "jpath", OPT_PATH, 0, 0, 0 },
	{ 'o', "output-file", OPT_TEXT, MEMBER(output_file), 0, 0 },
	{ 'm', "multi", OPT_TEXT, MEMBER(multi_dir), 0, 0 },
	{ 'c', "create-output-dirs", OPT_FLAG, MEMBER(create_dirs), 0, 0 },
	{ 'y', "yaml-stream", OPT_FLAG, MEMBER(stream), 0, 0 },
	{ 'S', "string", OPT_FLAG, MEMBER(string), 0, 0 },
	{ 0, "no-trailing-newline", OPT_FLAG, MEMBER(no_newline), 0, 0 },
	{ 's', "max-stack", OPT_NUMBER, MEMBER(max_stack), 0, 1 },
	{ 't', "max-trace", OPT_NUMBER, MEMBER(max_trace), 0, 0 },
	/* Of the reference's collector. */
	{ 0, "gc-min-objects", OPT_NOTHING, 0, 0, 0 },
	{ 0, "gc-growth-trigger", OPT_NOTHING, 0, 0, 0 },
	{ 'V', "ext-str", OPT_VAR, MEMBER(ext), JSONNET_STR, 0 },
	{ 0, "ext-str-file", OPT_VAR, MEMBER(ext), JSONNET_STR_FILE, 0 },
	{ 0, "ext-code", OPT_VAR, MEMBER(ext), JSONNET_CODE, 0 },
	{ 0, "ext-code-file", OPT_VAR, MEMBER(ext), JSONNET_CODE_FILE, 0 },
	{ 'A', "tla-str", OPT_VAR, MEMBER(tla), JSONNET_STR, 0 },
	{ 0, "tla-str-file", OPT_VAR, MEMBER(tla), JSONNET_STR_FILE, 0 },
	{ 0, "tla-code", OPT_VAR, MEMBER(tla), JSONNET_CODE, 0 },
	{ 0, "tla-code-file", OPT_VAR, MEMBER(tla), JSONNET_CODE_FILE, 0 },
};

static const char usage[] =
	"jsonnet <option>... <filename>\n"
	"\n"
	"  -e, --exec                  the filename is a program\n"
	"  -J, --jpath DIR             look for imports in DIR too; the last one counts first\n"
	"  -o, --output-file FILE      write to FILE\n"
	"  -m, --multi DIR             write a file for each field into DIR and list them\n"
	"  -c, --create-output-dirs    make the folders of the files that are written\n"
	"  -y, --yaml-stream           write an array as a stream of YAML documents\n"
	"  -S, --string                the value is a string: write it as it is\n"
	"      --no-trailing-newline   end the output without a newline\n"
	"  -s, --max-stack N           how deep calls may nest (500)\n"
	"  -t, --max-trace N           how many lines of trace an error has (20), 0 for all\n"
	"  -V, --ext-str NAME[=TEXT]   a variable for std.extVar; without TEXT from the environment\n"
	"      --ext-str-file NAME=FILE, --ext-code NAME[=CODE], --ext-code-file NAME=FILE\n"
	"  -A, --tla-str NAME[=TEXT]   an argument for a program that is a function\n"
	"      --tla-str-file NAME=FILE, --tla-code NAME[=CODE], --tla-code-file NAME=FILE\n"
	"      --version\n"
	"\n"
	"JSONNET_PATH holds more folders for imports, separated by colons, the first one counts first. The filename - is standard input.\n";

static bool fail(struct command *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool fail(struct command *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_add_c(&c->log, "ERROR: ");
	buf_addvf(&c->log, fmt, ap);
	buf_add_char(&c->log, '\n');
	va_end(ap);
	return false;
}

static bool add_var(struct command *c, const struct option *o, struct str value)
{
	struct jsonnet_var var = { .kind = o->var };
	if (!str_cut(value, '=', &var.name, &var.text)) {
		if (var.kind == JSONNET_STR_FILE || var.kind == JSONNET_CODE_FILE)
			return fail(c, "argument not in form <var>=<file> \"%.*s\".", STR_ARG(value));
		var.text = env_get(c->env->environ, var.name);
		if (!var.text.p)
			return fail(c, "environment variable %.*s was undefined.", STR_ARG(var.name));
	}
	if (o->offset == MEMBER(ext))
		vec_push_in(&c->ext, c->a, var);
	else
		vec_push_in(&c->tla, c->a, var);
	return true;
}

static bool set_option(struct command *c, const struct option *o, struct str value)
{
	char *member = (char *)c + o->offset;
	int64_t n;
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)member = true;
		return true;
	case OPT_TEXT:
		if (!value.n)
			return fail(c, "-%c argument was empty string", o->shorthand);
		*(struct str *)member = value;
		return true;
	case OPT_NUMBER:
		if (!str_to_int(value, &n) || n < o->min || n > UINT32_MAX)
			return fail(c, "invalid --%s value: %.*s", o->name, STR_ARG(value));
		*(int64_t *)member = n;
		return true;
	case OPT_PATH:
		if (!value.n)
			return fail(c, "-J argument was empty string");
		vec_push_in(&c->library_paths, c->a, value);
		return true;
	case OPT_VAR:
		return add_var(c, o, value);
	case OPT_HELP:
		buf_add_c(&c->out, usage);
		c->done = true;
		return true;
	case OPT_VERSION:
		buf_add_c(&c->out, "Jsonnet commandline interpreter (C++) " JSONNET_VERSION "\n");
		c->done = true;
		return true;
	case OPT_NOTHING:
		return true;
	}
	return true;
}

static bool takes_value(const struct option *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_HELP && o->kind != OPT_VERSION;
}

static bool next_value(struct command *c, const step_words *args, size_t *i, struct str *value)
{
	if (*i + 1 >= args->n)
		return fail(c, "expected argument after %.*s", STR_ARG(args->p[*i]));
	*value = args->p[++*i];
	return true;
}

static bool long_option(struct command *c, const step_words *args, size_t *i)
{
	struct str name, value;
	bool given = str_cut(str_slice(args->p[*i], 2, args->p[*i].n), '=', &name, &value);
	for (size_t k = 0; k < ARRAY_LEN(options); k++) {
		if (!str_eq_c(name, options[k].name))
			continue;
		if (takes_value(&options[k]) && !given && !next_value(c, args, i, &value))
			return false;
		return set_option(c, &options[k], value);
	}
	return fail(c, "unrecognized argument: %.*s", STR_ARG(args->p[*i]));
}

static bool short_options(struct command *c, const step_words *args, size_t *i)
{
	struct str rest = str_slice(args->p[*i], 1, args->p[*i].n);
	while (rest.n && !c->done) {
		size_t k = 0;
		struct str value = str_slice(rest, 1, rest.n);
		while (k < ARRAY_LEN(options) && options[k].shorthand != rest.p[0])
			k++;
		if (k == ARRAY_LEN(options))
			return fail(c, "unrecognized argument: -%c", rest.p[0]);
		rest = value;
		if (takes_value(&options[k])) {
			if (!value.n && !next_value(c, args, i, &value))
				return false;
			rest = STR("");
		}
		if (!set_option(c, &options[k], value))
			return false;
	}
	return true;
}

static bool add_file(struct command *c, struct str word)
{
	if (c->has_file)
		return fail(c, "only one %s is allowed\n", c->exec ? "code" : "filename");
	c->file = word;
	c->has_file = true;
	return true;
}

/* The variable's folders lie below those of -J, its first one on top. */
static void add_environment_paths(struct command *c)
{
	struct str rest = env_get(c->env->environ, STR("JSONNET_PATH")), folder;
	VEC(struct str) all = { 0 };
	while (str_next(&rest, ':', &folder))
		if (folder.n)
			vec_push_in(&all, c->a, folder);
	for (size_t i = 0; i < all.n / 2; i++) {
		struct str swap = all.p[i];
		all.p[i] = all.p[all.n - 1 - i];
		all.p[all.n - 1 - i] = swap;
	}
	for (size_t i = 0; i < c->library_paths.n; i++)
		vec_push_in(&all, c->a, c->library_paths.p[i]);
	c->library_paths.p = all.p;
	c->library_paths.n = all.n;
	c->library_paths.cap = all.cap;
}

static bool parse(struct command *c, const step_words *args)
{
	bool operands = false;
	for (size_t i = 0; i < args->n && !c->done; i++) {
		struct str word = args->p[i];
		bool ok = true;
		if (operands || word.n < 2 || word.p[0] != '-')
			ok = add_file(c, word);
		else if (str_eq(word, STR("--")))
			operands = true;
		else if (word.p[1] == '-')
			ok = long_option(c, args, &i);
		else
			ok = short_options(c, args, &i);
		if (!ok)
			return false;
	}
	if (c->done || c->has_file)
		return true;
	fail(c, "must give %s\n", c->exec ? "code" : "filename");
	buf_add_c(&c->log, usage);
	return false;
}

/* --- the program --- */

static bool read_program(struct command *c, struct jsonnet_program *p)
{
	AUTO_ERR err = { 0 };
	if (c->exec) {
		*p = (struct jsonnet_program){ .file = STR("<cmdline>"), .text = c->file };
		return true;
	}
	p->file = c->file;
	if (str_eq(c->file, STR("-"))) {
		p->file = STR("<stdin>");
		if (fs_read_fd(0, STR("<stdin>"), 0, c->a, &p->text, &err))
			return true;
	} else if (fs_read(c->file, 0, c->a, &p->text, &err)) {
		return true;
	}
	if (err.kind == ERR_NOT_FOUND)
		buf_addf(&c->log, "Opening input file: %.*s: %s\n", STR_ARG(c->file), strerror(ENOENT));
	else
		buf_addf(&c->log, "ERROR: %s\n", err.message);
	return false;
}

static void add_trace(void *ctx, struct str line)
{
	buf_add(&((struct command *)ctx)->log, line);
}

static enum jsonnet_mode mode_of(const struct command *c)
{
	if (c->multi_dir.n)
		return c->string ? JSONNET_MULTI_STRING : JSONNET_MULTI;
	if (c->stream)
		return c->string ? JSONNET_STREAM_STRING : JSONNET_STREAM;
	return c->string ? JSONNET_STRING : JSONNET_JSON;
}

static bool write_file(struct command *c, struct str path, struct str text)
{
	struct err err = { 0 };
	struct arena a = { 0 };
	struct str before;
	/* A file that holds this already is left alone, so that its time says when it changed. */
	bool ok = fs_read(path, 0, &a, &before, &err) && str_eq(before, text);
	err_deinit(&err);
	arena_deinit(&a);
	if (!ok)
		ok = (!c->create_dirs || fs_mkdirs(path_dir(c->a, path), 0777, &err)) && fs_write(path, text, 0666, FS_NO_SYNC, &err);
	if (!ok)
		buf_addf(&c->log, "ERROR: %s\n", err.message);
	err_deinit(&err);
	return ok;
}

static bool write_multi(struct command *c, const struct jsonnet_documents *docs)
{
	bool slash = str_ends(c->multi_dir, STR("/"));
	for (size_t i = 0; i < docs->n; i++) {
		const struct jsonnet_document *d = &docs->p[i];
		struct str path = arena_fmt(c->a, "%.*s%s%.*s", STR_ARG(c->multi_dir), slash ? "" : "/", STR_ARG(d->name));
		buf_addf(&c->out, "%.*s\n", STR_ARG(path));
		if (!write_file(c, path, c->no_newline ? str_drop_suffix(d->text, STR("\n")) : d->text))
			return false;
	}
	return true;
}

static bool evaluate(struct command *c)
{
	struct jsonnet_program program = { 0 };
	struct jsonnet_documents docs;
	AUTO_ERR err = { 0 };
	if (!read_program(c, &program))
		return false;
	add_environment_paths(c);
	struct jsonnet_options o = {
		.ext = { c->ext.p, c->ext.n },
		.tla = { c->tla.p, c->tla.n },
		.library_paths = c->library_paths.p,
		.n_library_paths = c->library_paths.n,
		.trace = add_trace,
		.trace_ctx = c,
		.max_stack = (uint32_t)c->max_stack,
		.max_trace = (uint32_t)c->max_trace,
		.dialect = JSONNET_CPP,
		.hash = jsonnet_host_hash,
		.cancel = c->env->cancel,
	};
	if (!jsonnet_manifest(&program, mode_of(c), &o, c->a, &docs, &err)) {
		buf_addf(&c->log, "%s\n", err.message);
		return false;
	}
	if (c->multi_dir.n) {
		if (!write_multi(c, &docs))
			return false;
	} else {
		for (size_t i = 0; i < docs.n; i++)
			buf_add(&c->out, docs.p[i].text);
		if (c->no_newline && c->out.n && c->out.p[c->out.n - 1] == '\n')
			c->out.n--;
	}
	if (!c->output_file.n)
		return true;
	struct str text = buf_to_arena(&c->out, c->a);
	buf_clear(&c->out);
	return write_file(c, c->output_file, text);
}

int jsonnet_command(const step_words *args, const struct jsonnet_env *env, template_print_fn *print, void *ctx)
{
	struct arena a = { 0 };
	struct command c = { .env = env, .a = &a, .max_stack = JSONNET_MAX_STACK, .max_trace = JSONNET_MAX_TRACE };
	bool ok = parse(&c, args) && (c.done || evaluate(&c));
	struct str text = ok ? buf_str(&c.out) : STR("");
	int status = print(ctx, ok ? 0 : 1, buf_str(&c.log), &text, 1);
	buf_deinit(&c.out);
	buf_deinit(&c.log);
	arena_deinit(&a);
	return status;
}

/* --- the step --- */

static bool run_step(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct jsonnet_env env = { .environ = ctx->host->environ, .cancel = ctx->host->cancel };
	(void)err;
	if (jsonnet_command(args, &env, template_print_step, ctx))
		*status = STEP_FAILED;
	return true;
}

const struct step_def step_jsonnet = {
	.name = STR_INIT("jsonnet"),
	.usage = "FILE [OPTIONS]",
	.summary = "Evaluate a jsonnet program as the jsonnet command does, with its options",
	.options = "Variables: -V --ext-str, --ext-code, --ext-str-file, --ext-code-file, -A --tla-str, --tla-code, --tla-str-file, --tla-code-file\n"
		   "Imports:   -J --jpath\n"
		   "Output:    -S --string, -y --yaml-stream, -m --multi, -o --output-file, -c --create-output-dirs, --no-trailing-newline\n"
		   "Others:    -e --exec, -s --max-stack, -t --max-trace\n",
	.cache = STEP_PRINTS,
	.run = run_step,
};
