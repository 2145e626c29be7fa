/*
 * gofmt.h: Go's package fmt for values: Sprint, Sprintf, Sprintln with every verb and flag, and its ways to report mistakes in formats.
 */
#ifndef GOTMPL_GOFMT_H
#define GOTMPL_GOFMT_H

#include "gotmpl/func.h"

/* What %v prints. `types` may be NULL. */
void gofmt_value(struct buf *out, const struct go_types *types, struct value v);
/* fmt.Sprint, fmt.Sprintln, fmt.Sprintf of n values. */
void gofmt_print(struct buf *out, const struct go_types *types, const struct value *argv, size_t n);
void gofmt_println(struct buf *out, const struct go_types *types, const struct value *argv, size_t n);
void gofmt_printf(struct buf *out, const struct go_types *types, struct str format, const struct value *argv, size_t n);
/* strconv.Quote: the string in double quotes with Go's escapes (%q). */
void gofmt_quote(struct buf *out, struct str s);
/* time.Duration's String(): "1h2m3.5s". */
void gofmt_duration(struct buf *out, int64_t nanoseconds);

#endif
