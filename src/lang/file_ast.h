/*
 * file_ast.h: what the parser makes of one file: its items in the order of the text, names not yet resolved.
 */
#ifndef LANG_FILE_AST_H
#define LANG_FILE_AST_H

#include "lang/ast.h"
#include "lang/lang.h"

enum lang_item_kind {
	LANG_ITEM_COMMENT,
	LANG_ITEM_BLANK, /* an empty line */
	LANG_ITEM_ALIAS,
	LANG_ITEM_ASSIGNMENT,
	LANG_ITEM_FUNCTION,
	LANG_ITEM_IMPORT,
	LANG_ITEM_MODULE,
	LANG_ITEM_RECIPE,
	LANG_ITEM_SET,
	LANG_ITEM_UNEXPORT,
};

struct lang_import {
	struct lang_loc at;             /* the string */
	struct lang_string path;
	bool is_optional;
	bool is_first;                  /* of the imports of that file into the module, the one that had it read */
	struct lang_file_ast *ast;      /* what it brings; NULL where it is optional and absent, or disabled */
};

struct lang_module_item {
	struct lang_name name;
	struct str doc;                 /* the comment above, trimmed; p is NULL where there is none */
	struct lang_string path;        /* with `has_path` */
	bool has_path, is_optional;
	struct lang_file_ast *ast;      /* NULL where it is optional and absent, or disabled */
};

struct lang_set {
	struct lang_name name;
	enum lang_setting_kind kind;
	bool on;                        /* of booleans */
	struct lang_expr **items;       /* of interpreters: all; of the others: one */
	size_t n_items;
};

/* Comments of an item that stand beside it. */
struct lang_notes {
	struct str comment;             /* what follows on the line; p is NULL where nothing does */
	struct str header_comment;      /* RECIPE with a body: the comment behind its head, which just drops */
	struct str *attribute_comments; /* those behind attributes, which just drops too */
	size_t n_attribute_comments;
};

struct lang_item {
	uint8_t kind;                   /* enum lang_item_kind */
	bool is_disabled;               /* by [windows] and the like */
	bool ends_blank;                /* RECIPE: its body is followed by an empty line */
	uint32_t comment_length;        /* COMMENT */
	struct lang_item *next;         /* NULL: the last */
	const struct lang_attributes *attributes; /* never NULL */
	struct lang_notes *notes;       /* NULL: none */
	union {
		const char *comment;    /* COMMENT: the text with # */
		struct lang_alias *alias;
		struct lang_assignment *assignment;
		struct lang_function *function;
		struct lang_import *import;
		struct lang_module_item *module;
		struct lang_recipe *recipe;
		struct lang_set *set;
		struct lang_name *unexport;
	};
};

static inline struct str lang_item_comment(const struct lang_item *item)
{
	return (struct str){ item->comment, item->comment_length };
}

/* Something that only `set lists` allows. */
struct lang_list_feature {
	struct lang_loc at;
	const char *what;               /* "negation operator requires", or NULL: */
	struct str function;            /* a function that a user-defined one may stand for */
};

/* What needs `set unstable`, in the order in which just names the first. */
enum lang_unstable { LANG_UNSTABLE_CACHE = 1 << 0, LANG_UNSTABLE_LISTS = 1 << 1, LANG_UNSTABLE_FUNCTIONS = 1 << 2 };

/* A parsed file. */
struct lang_file_ast {
	struct lang_file *file;
	struct lang_item *items;        /* the first */
	uint32_t n_assignments, n_recipes;
	struct lang_list_feature *features;
	uint32_t n_features;
	unsigned unstable;              /* union of enum lang_unstable */
	struct str indentation;         /* of `set indentation`; p is NULL where there is none */
};

enum setting_form { SETTING_BOOL, SETTING_STRING, SETTING_STRINGS, SETTING_COMMAND, SETTING_LITERAL };

struct setting_row {
	struct str name;
	enum setting_form form;
	bool is_own; /* only raibid-run knows it */
};
/* By enum lang_setting_kind. */
extern const struct setting_row lang_setting_rows[LANG_SET_COUNT];

/* What an attribute takes and where it may stand. */
enum attr_place {
	ATTR_ALIAS = 1 << 0,
	ATTR_ASSIGNMENT = 1 << 1,
	ATTR_FUNCTION = 1 << 2,
	ATTR_IMPORT = 1 << 3,
	ATTR_MODULE = 1 << 4,
	ATTR_RECIPE = 1 << 5,
	ATTR_SET = 1 << 6,
	ATTR_UNEXPORT = 1 << 7,
	ATTR_ANY = (1 << 8) - 1,
};

