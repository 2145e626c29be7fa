/*
 * regex_internal.h: what the parts of the regex engine share; only for src/text/regex*.c.
 *
 * pattern --regex_parse--> tree of nodes --regex_build--> program --regex_exec--> spans. Sets of code points (regex_class.c) are the only
 * thing that consumes text: a literal is a set of one.
 */
#ifndef TEXT_REGEX_INTERNAL_H
#define TEXT_REGEX_INTERNAL_H

#include "text/regex.h"
#include "text/unicode.h"

#define RUNE_MAX 0x10FFFFu

/* A set under construction: ranges in any order until class_normalize sorts and merges them. */
typedef VEC(struct unicode_range) class_ranges;

void class_add(class_ranges *c, struct arena *a, uint32_t lo, uint32_t hi);
void class_add_set(class_ranges *c, struct arena *a, struct unicode_set set);
/* All that is not in `set` (normalized). */
void class_add_negated(class_ranges *c, struct arena *a, struct unicode_set set);
void class_normalize(class_ranges *c);
/* Adds what equals a member under simple case folding; `c` is normalized before and after. */
void class_fold(class_ranges *c, struct arena *a);
void class_negate(class_ranges *c, struct arena *a);
void class_intersect(class_ranges *c, struct arena *a, struct unicode_set with);
static inline struct unicode_set class_set(const class_ranges *c)
{
	return (struct unicode_set){ c->p, c->n };
}
/* The set of [:name:] without the colons ("alpha"), or of the letter d, s or w ("d"), all ASCII; false if there is none. */
bool class_find_ascii(struct str name, struct unicode_set *out);

/* Where an expression looks without consuming. */
enum regex_assert {
	ASSERT_BEGIN_TEXT = 1 << 0,
	ASSERT_END_TEXT = 1 << 1,
	ASSERT_BEGIN_LINE = 1 << 2,
	ASSERT_END_LINE = 1 << 3,
	ASSERT_WORD = 1 << 4, /* ASCII words */
	ASSERT_NOT_WORD = 1 << 5,
	ASSERT_BEGIN_CRLF = 1 << 6, /* lines end in \n, \r or \r\n */
	ASSERT_END_CRLF = 1 << 7,
	ASSERT_UWORD = 1 << 8, /* Unicode words */
	ASSERT_NOT_UWORD = 1 << 9,
	ASSERT_WORD_START = 1 << 10,
	ASSERT_WORD_END = 1 << 11,
	ASSERT_WORD_START_HALF = 1 << 12,
	ASSERT_WORD_END_HALF = 1 << 13,
};
/* Those that look at Unicode words. */
#define ASSERT_UNICODE (ASSERT_UWORD | ASSERT_NOT_UWORD | ASSERT_WORD_START | ASSERT_WORD_END | ASSERT_WORD_START_HALF | ASSERT_WORD_END_HALF)

enum regex_node_op { NODE_EMPTY, NODE_NEVER, NODE_RUNE, NODE_CLASS, NODE_ASSERT, NODE_GROUP, NODE_REPEAT, NODE_CONCAT, NODE_ALTERNATE };

struct regex_node {
	uint8_t op; /* enum regex_node_op */
	bool lazy;
	bool nullable;
	uint16_t height; /* of the tree below, itself included */
	uint32_t value;  /* rune; enum regex_assert; number of the group */
	int min, max;    /* NODE_REPEAT; max -1: no end */
	struct unicode_set set; /* NODE_CLASS */
	uint32_t class_at;      /* its number in the program + 1, once emitted */
	struct regex_node **subs;
	size_t n;
	double size; /* about how many instructions it takes */
};

/* The parser's result. */
struct regex_tree {
	struct regex_node *root;
	regex_strs names; /* of the groups, the whole match first */
};
bool regex_parse(struct arena *a, struct str pattern, unsigned flags, struct regex_tree *out, struct err *err);

/* A set ready for matching. */
struct regex_class {
	uint64_t ascii[2];
	struct unicode_set set;
};

enum regex_op { OP_MATCH, OP_NEVER, OP_ALT, OP_SAVE, OP_ASSERT, OP_RUNE, OP_CLASS };
struct regex_inst {
	uint32_t op;
	uint32_t next;
	uint32_t arg; /* second choice; slot; enum regex_assert; rune; class */
};

struct regex {
	struct str pattern;
	const struct str *names;
	size_t groups;
	const struct regex_inst *insts;
	uint32_t n, start;
	const struct regex_class *classes;
	uint32_t asserts;         /* those used anywhere */
	bool anchored;            /* begins with ASSERT_BEGIN_TEXT on every path */
	bool whole_prefix;        /* the prefix is all there is to match */
	bool can_skip;            /* `first` says something */
	struct str prefix;        /* every match begins so */
	uint64_t first[4];        /* bytes that a match can begin with; of use if can_skip */
};
void regex_build(struct arena *a, const struct regex_tree *tree, struct regex *out);

/* Memory for matching, kept over the calls of an iteration. */
struct regex_scratch;
struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch *s);
/* The leftmost-first match from `from` on: fills slots[0..nslots) (begin and end of each group). */
bool regex_exec(const struct regex *re, struct str text, size_t from, size_t *slots, size_t nslots, struct regex_scratch *s);
/* The same, always by the Pike machine: the way that large texts take, for tests that compare it with the others. nslots is even and at most
 * that of the expression. */
bool regex_exec_pike(const struct regex *re, struct str text, size_t from, size_t *slots, size_t nslots, struct regex_scratch *s);

#endif
