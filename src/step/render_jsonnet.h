/*
 * render_jsonnet.h: the objects of an environment whose description is a jsonnet program, for render.
 */
#ifndef STEP_RENDER_JSONNET_H
#define STEP_RENDER_JSONNET_H

#include "step/environment.h"
#include "step/options.h"
#include "step/rendered.h"
#include "step/tanka_host.h"
#include "step/tk.h"

/* What may be said of a program on the step line. */
struct render_program {
	struct tk_vars vars;
	struct str name;      /* which of several inline environments */
	struct str max_stack;
	struct chart_swap *swap; /* objects.h; or NULL */
};

/* Rows for render's table; `type` has a member `struct render_program program`. */
#define RENDER_PROGRAM_OPTIONS(type)                                                                  \
	{ "--name", NULL, STEP_VALUE, offsetof(type, program.name) },                                 \
	{ "--ext-str", "-V", STEP_LIST, offsetof(type, program.vars.ext_str) },                       \
	{ "--ext-code", NULL, STEP_LIST, offsetof(type, program.vars.ext_code) },                     \
	{ "--ext-str-file", NULL, STEP_LIST, offsetof(type, program.vars.ext_str_file) },             \
	{ "--ext-code-file", NULL, STEP_LIST, offsetof(type, program.vars.ext_code_file) },           \
	{ "--tla-str", "-A", STEP_LIST, offsetof(type, program.vars.tla_str) },                       \
	{ "--tla-code", NULL, STEP_LIST, offsetof(type, program.vars.tla_code) },                     \
	{ "--tla-str-file", NULL, STEP_LIST, offsetof(type, program.vars.tla_str_file) },             \
	{ "--tla-code-file", NULL, STEP_LIST, offsetof(type, program.vars.tla_code_file) },           \
	{ "--max-stack", NULL, STEP_VALUE, offsetof(type, program.max_stack) }

#define RENDER_PROGRAM_HELP                                                                                    \
	"      --name NAME            Which of several inline environments of a program\n" TK_VARS_HELP

/* The name under which random values of the environment's charts are kept (kept.h). */
struct str render_program_kept_as(struct step_ctx *ctx, const struct environment *env, const struct render_program *program);

/* Evaluates env->program, every file that it reads an input of the step, and adds the files of its objects. */
MUST_CHECK bool render_program(struct step_ctx *ctx, const struct environment *env, const struct render_program *program,
			       struct tanka_counts *counts, rendered_files *out, struct err *err);

/* Adds the source map of each file (origin.h). `counts` remembered the charts that the evaluation asked for. */
MUST_CHECK bool render_program_maps(struct step_ctx *ctx, const struct environment *env, const struct render_program *program,
				    const struct tanka_counts *counts, rendered_files *files, struct err *err);

#endif
