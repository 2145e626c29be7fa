/*
 * lang.h: the just language as a pure library: load a tree of tasks files, ask it, evaluate it, print it.
 *
 * Load once (lang_load), then everything in the tree is read only. Values are lists of strings; without `set lists` each has one element. What
 * leaves the language (processes, environment, terminal, clock, random bytes) goes through struct lang_host, so that the same tree can be
 * evaluated by a runner, by a test, or traced. Messages are those of just 1.59 (its manual and its behaviour, measured); see error.h for how
 * they are printed.
 *
 * A struct err set here has in `message` the whole text behind "error: " and, where there is a place, pos and excerpt, which lang_err_render
 * turns into just's block.
 */
#ifndef LANG_LANG_H
#define LANG_LANG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "lang/ast.h"

/* A value: `n` strings. An empty list is just's false. */
struct lang_value {
	struct str *p;
	size_t n;
};

struct lang_scope;

/* A command that an expression wants to have run: a backtick, or shell(command, args…). */
struct lang_command {
	struct str text;
	const struct str *args; /* shell(): behind the shell's own arguments comes `text` again as $0 and then these */
	size_t n_args;
	bool is_shell_call;     /* shell() rather than a backtick */
	const struct lang_module *module;
	const struct lang_recipe *recipe;   /* NULL outside a recipe */
	const struct lang_scope *scope;     /* whose exports the command sees: lang_scope_exports */
	struct lang_loc at;
};

/* What the language needs from outside. Functions get `ctx`; those marked optional may be NULL. */
struct lang_host {
	void *ctx;

	/* The environment that just itself was started with: x'…', env() before dotenv. False: not set. */
	bool (*getenv)(void *ctx, struct str name, struct str *out);
	/* The environment as env() sees it in `module`: dotenv over or under the process's own. Optional: getenv. */
	bool (*module_env)(void *ctx, const struct lang_module *module, struct str name, struct str *out);
	/* Runs the command in the module's shell and folder; *out is its standard output in `a`, one final line end not yet cut off. A failure sets only
	 * the reason in err, worded to follow "backtick " or, for shell(), "shell command failed: "; the place is added by the caller. The
	 * command's exit code, with which just then exits, is remembered by the host. Optional where nothing is evaluated. */
	bool (*run)(void *ctx, const struct lang_command *command, struct arena *a, struct str *out, struct err *err);
	/* Reads a file. Optional: fs_read. A missing one must be ERR_NOT_FOUND. */
	bool (*read_file)(void *ctx, struct str path, struct arena *a, struct str *out, struct err *err);
	/* `n` random bytes. Optional: the system's. */
	void (*random)(void *ctx, void *out, size_t n);

	/* Facts. */
	struct str program;               /* as messages name it: "just" or "raibid-run" */
	struct str version;               /* just_version(): "1.59.0" */
	struct str executable;            /* absolute path */
	struct str invocation_directory;  /* absolute */
	struct str jobs;                  /* --jobs; p is NULL where it was not given */
	bool stdout_color, stderr_color;  /* style('stdout', …) */
	bool is_dry_run;                  /* backticks and shell() give their own text instead */
	bool is_unstable;                 /* --unstable, JUST_UNSTABLE */
	bool has_extensions;              /* raibid-run's own: [cache] on any recipe, with lists and keys of our own, without `set unstable` */
};

/* Loading. */
struct lang_load_options {
	struct str path;              /* of the root file, absolute */
	struct str text;              /* its text where it is not read from `path` (stdin, markdown); p is NULL otherwise */
	struct str working_directory; /* absolute; empty: the root file's folder */
	const struct lang_override *overrides; /* given on the command line; one of an unknown variable is an error */
	size_t n_overrides;
	size_t fold_from;             /* recipes of files from this size on are folded where that can be (ast.h); 0: none */
};

