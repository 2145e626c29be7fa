/*
 * ast.h: the tree of a tasks file in the just language: files, modules, recipes, expressions.
 *
 * The parser makes one `struct lang_ast` a file; the analyzer joins a root file and what it imports into a `struct lang_module`, in which
 * names are resolved: variables to assignments or parameters, dependencies to recipes, aliases to their targets. All of it lives in the arena of
 * the struct lang_tree (lang.h) and does not change once loaded. Every place has a struct lang_loc, so that an error can point at it.
 */
#ifndef LANG_AST_H
#define LANG_AST_H

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

struct lang_module;
struct lang_recipe;
struct lang_assignment;
struct lang_function;
struct lang_expr;
struct regex;

/* A source file. */
struct lang_file {
	struct str path;    /* absolute and cleaned */
	struct str display; /* as messages name it: relative to the root file's folder where it is below or near it */
	struct str text;    /* without a byte order mark */
	uint32_t depth;     /* number of imports between the module's file and this one */
};

/* A piece of a file: bytes [offset, offset + length). Line and column are counted when a message needs them. */
struct lang_loc {
	const struct lang_file *file; /* NULL: made up, points nowhere */
	uint32_t offset, length;
};

/* What stands there. */
static inline struct str lang_text(const struct lang_loc *at)
{
	return str_slice(at->file->text, at->offset, (size_t)at->offset + at->length);
}

/* A name as it stands in a file. */
struct lang_name {
	struct str s;
	struct lang_loc at;
};

/* Names joined by `::`, as they stand in the file, from the first to the last. */
struct lang_path {
	struct lang_loc at;
};
/* Takes the next name off the rest of a path, at first lang_text(&path->at); nothing is left behind the last. */
bool lang_path_next(struct str *rest, struct str *name);

/* Expressions. */
enum lang_expr_kind {
	LANG_STRING,   /* a literal, escapes and indentation done */
	LANG_FORMAT,   /* f'…': text and expressions in turn */
	LANG_BACKTICK,
	LANG_VARIABLE,
	LANG_CALL,
	LANG_CONCAT,   /* left + right */
	LANG_JOIN,     /* left / right; left is NULL in `/ right` */
	LANG_APPEND,   /* left ++ right, with lists */
	LANG_AND,
	LANG_OR,
	LANG_NOT,
	LANG_COMPARE,
	LANG_GROUP,    /* ( left ) */
	LANG_IF,
	LANG_ASSERT,
	LANG_LIST,
};

enum lang_comparison { LANG_EQ, LANG_NE, LANG_MATCH, LANG_NO_MATCH };

/* How a string literal was written; the formatter prints it back. */
enum lang_quote {
	LANG_QUOTE_SINGLE,          /* '…' */
	LANG_QUOTE_DOUBLE,          /* "…" */
	LANG_QUOTE_TRIPLE_SINGLE,   /* '''…''' */
	LANG_QUOTE_TRIPLE_DOUBLE,   /* """…""" */
	LANG_QUOTE_BACKTICK,        /* `…` */
	LANG_QUOTE_TRIPLE_BACKTICK, /* ```…``` */
};

struct lang_string {
	const char *raw;      /* between the quotes, as written */
	struct str cooked;    /* its value */
	uint32_t raw_length;
	uint8_t quote;        /* enum lang_quote */
	bool expand;          /* x'…' */
};

static inline struct str lang_string_raw(const struct lang_string *s)
{
	return (struct str){ s->raw, s->raw_length };
}

/* What a name in an expression stands for. */
enum lang_bind {
	LANG_BIND_NONE,       /* not resolved (yet) */
	LANG_BIND_ASSIGNMENT,
	LANG_BIND_PARAM,      /* of the recipe or function that the expression is in, by index */
	LANG_BIND_CONSTANT,   /* HEX, RED, … by index into lang_constants */
};

