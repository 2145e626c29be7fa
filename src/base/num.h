/*
 * num.h: numbers to text and back with the results of Go's strconv, independent of the locale.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/buf.h"

/* strconv.AppendFloat(v, fmt, precision, 64): fmt is 'e', 'E', 'f', 'g' or 'G'; precision -1 means the shortest text that reads back equal.
 * NaN, +Inf and -Inf print so. */
void num_add_float(struct buf *b, double v, char fmt, int precision);
/* Shortest decimal digits of |v| (finite, not zero) and the decimal exponent: v = 0.d1d2… × 10^exp. Room for 17 digits; returns how many. */
int num_shortest(double v, char digits[18], int *exp);
/* Whole of s as a float64, as strconv.ParseFloat reads it without underscores: decimal or hex, inf and nan in any case. */
MUST_CHECK bool num_parse_float(struct str s, double *out);
/* Whole of s as an integer as strconv.ParseInt(s, base, 64) reads it: base 0 takes 0x, 0o, 0b, 0 prefixes and underscores. Out of range is false. */
MUST_CHECK bool num_parse_int(struct str s, int base, int64_t *out);

#endif
