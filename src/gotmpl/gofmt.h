/*
 * gofmt.h: Go's package fmt for values: Sprint, Sprintf, Sprintln with every verb and flag, and its ways to report mistakes in formats.
 */
#ifndef GOTMPL_GOFMT_H
#define GOTMPL_GOFMT_H

#include "gotmpl/func.h"

/* Lists and maps nested deeper than this are not printed: a map can hold itself. */
#define GOFMT_MAX_DEPTH 1000

/*
 * What %v prints. `types` may be NULL in all of these. They return false where a value was nested deeper than GOFMT_MAX_DEPTH or the
 * output passed VALUE_STR_MAX; what is printed is then incomplete.
 */
bool gofmt_value(struct buf *out, const struct go_types *types, struct value v);
/* fmt.Sprint, fmt.Sprintln, fmt.Sprintf of n values. */
bool gofmt_print(struct buf *out, const struct go_types *types, const struct value *argv, size_t n);
bool gofmt_println(struct buf *out, const struct go_types *types, const struct value *argv, size_t n);
bool gofmt_printf(struct buf *out, const struct go_types *types, struct str format, const struct value *argv, size_t n);
/* strconv.Quote: the string in double quotes with Go's escapes (%q). */
void gofmt_quote(struct buf *out, struct str s);
/* strconv.QuoteToASCII (%+q). */
void gofmt_quote_ascii(struct buf *out, struct str s);
/* strconv.QuoteRune and QuoteRuneToASCII: 'x'. */
void gofmt_quote_rune(struct buf *out, uint32_t r);
void gofmt_quote_rune_ascii(struct buf *out, uint32_t r);
/* time.Duration's String(): "1h2m3.5s". */
void gofmt_duration(struct buf *out, int64_t nanoseconds);

#endif
