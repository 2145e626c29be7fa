/*
 * dotenv.h: environment files: which ones a module loads, and what their lines mean.
 *
 * The grammar is that of the dotenv files that just reads: KEY=value with an optional `export`, comments, single quotes (literal), double
 * quotes (escapes \n \\ \" \' \$), $NAME and ${NAME} outside single quotes, values that span lines inside quotes.
 */
#ifndef RUN_DOTENV_H
#define RUN_DOTENV_H

#include "lang/lang.h"

/* What a module's recipes get from environment files, its parents' included. Zeroed is empty. */
struct dotenv {
	struct map values; /* struct str, by name */
};

struct dotenv_source {
	const struct lang_module *module;
	struct str directory;                                 /* where its recipes run */
	bool is_dry_run;                                      /* commands are not run */
	const struct str *filenames, *paths, *commands;       /* from the command line */
	size_t n_filenames, n_paths, n_commands;
	const struct dotenv *parent;                          /* NULL for the root */
	bool (*lookup)(void *ctx, struct str name, struct str *out); /* the program's environment */
	bool (*run)(void *ctx, const struct lang_module *module, struct str command, struct arena *a, struct str *out, struct err *err);
	void (*looked)(void *ctx, struct str path);           /* is told of each file that is looked for */
	void *ctx;
};

/* Finds and reads what the module's settings and the command line ask for. Memory in `a`. */
MUST_CHECK bool dotenv_load(const struct dotenv_source *source, struct arena *a, struct dotenv *out, struct err *err);

/* Parses the text of one file; `set` gets each variable in order. */
typedef void dotenv_set(void *ctx, struct str name, struct str value);
struct dotenv_parse {
	bool (*lookup)(void *ctx, struct str name, struct str *out);
	dotenv_set *set;
	void *lookup_ctx, *set_ctx;
};
MUST_CHECK bool dotenv_parse(struct str text, const struct dotenv_parse *how, struct arena *a, struct err *err);

#endif