/* NAME=VALUE or --set; `path` may name a submodule's variable (a::b). */
struct lang_override {
	struct str path, value;
};

struct lang_file_ast;
struct lang_unfolder;
struct lang_tree {
	struct arena arena;
	struct arena items;                /* of files whose recipes are folded, until they are analyzed */
	struct lang_module *root;
	VEC(struct lang_file *) files;     /* all that were read, the root first */
	VEC(struct str) missed;            /* files and folders that were looked for and are not there */
	VEC(struct str) looked;            /* all files and folders besides `files` whose being there, or whose names, decided what was read */
	uint32_t n_modules, n_recipes;
	struct str working_directory;
	const struct lang_host *host;
	struct lang_file_ast *ast;         /* the root file as it was parsed; for lang_dump. NULL where recipes may be folded */
	struct lang_unfolder *unfolder;    /* for lang_unfold; NULL where nothing is folded */
};

/* Loads the root file, its imports and modules, and analyzes all. `tree` starts zeroed; lang_tree_deinit frees it, also after a failure.
 * Any condition that just refuses is an error, ERR_SYNTAX mostly. The host must outlive the tree. */
MUST_CHECK bool lang_load(struct lang_tree *tree, const struct lang_load_options *options, const struct lang_host *host, struct err *err);
void lang_tree_deinit(struct lang_tree *tree);

/* The recipe whole: itself, or where it is folded a copy in `a`, which has the same index. Not for several threads at once. */
const struct lang_recipe *lang_unfold(const struct lang_tree *tree, const struct lang_recipe *recipe, struct arena *a);

/* Says that the recipe is unfolded soon: its text is brought near. */
void lang_expect(const struct lang_recipe *recipe);
/* Makes all recipes of the tree whole, for those who want to see them. */
void lang_unfold_all(struct lang_tree *tree);

/* Finding. */
/* The submodule of this name, or the one that an alias of this name leads to; NULL if there is none. */
const struct lang_module *lang_find_submodule(const struct lang_module *module, struct str name);
/* A recipe or the target of an alias by name in one module; NULL if there is none. */
const struct lang_recipe *lang_find_recipe(const struct lang_module *module, struct str name);
/* The optional modules without a file that the recipe or alias of this name needs, itself or through dependencies, as they are written there: sorted,
 * each once, in `a`. None: it can be used, or does not exist. */
struct lang_absent {
	struct str *p;
	size_t n;
};
struct lang_absent lang_find_absent(const struct lang_module *module, struct str name, struct arena *a);
/* The nearest name of a recipe or alias (private ones only if typed exactly), as just suggests it; false where none is near. `target` is set
 * where it is an alias. */
struct lang_suggestion {
	struct str name;
	struct str target; /* p is NULL where the name is a recipe's own */
};
bool lang_suggest_recipe(const struct lang_module *module, struct str name, struct lang_suggestion *out);
/* A variable, or else a submodule. */
bool lang_suggest_variable(const struct lang_module *module, struct str name, struct lang_suggestion *out);
bool lang_suggest_module(const struct lang_module *module, struct str name, struct lang_suggestion *out);

static inline bool lang_has(const struct lang_attributes *a, enum lang_attr_kind kind)
{
	return a->mask >> kind & 1;
}
/* Whether a script's `#!` line says what runs it: [script] goes before that. */
static inline bool lang_runs_by_shebang(const struct lang_recipe *r)
{
	return r->is_shebang && !lang_has(&r->attributes, LANG_ATTR_SCRIPT);
}
/* The first attribute of the kind, or NULL. Later ones follow it in a->p. */
const struct lang_attribute *lang_attr(const struct lang_attributes *a, enum lang_attr_kind kind);
static inline bool lang_on(const struct lang_module *m, enum lang_setting_kind kind)
{
	return m->settings.p[kind].on;
}
/* A string setting's value; p is NULL where it is not set. */
struct str lang_setting_str(const struct lang_module *m, enum lang_setting_kind kind);