/* Of the union only the member of the kind is there: most expressions are small. */
struct lang_expr {
	struct lang_loc at;       /* the token that errors point at: name, string, operator, `if` … */
	uint8_t kind;             /* enum lang_expr_kind */
	union {
		struct lang_string string;                                /* STRING, BACKTICK */
		struct {                                                  /* FORMAT */
			struct lang_string *texts;                        /* n + 1 of them */
			struct lang_expr **exprs;                         /* n */
			size_t n;
		} format;
		struct {                                                  /* VARIABLE */
			struct str name;
			enum lang_bind bind;
			uint32_t index;                                   /* PARAM, CONSTANT */
			const struct lang_assignment *assignment;         /* ASSIGNMENT */
		} variable;
		struct {                                                  /* CALL */
			struct str name;
			struct lang_expr **args;
			size_t n;
			const struct lang_builtin *builtin;               /* one of both is set */
			const struct lang_function *function;
		} call;
		struct {                                                  /* CONCAT JOIN APPEND AND OR NOT COMPARE GROUP */
			struct lang_expr *left, *right;                   /* NOT and GROUP: left only */
			enum lang_comparison op;
		} pair;
		struct {                                                  /* IF, ASSERT */
			struct lang_expr *condition;
			struct lang_expr *then;                           /* ASSERT: the message or NULL */
			struct lang_expr *otherwise;                      /* NULL where it is omitted; ASSERT: NULL */
		} cond;
		struct {                                                  /* LIST */
			struct lang_expr **items;
			size_t n;
		} list;
	};
};

/* Attributes. The order is that of their names, which is also the order in which just prints them. */
enum lang_attr_kind {
	LANG_ATTR_ANDROID,
	LANG_ATTR_ARG,
	LANG_ATTR_CACHE,
	LANG_ATTR_CONFIRM,
	LANG_ATTR_CONTINUE,
	LANG_ATTR_DEFAULT,
	LANG_ATTR_DOC,
	LANG_ATTR_DRAGONFLY,
	LANG_ATTR_ENV,
	LANG_ATTR_EXIT_MESSAGE,
	LANG_ATTR_EXTENSION,
	LANG_ATTR_FREEBSD,
	LANG_ATTR_GROUP,
	LANG_ATTR_LINUX,
	LANG_ATTR_MACOS,
	LANG_ATTR_METADATA,
	LANG_ATTR_NETBSD,
	LANG_ATTR_NO_CD,
	LANG_ATTR_NO_EXIT_MESSAGE,
	LANG_ATTR_NO_QUIET,
	LANG_ATTR_OPENBSD,
	LANG_ATTR_PARALLEL,
	LANG_ATTR_POSITIONAL_ARGUMENTS,
	LANG_ATTR_PRIVATE,
	LANG_ATTR_SCRIPT,
	LANG_ATTR_SHELL,
	LANG_ATTR_TIMESTAMP,
	LANG_ATTR_UNIX,
	LANG_ATTR_WINDOWS,
	LANG_ATTR_WORKING_DIRECTORY,
	LANG_ATTR_COUNT
};

/* key=value or a bare key inside an attribute's parentheses. */
struct lang_keyword {
	struct lang_name name;
	struct lang_expr *value; /* NULL where it is bare */
};

struct lang_attribute {
	struct lang_loc at;      /* its name */
	struct lang_expr **args; /* positional */
	struct lang_keyword *keywords;
	uint32_t n_args, n_keywords;
	uint8_t kind;            /* enum lang_attr_kind */
};

struct lang_attributes {
	struct lang_attribute *p; /* in order of kinds, those of one kind as written */
	uint32_t n;
	uint32_t mask;            /* bit (1 << kind) for each present */
};

/* Parameters. */
enum lang_param_kind { LANG_PARAM_ONE, LANG_PARAM_PLUS, LANG_PARAM_STAR };

/* What [arg(…)] says of a parameter. */
struct lang_arg {
	const struct lang_attribute *attribute; /* NULL: there is none, and the rest says nothing */
	struct str long_option;         /* empty: none */
	struct str short_option;        /* one code point; empty: none */
	bool is_flag;                   /* takes no value: `flag` */
	struct lang_expr *value;        /* takes no value, gives this one: `value=` */
	bool is_multiple;
	struct str help;                /* evaluated; p is NULL where there is none */
	const struct regex **patterns;  /* any must match the whole argument */
	size_t n_patterns;
	struct str *pattern_texts;      /* as the user wrote them */
	uint64_t min, max;              /* counts; max is UINT64_MAX where there is none */
	bool has_min, has_max;
};

