/*
 * regex.h: regular expressions in the syntax of RE2, as Go's regexp package has them, with time linear in the text.
 *
 * A compiled expression is immutable and lives in the caller's arena; threads may share it. Matching takes the memory that it needs
 * for the call from the heap and gives it back. Matches are leftmost-first: of the matches that begin leftmost, the one that a
 * backtracking search would find first. Text is UTF-8; a byte that is not part of a valid code point is matched as U+FFFD, as in Go.
 *
 * Rules: https://github.com/google/re2/wiki/Syntax, https://pkg.go.dev/regexp, https://pkg.go.dev/regexp/syntax. With REGEX_RUST
 * those of https://docs.rs/regex (just's dialect): \d \w \s \b are Unicode's, classes nest and have && -- ~~, flags x and R exist,
 * \u{..} \U{..}, \< \>, a `{` that starts no counted repetition is an error, and replacement names are those of the crate.
 */
#ifndef TEXT_REGEX_H
#define TEXT_REGEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

enum regex_flag {
	REGEX_RUST = 1 << 0,        /* the dialect of Rust's regex crate */
	REGEX_IGNORE_CASE = 1 << 1, /* as if the pattern began with (?i) */
	REGEX_LITERAL = 1 << 2,     /* the pattern is plain text */
};

/* Caps: the pattern's nesting (as Go's) and the size of a compiled expression in instructions. */
#define REGEX_DEPTH_MAX 1000
#define REGEX_SIZE_MAX 500000

struct regex;

/* Compiles `pattern`, which is copied; flags are a union of enum regex_flag. An error is ERR_SYNTAX with Go's text (`error parsing
 * regexp: missing closing ): ...`) or, with REGEX_RUST, that of the crate; a too large one is ERR_LIMIT. */
MUST_CHECK bool regex_compile(struct arena *a, struct str pattern, unsigned flags, const struct regex **out, struct err *err);

/* The pattern's text. */
struct str regex_pattern(const struct regex *re);
/* Number of groups, the whole match (0) included. */
size_t regex_groups(const struct regex *re);

/* Bytes [from, to) of the text; both REGEX_UNSET where a group took no part in the match. */
struct regex_span {
	size_t from, to;
};
#define REGEX_UNSET STR_NPOS

/* Whether the expression matches anywhere in the text. */
bool regex_match(const struct regex *re, struct str text);
/* The leftmost match at or after byte `from`; what is before `from` still counts for \b and ^. Writes the spans of the first `n` groups
 * (those beyond regex_groups are unset). `n` may be 0. */
bool regex_find(const struct regex *re, struct str text, size_t from, struct regex_span *spans, size_t n);

/*
 * All matches from left to right, as FindAll: an empty match directly behind the match before it is left out.
 *
 *	struct regex_iter it = regex_iter(re, text);
 *	while (regex_next(&it, spans, n)) ...
 *	regex_iter_deinit(&it);     // or declare it AUTO_REGEX_ITER
 */
struct regex_scratch;
struct regex_iter {
	const struct regex *re;
	struct str text;
	size_t at, last_end;
	struct regex_scratch *scratch;
};
struct regex_iter regex_iter(const struct regex *re, struct str text);
bool regex_next(struct regex_iter *it, struct regex_span *spans, size_t n);
void regex_iter_deinit(struct regex_iter *it);
#define AUTO_REGEX_ITER __attribute__((cleanup(regex_iter_deinit))) struct regex_iter

enum regex_replace_mode {
	REGEX_EXPAND,        /* `$1`, `$name`, `${name}`, `$$` in the replacement, as ReplaceAllString */
	REGEX_VERBATIM,      /* the replacement as it is, as ReplaceAllLiteralString */
};
/* The text with all matches replaced, in `a`. */
struct str regex_replace(const struct regex *re, struct str text, struct str with, enum regex_replace_mode mode, struct arena *a);
/* The replacement for one match whose spans (all groups) are given, added to `out`: Go's Regexp.Expand. */
struct buf;
void regex_expand(const struct regex *re, struct str with, struct str text, const struct regex_span *spans, struct buf *out);

typedef VEC(struct str) regex_strs;
/* Pieces of the text between matches, at most `limit` of them (negative: all, 0: none), as Go's Split. Views of text; the vector is in `a`. */
void regex_split(const struct regex *re, struct str text, int64_t limit, struct arena *a, regex_strs *out);
/* `s` with all that means something in an expression escaped, as QuoteMeta. */
struct str regex_quote(struct arena *a, struct str s);

#endif