/* Least and most arguments that a recipe takes by position; max is SIZE_MAX for a variadic one. Options do not count. */
size_t lang_min_args(const struct lang_recipe *recipe);
size_t lang_max_args(const struct lang_recipe *recipe);
/* Whether the recipe's body, attributes, defaults and its dependencies' arguments ask no command, file, clock or chance: then it may be evaluated ahead of its
 * turn. */
bool lang_recipe_is_pure(const struct lang_recipe *recipe);
/* The same of all variables; LANG_COMMANDS_COUNT_NOT: but for commands. */
enum lang_purity { LANG_ALL_COUNTS, LANG_COMMANDS_COUNT_NOT };
bool lang_values_are_pure(const struct lang_tree *tree, enum lang_purity purity);
/* Checks a value against [arg(pattern)]; ERR_FAILED with just's message. */
MUST_CHECK bool lang_param_check(const struct lang_recipe *recipe, const struct lang_param *param, struct str value, struct err *err);

/*
 * Evaluating. A struct lang_run holds the values of the modules' variables for one run of the program:
 *
 *	struct lang_run *run = lang_run_new(tree, host);
 *	lang_run_override(…); lang_run_use_recipe(run, recipe); …
 *	lang_run_module(run, module, &scope, err)       // the module's variables, once
 *	lang_call_new(…) → the recipe's scope           // parameters bound
 *	lang_eval(scope, expr, arena, &value, err)
 */
struct lang_run;

/* Both are borrowed for as long as the run lives. lang_run_free gives back all memory of the run, scopes included; takes NULL. */
struct lang_run *lang_run_new(const struct lang_tree *tree, const struct lang_host *host);
void lang_run_free(struct lang_run *run);
/* lang_unfold, into memory of the run where a recipe is unfolded once for all, or into `a`. */
const struct lang_recipe *lang_run_unfold(struct lang_run *run, const struct lang_recipe *recipe);
const struct lang_recipe *lang_run_unfold_in(const struct lang_run *run, const struct lang_recipe *recipe, struct arena *a);
/* Gives a variable a value instead of its expression. False, err set, where there is no such variable in the tree; all of `n` are looked at, so that the
 * message names every unknown one. */
MUST_CHECK bool lang_run_override(struct lang_run *run, const struct lang_override *overrides, size_t n, struct err *err);
/* Says that the recipe, with all that it depends on, will run: with `set lazy` only what such recipes and exports need is evaluated. */
void lang_run_use_recipe(struct lang_run *run, const struct lang_recipe *recipe);
/* Say that one variable, or all public ones of a module, will be asked for (--evaluate), or none (--command): of the others only exported and eager ones are
 * evaluated then. */
void lang_run_use_variable(struct lang_run *run, const struct lang_assignment *assignment);
void lang_run_use_all(struct lang_run *run, const struct lang_module *module);
void lang_run_only_used(struct lang_run *run);

/* Evaluates the variables of all modules, from the root down, those below one in order of their names: what just does before the first recipe runs. */
MUST_CHECK bool lang_run_all(struct lang_run *run, struct err *err);
/* Evaluates the module's variables the first time, and those of the modules above; the scope lives as long as the run. */
MUST_CHECK bool lang_run_module(struct lang_run *run, const struct lang_module *module, const struct lang_scope **out, struct err *err);
/* The value of a variable in a module's scope; NULL where it was not evaluated (lazy). */
const struct lang_value *lang_scope_get(const struct lang_scope *scope, const struct lang_assignment *assignment);

/* The folder in which commands of this scope run, and to which its functions' paths are relative: the module's, the setting's, or with no-cd the one
 * that just was called in. [working-directory] is the runner's. */
struct str lang_working_directory(const struct lang_scope *scope);
/* The user's home folder. */
MUST_CHECK bool lang_home(const struct lang_host *host, struct arena *a, struct str *out);