struct attr_row {
	struct str name;
	size_t min, max;
	unsigned places;         /* union of enum attr_place */
	bool is_literal;         /* its arguments must be string literals */
	bool is_repeatable;
	const struct str *keys;  /* keyword arguments, ended by an empty one */
	const struct str *own_keys; /* those that only raibid-run knows; NULL: none */
	int8_t system;           /* conditional: 1 holds on this system, -1 does not, 0: none */
};
extern const struct attr_row lang_attr_rows[LANG_ATTR_COUNT];

/* Parses file->text. With `items` recipes that can be are folded, and the items, which are put there, are
 * without comments and empty lines; NULL: all is in `a`. The minimum version is checked against host->version as soon as it is read. */
MUST_CHECK bool lang_parse(struct lang_file *file, const struct lang_host *host, struct arena *items, struct arena *a, struct lang_file_ast **out,
			   struct err *err);

/* Calls `visit` for e and each node below it, in the order of the text; a false stops and is returned. */
typedef bool lang_expr_visit(void *ctx, struct lang_expr *e);
bool lang_expr_walk(struct lang_expr *e, lang_expr_visit *visit, void *ctx);

/* Names in which expressions of one module are looked up. */
struct lang_names {
	const struct lang_module *module;
	const struct lang_param *params; /* of a recipe, the first n of them, or */
	const struct lang_name *names;   /* of a function */
	size_t n_params;
};
/* Binds the names of an expression of a recipe or an attribute, of which all assignments are resolved already. */
MUST_CHECK bool lang_bind_expr(const struct lang_names *names, struct lang_expr *e, struct err *err);
/* Whether a line begins with sigils of which one says to go on after a failure and one to stop. analyze.c */
bool lang_has_rival_sigils(struct str line);
/* Binds the assignments and functions of a module, finds the order of evaluation, and refuses circles. resolve.c */
MUST_CHECK bool lang_resolve_variables(struct lang_module *module, struct arena *a, struct err *err);
/* The same for recipes and their dependencies; `run` evaluates constants. recipes.c */
/* Binds the names of a recipe just unfolded, whose dependencies are known. recipes.c */
MUST_CHECK bool lang_bind_unfolded(struct lang_tree *tree, struct lang_recipe *recipe, struct err *err);
/* lang_unfold, where names may be wrong: when the recipe is bound for the first time. fold.c */
MUST_CHECK bool lang_unfold_into(const struct lang_tree *tree, const struct lang_recipe *recipe, struct arena *a, struct lang_recipe **out, struct err *err);
struct lang_unfolder *lang_unfolder_new(void);
void lang_unfolder_free(struct lang_unfolder *u);
MUST_CHECK bool lang_resolve_recipes(struct lang_tree *tree, struct lang_module *module, struct lang_run *run, struct err *err);

/* Reads options->path, what it imports and the modules; *out is the root's. Files are added to the tree. load.c */
MUST_CHECK bool lang_load_files(struct lang_tree *tree, const struct lang_load_options *options, struct lang_file_ast **out, struct err *err);
/* Makes the root module, and those below, of the files. analyze.c */
MUST_CHECK bool lang_analyze(struct lang_tree *tree, struct lang_file_ast *ast, struct err *err);
MUST_CHECK bool lang_check_unstable(const struct lang_tree *tree, const struct lang_module *m, struct err *err);

/* A path as it is written without white space, and where its last name stands. */
void lang_path_add(struct buf *b, const struct lang_path *path);
struct lang_loc lang_path_end(const struct lang_path *path);

/* Whether the attributes enable their item on this system. */
bool lang_attributes_enable(const struct lang_attributes *attributes);

/* The order of two [arg]s with the same help text. */
int lang_arg_cmp(const struct lang_attribute *a, const struct lang_attribute *b);
/* key=… of an attribute, or NULL. */
const struct lang_keyword *lang_keyword_find(const struct lang_attribute *attr, struct str key);

/* Does escapes and indentation of the literal that stands at `at`. */
MUST_CHECK bool lang_string_cook(struct lang_string *s, const struct lang_loc *at, const struct lang_host *host, struct arena *a, struct err *err);
/* A text of the format string at `at`. */
MUST_CHECK bool lang_format_cook(struct lang_string *text, const struct lang_loc *at, struct arena *a, struct err *err);
/* Without the indentation that all non-blank lines share. */
struct str lang_unindent(struct arena *a, struct str s);

#endif