struct lang_param {
	struct lang_name name;
	struct lang_expr *fallback;     /* the default, or NULL */
	const struct lang_arg *arg;     /* never NULL; all parameters without [arg] share one */
	uint8_t kind;                   /* enum lang_param_kind */
	bool exported;                  /* $name */
};

/* A dependency. */
struct lang_argument {
	struct lang_expr *expr;
	bool is_mapped; /* *argument */
};

struct lang_dependency {
	struct lang_path path;             /* errors point at its last name */
	struct lang_argument *args;
	const struct lang_recipe *recipe;  /* NULL only where it is in an optional module that is absent */
	uint32_t n_args;
	bool is_mapped;                    /* *(recipe …) */
	bool has_parentheses;
};

/* Bodies. A line is text and interpolations in turn. */
struct lang_fragment {
	struct lang_loc at;         /* text as written, `{{{{` not yet replaced; or `{{` of: */
	struct lang_expr *expr;     /* an interpolation */
};

static inline struct str lang_fragment_text(const struct lang_fragment *f)
{
	return f->expr ? STR_NONE : lang_text(&f->at);
}

struct lang_line {
	struct lang_fragment *p;
	uint32_t n;
	uint32_t number; /* in the file, from 0 */
};

/* A dependency of a folded recipe: first where its name stands in the file, then the recipe. */
union lang_need {
	struct {
		uint32_t offset, length;
	} place;
	const struct lang_recipe *recipe;
};

/* The text of a folded recipe with its doc comment and attributes, and the line on which that begins, from 0. */
struct lang_fold {
	uint32_t offset, length, line;
};

/*
 * A recipe is whole or folded. Of a folded one the tree has only what is known without its text: the members behind `index` are not even there, `attributes` has its
 * mask alone, parameters there are none. lang_unfold (lang.h) makes it whole. Only long files are folded, where the caller asks for it.
 */
struct lang_recipe {
	struct lang_name name;
	struct str path;                   /* with the modules' names, joined by `::` */
	const struct lang_module *module;
	struct lang_attributes attributes;
	const struct str *interpreter;     /* the first word of [script(…)], if it is a literal; else NULL */
	union lang_need *needs;            /* folded: n_deps of them */
	struct lang_fold fold;             /* folded */
	uint32_t n_params, n_deps, n_priors, n_lines;
	uint32_t line;                     /* of its name, from 1 */
	bool is_folded;
	bool is_quiet;                     /* @name */
	bool is_private;                   /* _name or [private] */
	bool is_shebang;                   /* the body starts with #! */
	bool is_script;                    /* is_shebang, [script] or default-script */
	bool has_interpreter;              /* [script(…)] with words */
	bool is_enabled;                   /* false: depends on an optional module that is absent */
	bool has_names;                    /* folded: it names variables, functions or commands, or gives arguments to what it depends on */
	bool is_pure;                      /* folded: see lang_recipe_is_pure */
	uint32_t depth;                    /* of imports */
	uint32_t order;                    /* place in the module, imports counted where they stand */
	uint32_t index;                    /* a number of its own in the tree, for tables of the run */
	/* Whole recipes only: */
	struct str comment;                /* the doc comment above it; p is NULL where there is none */
	struct str doc;                    /* what --list shows: [doc] or the comment; p is NULL where there is none */
	struct lang_param *params;
	struct lang_dependency *deps;      /* priors, then subsequents */
	struct lang_line *body;
};

/* What the i-th dependency leads to, of a folded recipe too; NULL only where that is in an optional module that is absent. */
static inline const struct lang_recipe *lang_recipe_dep(const struct lang_recipe *r, size_t i)
{
	return r->is_folded ? r->needs[i].recipe : r->deps[i].recipe;
}

/* What an expression refers to, in the order of the text. */
struct lang_refs {
	const struct lang_assignment **assignments;
	const struct lang_function **functions;
	uint32_t n_assignments, n_functions;
};

