/*
 * builtin.h: functions and constants that the language brings: tables of rows, a file a family.
 */
#ifndef LANG_BUILTIN_H
#define LANG_BUILTIN_H

#include "lang/eval.h"

/* One call. `args` are evaluated; out is in `a`. A failure's message is completed by the caller with the place. */
struct builtin_call {
	struct evaluator *ev;
	const struct lang_expr *expr; /* the call */
	const struct lang_value *args;
	size_t n;
	struct arena *arena;
	struct lang_value *out;
	struct err *err;
};

/* What the arguments are before the function sees them. */
enum builtin_takes {
	BUILTIN_STRINGS, /* each must be one string, else the call fails */
	BUILTIN_VALUES,  /* lists as they are */
};

struct lang_builtin {
	struct str name;
	size_t min, max;              /* arguments; SIZE_MAX: any number */
	bool (*call)(struct builtin_call *c);
	enum builtin_takes takes;
	bool needs_lists;
};

struct builtin_table {
	const struct lang_builtin *rows;
	size_t n;
};
extern const struct builtin_table builtin_strings, builtin_path, builtin_system, builtin_lists, builtin_digest;

/* By name, or NULL. */
const struct lang_builtin *builtin_find(struct str name);

/* Whether it is a function of lists only. */
bool builtin_needs_lists(struct str name);

struct lang_constant {
	struct str name, value;
};
/* Index of a constant; false if there is none of the name. */
bool lang_constant_find(struct str name, uint32_t *index);
extern const struct lang_constant lang_constants[];

/* Helpers for the rows. */
bool builtin_return(struct builtin_call *c, struct str s);
/* With set lists "true" and [], without them "true" and "false". */
bool builtin_return_bool(struct builtin_call *c, bool b);
/* Applies `one` to each element of the last argument. */
typedef struct str builtin_each(struct builtin_call *c, struct str s);
bool builtin_map(struct builtin_call *c, const struct lang_value *v, builtin_each *one);
bool builtin_fail(struct builtin_call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "list value … passed to …": for arguments that must be one string. */
bool builtin_fail_list(struct builtin_call *c, const struct lang_value *v);
/* Takes the next word, white space around it, off *rest. */
bool builtin_next_word(struct str *rest, struct str *word);
/* Reads a file as commands would find it; *full is its absolute path. A failure leaves the system's error number. */
bool builtin_read_bytes(struct builtin_call *c, struct str path, struct str *out, struct str *full, int *number);
bool builtin_has_lists(const struct builtin_call *c);

#endif
