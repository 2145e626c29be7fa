/*
 * plan.h: the cached recipes that a target needs, as flat tables: nodes, the files that they read and write, and all that is needed to run them.
 *
 * A plan is made from the tasks file (plan_build.h) or taken from a file of an earlier run (plan_file.h). Both have the same form: arrays without
 * pointers, in which strings and lists are numbers, so that a stored plan is used as it lies in memory and one node costs as little as its few numbers.
 */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/sha256.h"
#include "base/vec.h"

/* A string: where its length (4 bytes) and then its bytes with a NUL stand among the plan's strings. 0: none. */
typedef uint32_t plan_text;
/* A list: where its length and then its items stand among the plan's words. 0: an empty one. */
typedef uint32_t plan_list;

enum plan_flags {
	PLAN_GROUP = 1,     /* no body: stands for what it depends on */
	PLAN_LINES = 2,     /* the body is lines for a shell, else one script */
	PLAN_SHEBANG = 4,   /* the script is executed itself */
	PLAN_SEARCHES = 8,  /* inputs are folders or patterns too: which files they are is found out each time */
	PLAN_CLEAN = 16,    /* as the plan was stored its result was in place: if its files are still as the plan has them, it is */
	PLAN_SILENT = 32,   /* [no-exit-message] */
	PLAN_MESSAGE = 64,  /* a script that `@` shows before it runs */
	PLAN_TRACED = 128,  /* watched while it runs: inputs and outputs are found besides those declared */
};

/* Beside each line of a body. */
enum plan_line_flags { PLAN_LINE_ECHO = 1, PLAN_LINE_INFALLIBLE = 2, PLAN_LINE_GUARD = 4 };

struct plan_node {
	uint64_t id;               /* of recipe and arguments, for locks between processes */
	struct digest command;     /* all that its result depends on but inputs and what it depends on */
	plan_text name;            /* in state: without arguments, which may be secrets */
	plan_text shown;           /* for people: with them. 0: as `recipe` */
	plan_text recipe, file;    /* its name and where it stands. `recipe` 0: what stands behind PLAN_NAME_START in `name`, to its end */
	plan_text dir;             /* where it runs: relative to the root, or absolute outside it */
	plan_list argv;            /* words before the script or the line */
	plan_list args;            /* words behind it */
	plan_list body;            /* the script, or the lines */
	plan_list line_flags, line_numbers;
	plan_list environ;         /* "NAME=VALUE", or "NAME" for what is taken away */
	plan_list ignore;          /* PLAN_TRACED: paths of which no notice is taken */
	plan_list inputs, outputs; /* as declared; inputs only with PLAN_SEARCHES */
	uint32_t first_in, n_in;   /* files, into `refs` */
	uint32_t first_out, n_out;
	uint32_t first_dep, n_deps; /* nodes, into `refs` */
	uint32_t line;
	uint32_t duration_ms;      /* of the last run, 0 if unknown */
	uint32_t flags;
};

/* A file by name, once however many nodes use it. */
struct plan_stamp {
	int64_t dev, ino, size, mtime, ctime; /* times in nanoseconds; ino 0: never seen */
};
struct plan_file {
	plan_text name;          /* relative to the root, or absolute */
	uint32_t mode;           /* permissions, which count for outputs, and: */
};
enum { PLAN_FILE_OUTPUT = 1 << 30, PLAN_FILE_KNOWN = 1 << 29 /* has a digest, even without a stamp */ };

/* What a stored plan knows of a file. */
struct plan_known {
	struct plan_stamp stamp; /* as it was when `digest` was made */
	struct digest digest;
};

/* `from` before `to`, though neither depends on the other: they touch the same files. */
struct plan_order {
	uint32_t from, to;
};

struct plan {
	const struct plan_node *nodes;
	const struct plan_file *files;
	const uint32_t *refs;
	const uint32_t *words;
	const char *strings;
	const struct plan_order *order;
	/* Only of a stored plan, NULL in one that is being made: */
	const struct plan_known *known; /* of each file */
	const struct digest *results;   /* of each node. PLAN_CLEAN: of its outputs, or where it has none of its whole key */
	uint32_t n_nodes, n_files, n_order, n_refs, n_words, n_strings;
};

static inline struct str plan_str(const struct plan *p, plan_text at)
{
	if (at == 0)
		return STR_NONE;
	uint32_t n;
	memcpy(&n, p->strings + at, sizeof(n));
	return (struct str){ p->strings + at + sizeof(n), n };
}
#define PLAN_NAME_START "recipe "
static inline struct str plan_recipe(const struct plan *p, const struct plan_node *n)
{
	struct str name = plan_str(p, n->name);
	return n->recipe ? plan_str(p, n->recipe) : str_slice(name, sizeof(PLAN_NAME_START) - 1, name.n);
}
static inline struct str plan_shown(const struct plan *p, const struct plan_node *n)
{
	return n->shown ? plan_str(p, n->shown) : plan_recipe(p, n);
}
static inline uint32_t plan_len(const struct plan *p, plan_list l)
{
	return p->words[l];
}
static inline uint32_t plan_item(const struct plan *p, plan_list l, uint32_t i)
{
	return p->words[l + 1 + i];
}

/* A file in the index: number + 1, and the low half of its name's hash, so that other names need not be looked at. */
struct plan_place {
	uint32_t number, hash;
};

/* A plan that grows. The tables move as it does: take plan_view again after adding. */
struct plan_maker {
	struct arena arena;
	VEC(struct plan_node) nodes;
	VEC(struct plan_file) files;
	VEC(uint32_t) refs, words;
	VEC(struct plan_order) order;
	struct buf strings;
	struct map texts, lists; /* what is there already: uint32_t */
	struct plan_place *file_index; /* open addressing */
	uint32_t file_index_size;
};
void plan_maker_init(struct plan_maker *m);
void plan_maker_deinit(struct plan_maker *m);
struct plan plan_view(const struct plan_maker *m);
/* The number of the string; equal ones are kept once. An empty str has a number too, only p == NULL gives 0. */
plan_text plan_add_text(struct plan_maker *m, struct str s);
/* A string that is surely used once: not looked up. */
plan_text plan_add_own_text(struct plan_maker *m, struct str s);
plan_list plan_add_list(struct plan_maker *m, const uint32_t *items, uint32_t n);
/* The same of a list that no other node is likely to have. */
plan_list plan_add_own_list(struct plan_maker *m, const uint32_t *items, uint32_t n);
/* The number of the file of that name: a new one, or the one that it has. plan_find_file: only that; false where it has none. */
uint32_t plan_add_file(struct plan_maker *m, struct str name);
/* Says that the file is looked for soon. */
void plan_expect_file(const struct plan_maker *m, struct str name);
bool plan_find_file(const struct plan_maker *m, struct str name, uint32_t *id);

/* What of a file's stat tells that it is the same one, unchanged. */
void plan_stamp_of(const struct stat *st, struct plan_stamp *out);
static inline bool plan_stamp_eq(const struct plan_stamp *a, const struct plan_stamp *b)
{
	return a->ino == b->ino && a->mtime == b->mtime && a->ctime == b->ctime && a->size == b->size && a->dev == b->dev;
}

#endif
