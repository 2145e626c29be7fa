/*
 * eval.h: the evaluator's insides, for the files that make it up; lang.h has what callers use.
 */
#ifndef LANG_EVAL_H
#define LANG_EVAL_H

#include "lang/lang.h"

/* How deep calls of user-defined functions nest. */
#define LANG_CALL_DEPTH_MAX 256

/* Values of one module's variables. */
struct module_values {
	size_t n;
	struct lang_value *values; /* by slot */
	bool *known;
	bool *needed;              /* with `set lazy` */
	const struct lang_value **overrides; /* NULL: there are none */
	bool leaves_plain;         /* plain assignments wait until somebody asks for their values */
	bool is_evaluated;
	struct lang_scope *scope;
};

struct lang_run {
	const struct lang_tree *tree;
	const struct lang_host *host;
	struct arena arena;
	struct module_values *modules; /* by module->index */
	size_t n_modules;
	struct map regexes;            /* compiled, by pattern: const struct regex * */
	uint32_t depth;                /* of nested evaluations */
	bool *used_recipes;            /* by recipe->index */
	const struct lang_recipe **unfolded; /* the same */
	bool only_used;                /* as if all modules were lazy */
	bool is_const;                 /* evaluates settings: no functions, no backticks */
};

struct lang_pair {
	struct str name, value;
};

/* Where names get their values: the module's, and the parameters of a recipe or a function. */
struct lang_scope {
	struct lang_run *run;
	const struct lang_module *module;
	const struct lang_recipe *recipe;    /* NULL for a module */
	const struct lang_value *params;
	size_t n_params;                     /* those bound so far */
	bool is_dependency;
	const struct lang_pair *env;         /* of [env], those evaluated so far */
	size_t n_env;
	const struct lang_file *file;        /* source_file(): NULL takes the expression's */
	uint32_t depth;                      /* of function calls */
};

struct evaluator {
	const struct lang_scope *scope;
	struct lang_run *run;
	const struct lang_host *host;
	struct arena *arena;
	struct err *err;
};

/* Evaluates a plain assignment that was left, and those that it needs. False where it was not left for being plain; err is not set then. */
MUST_CHECK bool lang_run_catch_up(struct lang_run *run, const struct lang_assignment *assignment, struct err *err);
MUST_CHECK bool eval_expr(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out);

/* Runs a command; `prefix` goes before the host's reason where it fails. One final line end is cut off. */
MUST_CHECK bool eval_command(struct evaluator *ev, const struct lang_command *command, const char *prefix, struct str *out);

/*
 * Evaluates an expression that may use only literals, operators and such variables: a setting, [doc], [arg(help, pattern)]. `run` is made with
 * lang_run_new and is_const set; it remembers values.
 */
MUST_CHECK bool lang_eval_const(struct lang_run *run, const struct lang_module *module, const struct lang_expr *e, struct arena *a, struct lang_value *out,
				struct err *err);
/* The value of a variable there. */
MUST_CHECK bool lang_eval_const_variable(struct evaluator *ev, const struct lang_expr *e, struct lang_value *out);
/* Evaluates the variables that were said to be used (lang_run_use_variable) as constants. One that needs a function or a command stays without a value
 * and is an error only where it is used; any other failure is one here. */
MUST_CHECK bool lang_eval_const_needed(struct lang_run *run, const struct lang_module *module, struct arena *a, struct err *err);

#endif
