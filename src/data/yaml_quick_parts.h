/*
 * yaml_quick_parts.h: what the files of the quick reader share. Internal to yaml_quick*.c.
 */
#ifndef DATA_YAML_QUICK_PARTS_H
#define DATA_YAML_QUICK_PARTS_H

#include "base/buf.h"
#include "data/yaml_quick.h"

enum { MAX_DEPTH = 64, MAX_KEY = 200, MAX_ANCHORS = 16, MAX_ALIASES = 64 };

enum open { CLOSED, EMPTY, PLAIN };

struct level {
	size_t column;
	bool is_list;
	struct value v; /* the collection, unless it is deeper than what is kept */
};

struct quick {
	const struct yaml_quick_options *options;
	struct arena *a;
	struct str rest;
	struct level stack[MAX_DEPTH];
	size_t depth;
	enum open open;
	size_t parent, level;   /* column and level of the entry that `open` speaks of */
	struct value *slot;     /* where its value is, if that is kept */
	struct buf folded;      /* a plain scalar so far, in case that it goes on */
	bool has_folded;        /* it did */
	size_t blanks;          /* empty lines since the last one that was not */
	bool is_dropped;        /* the root's last entry is none that is wanted */
	struct anchor {
		struct str name;
		struct value v;
		bool is_kept;   /* else v is not known */
	} anchors[MAX_ANCHORS]; /* of scalars; the last of a name counts */
	size_t anchor_count, alias_count;
};

static inline bool quick_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool quick_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Plain words that are not strings. */
bool quick_is_special_word(struct str s);
/* Keys that are certain to be strings, or small whole numbers, whose text is the key (to yaml.v3 they are no strings). */
bool quick_is_sure_key(struct quick *q, struct str key);
/* What a plain scalar of one line means. */
bool quick_resolve(struct quick *q, struct str text, struct value *out);
/* Whether nothing but blanks and a comment is in s. */
bool quick_is_rest_empty(struct str s);
struct str quick_trim_right(struct str s);
/*
 * Takes a quoted scalar off the front of *s. It may go on over lines of the document, which must be deeper than `parent`. Its text is only given where it is
 * wanted.
 */
bool quick_take_quoted(struct quick *q, struct str *s, size_t parent, bool wanted, struct str *text);
/* Takes the flow collection at the front of *s, which may go on over lines of the document, likewise. */
bool quick_take_flow(struct quick *q, struct str *s, size_t parent, struct value *out);

#endif