struct lang_assignment {
	struct lang_name name;
	const struct lang_module *module;
	struct lang_attributes attributes;
	struct lang_expr *value;
	bool is_exported, is_eager, is_private;
	uint32_t kinds;                    /* of the expressions in it: bit per enum lang_expr_kind */
	uint32_t depth;
	uint32_t slot;                     /* its place in the module's scope and in module->order */
	struct lang_refs refs;
};

struct lang_alias {
	struct lang_name name;
	struct lang_attributes attributes;
	struct lang_path target;
	const struct lang_recipe *recipe;  /* one of both, or none where an optional module is absent */
	const struct lang_module *target_module;
	const struct lang_module *module;
	bool is_private;
};

/* name(params) := body */
struct lang_function {
	struct lang_name name;
	const struct lang_module *module;
	const struct lang_file *file;
	struct lang_attributes attributes;
	struct lang_name *params;
	size_t n_params;
	struct lang_expr *body;
	struct lang_refs refs;
	uint32_t slot;                     /* a number of its own in the module */
};

/* Settings, by name. */
enum lang_setting_kind {
	LANG_SET_ALLOW_DUPLICATE_RECIPES,
	LANG_SET_ALLOW_DUPLICATE_VARIABLES,
	LANG_SET_DEFAULT_LIST,
	LANG_SET_DEFAULT_SCRIPT,
	LANG_SET_DOTENV_COMMAND,
	LANG_SET_DOTENV_FILENAME,
	LANG_SET_DOTENV_LOAD,
	LANG_SET_DOTENV_OVERRIDE,
	LANG_SET_DOTENV_PATH,
	LANG_SET_DOTENV_REQUIRED,
	LANG_SET_EXPORT,
	LANG_SET_FALLBACK,
	LANG_SET_GUARDS,
	LANG_SET_IGNORE_COMMENTS,
	LANG_SET_INDENTATION,
	LANG_SET_LAZY,
	LANG_SET_LISTS,
	LANG_SET_MINIMUM_VERSION,
	LANG_SET_NO_CD,
	LANG_SET_NO_EXIT_MESSAGE,
	LANG_SET_POSITIONAL_ARGUMENTS,
	LANG_SET_QUIET,
	LANG_SET_SCRIPT_INTERPRETER,
	LANG_SET_SHELL,
	LANG_SET_TEMPDIR,
	LANG_SET_TRACE,
	LANG_SET_UNSTABLE,
	LANG_SET_WINDOWS_POWERSHELL,
	LANG_SET_WINDOWS_SHELL,
	LANG_SET_WORKING_DIRECTORY,
	LANG_SET_COUNT
};

/* One evaluated setting. Booleans use `on`; the others `items`. */
struct lang_setting {
	bool is_set, on;
	struct str *items; /* strings have one, lists and interpreters any number */
	size_t n_items;
};

struct lang_settings {
	struct lang_setting p[LANG_SET_COUNT];
};

/* A module: the root file or a `mod`, with all that its imports bring. */
struct lang_module {
	struct str name;                /* empty for the root */
	struct lang_name declared;      /* where the parent declares it */
	struct str path;                /* `a::b`; empty for the root */
	struct lang_module *parent;     /* NULL for the root */
	const struct lang_file *file;   /* its source */
	struct str directory;           /* of its source, absolute */
	struct str working_directory;   /* where its recipes run, before settings: the root's is the tree's */
	struct lang_attributes attributes;
	struct str doc;                 /* p is NULL where there is none */
	struct str *groups;
	size_t n_groups;
	bool is_private;
	struct lang_settings settings;
	struct map recipes;             /* struct lang_recipe *, by name, in order of the source */
	struct map aliases;             /* struct lang_alias * */
	struct map assignments;         /* struct lang_assignment * */
	const struct lang_assignment **order; /* all of them so that each comes after those that it needs */
	struct map functions;           /* struct lang_function * */
	struct map modules;             /* struct lang_module *; absent optional ones are not among them */
	struct map absent;              /* set of names of absent optional modules */
	VEC(struct str) unexports;      /* sorted */
	const struct lang_recipe *default_recipe; /* NULL: none */
	unsigned unstable;              /* what it uses that needs set unstable */
	uint32_t index;                 /* a number of its own in the tree */
};

#endif
