/*
 * regex_parser.h: the parser's state, shared by its core (regex_parse.c) and the two dialects (regex_go.c, regex_rust.c).
 */
#ifndef TEXT_REGEX_PARSER_H
#define TEXT_REGEX_PARSER_H

#include "text/regex_internal.h"

enum parse_flag {
	PARSE_FOLD = 1 << 0,       /* i */
	PARSE_MULTILINE = 1 << 1,  /* m */
	PARSE_DOT_ALL = 1 << 2,    /* s */
	PARSE_UNGREEDY = 1 << 3,   /* U */
	PARSE_SPACE = 1 << 4,      /* x */
	PARSE_CRLF = 1 << 5,       /* R */
	PARSE_ASCII = 1 << 6,      /* (?-u) */
};

typedef VEC(struct regex_node *) node_list;

/* An open group, or the whole expression. */
struct parse_frame {
	node_list alternatives, sequence;
	unsigned flags;     /* to restore behind the group */
	uint32_t group;     /* its number; 0: does not capture */
	size_t at;          /* of its parenthesis */
	bool after_flags;   /* Rust: nothing to repeat directly behind (?i) */
};

struct parser;
struct parse_dialect {
	/* Each is at its first character, and behind the item after it. */
	bool (*group)(struct parser *p);
	bool (*class)(struct parser *p);
	bool (*escape)(struct parser *p);
	/* A `{`: sets *min and *max (-1: none) and *counted, or leaves it a literal brace. */
	bool (*braces)(struct parser *p, int *min, int *max, bool *counted);
	/* A repetition operator stands from `from` to here: whether it may. `before` is where an operator directly before it began, or STR_NPOS. */
	bool (*check_repeat)(struct parser *p, size_t from, size_t before);
	/* The same once the last item of the sequence is repeated. */
	bool (*check_repeated)(struct parser *p, size_t from);
	bool (*unclosed)(struct parser *p, const struct parse_frame *frame);
	bool (*unopened)(struct parser *p);
	bool (*bad_utf8)(struct parser *p);
	/* A dot that would match beyond ASCII where the flags allow that alone. */
	bool (*not_ascii)(struct parser *p);
	bool (*too_deep)(struct parser *p);
	bool (*too_large)(struct parser *p);
};

struct parser {
	const struct parse_dialect *dialect;
	struct arena *a;
	struct str s;
	struct err late; /* a fault that counts where the whole pattern has no other */
	size_t i;
	unsigned flags; /* enum parse_flag */
	VEC(struct parse_frame) frames;
	regex_strs names;
	VEC(size_t) name_at;
	size_t repeat_from, repeat_end; /* the last repetition operator */
	struct err *err;
};

extern const struct parse_dialect parse_go, parse_rust;

static inline bool parser_at_end(const struct parser *p)
{
	return p->i >= p->s.n;
}
/* The byte `ahead` of here, or 0. */
static inline unsigned char parser_peek(const struct parser *p, size_t ahead)
{
	return p->i + ahead < p->s.n ? (unsigned char)p->s.p[p->i + ahead] : 0;
}
static inline struct str parser_rest(const struct parser *p)
{
	return str_slice(p->s, p->i, p->s.n);
}
static inline struct str parser_from(const struct parser *p, size_t from)
{
	return str_slice(p->s, from, p->i);
}
/* Takes the code point here. */
bool parser_rune(struct parser *p, uint32_t *rune);
/* The control character that the letter stands for behind a backslash; false where it stands for none. */
bool parser_control(uint32_t letter, uint32_t *rune);
int parser_unhex(uint32_t c);

/* Adds to the sequence of the open group. */
bool parser_push(struct parser *p, struct regex_node *node);
bool parser_push_rune(struct parser *p, uint32_t rune);
/* `ranges` is normalized and folded here, and negated where asked. */
enum class_sign { CLASS_AS_IS, CLASS_NEGATED };
bool parser_push_class(struct parser *p, class_ranges *ranges, enum class_sign sign);
bool parser_push_assert(struct parser *p, enum regex_assert assert);
/* Opens a group; `group` 0 does not capture. p->flags are its flags, `outer` those to restore. */
void parser_open(struct parser *p, uint32_t group, size_t at, unsigned outer);
/* A new group number for the name (empty: none). */
uint32_t parser_new_group(struct parser *p, struct str name, size_t at);

#endif