/* One call of a recipe. */
struct lang_call {
	const struct lang_recipe *recipe;
	bool is_dependency;                 /* is_dependency() */
	const struct lang_value *args;      /* one for each parameter; a value with p == NULL and n == 0 takes the default */
};
/* Evaluates [env] and binds the parameters, evaluating defaults in order; the scope and its values live in `a`. A pattern that does not match is an error. */
MUST_CHECK bool lang_call_scope(struct lang_run *run, const struct lang_call *call, struct arena *a, const struct lang_scope **out, struct err *err);
/* The scope in which dependencies' arguments and [confirm] are evaluated: commands there do not see [env]. */
const struct lang_scope *lang_scope_without_env(const struct lang_scope *scope, struct arena *a);
/* The bound values, one for each parameter. */
const struct lang_value *lang_scope_params(const struct lang_scope *scope);

/* Evaluates an expression in a scope into `a`. */
MUST_CHECK bool lang_eval(const struct lang_scope *scope, const struct lang_expr *expr, struct arena *a, struct lang_value *out, struct err *err);
/* An attribute's first argument, which must come out as one string: a list of another length is an error at the attribute. */
MUST_CHECK bool lang_eval_attribute(const struct lang_scope *scope, const struct lang_attribute *attribute, struct arena *a, struct str *out, struct err *err);
/* One body line with its interpolations done and `{{{{` replaced, added to `out`. The sigils are still there. */
MUST_CHECK bool lang_eval_line(const struct lang_scope *scope, const struct lang_line *line, struct buf *out, struct err *err);
/* Elements joined by spaces. */
struct str lang_join(struct arena *a, const struct lang_value *value);
struct lang_value lang_value_of(struct arena *a, struct str s);

/* Calls `visit` for each variable that a command run in this scope gets in its environment: the exports of the modules above, from the outermost, and
 * the exported parameters and the [env] of a recipe's scope. A later one overrides an earlier of the same name. Lists are joined by spaces; empty ones are
 * left out. Dotenv is the runner's. For the command of a backtick use command->scope. */
typedef void lang_export_visit(void *ctx, struct str name, struct str value);
void lang_scope_exports(const struct lang_scope *scope, lang_export_visit *visit, void *ctx);

/* Printing. */
/* Adds what just prints on standard error for a failure: `error: …`, the block with the place, the hint. */
struct lang_style {
	bool color;
};
void lang_err_render(const struct err *err, const struct lang_style *style, struct buf *out);

/* The whole file as --fmt and --dump write it. It formats one file without loading what it imports. */
struct lang_format_options {
	struct str indentation; /* p is NULL: the setting's or four spaces */
	bool keep_comments;     /* raibid-run's own: also the comments that just drops */
	bool color;             /* of a recipe's parameters, where one is shown */
};
MUST_CHECK bool lang_format(struct lang_file *file, const struct lang_host *host, const struct lang_format_options *options, struct buf *out, struct err *err);
/* The loaded tree as --dump prints it (just) and as --json prints it, one line without its end. */
void lang_dump(const struct lang_tree *tree, const struct lang_format_options *options, struct buf *out);
void lang_dump_json(const struct lang_tree *tree, struct buf *out);
/* One recipe as --show prints it; parameters as --list shows them (colour codes with style->color). */
void lang_show_recipe(const struct lang_recipe *recipe, const struct lang_format_options *options, struct buf *out);
void lang_show_param(const struct lang_param *param, const struct lang_style *style, struct buf *out);
void lang_show_expr(const struct lang_expr *expr, struct buf *out);
/* "a" or ["a", "b"], as show() and --evaluate print values; in colour strings are green, their escapes cyan. */
void lang_show_value(const struct lang_value *value, bool color, struct buf *out);

/* Takes the fenced `just` blocks out of a markdown file. */
struct str lang_from_markdown(struct arena *a, struct str text);

#endif
