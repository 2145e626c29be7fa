/*
 * The shortest digits are found by printing with 15, 16 and 17 significant digits and taking the first that reads back equal: glibc's
 * printf and strtod round correctly, so the first equal one is shortest; among equally short ones the printed one is nearest. Shorter
 * than 15 digits means trailing zeros, which are cut. The LC_NUMERIC locale is never set by this program, so the point is '.'.
 */
#include "base/num.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int num_shortest(double v, char digits[18], int *exp)
{
	char text[40];
	v = fabs(v);
	/* Numbers below the normal range carry fewer digits, so that 15 may already be too many. */
	for (int precision = v < DBL_MIN ? 0 : 14; precision <= 16; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, v);
		if (precision == 16 || strtod(text, NULL) == v)
			break;
	}
	int n = 0;
	const char *p = text;
	for (; *p && *p != 'e'; p++)
		if (*p != '.')
			digits[n++] = *p;
	*exp = atoi(p + 1) + 1;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = '\0';
	return n;
}

static void add_exponent(struct buf *b, char letter, int e)
{
	buf_addf(b, "%c%c%02d", letter, e < 0 ? '-' : '+', abs(e));
}

/* %e with Go's two-digit exponent is also C's. */
static void add_e(struct buf *b, const char *digits, int n, int exp, char letter)
{
	buf_add_char(b, digits[0]);
	if (n > 1) {
		buf_add_char(b, '.');
		buf_add_bytes(b, digits + 1, (size_t)n - 1);
	}
	add_exponent(b, letter, exp - 1);
}

static void add_f(struct buf *b, const char *digits, int n, int exp)
{
	if (exp <= 0) {
		buf_add_char(b, '0');
	} else {
		buf_add_bytes(b, digits, (size_t)MIN(n, exp));
		if (exp > n)
			buf_add_repeat(b, '0', (size_t)(exp - n));
	}
	if (exp < n) {
		buf_add_char(b, '.');
		if (exp < 0)
			buf_add_repeat(b, '0', (size_t)-exp);
		int from = MAX(exp, 0);
		buf_add_bytes(b, digits + from, (size_t)(n - from));
	}
}

static void add_shortest(struct buf *b, double v, char fmt)
{
	char digits[18] = "0";
	int exp = 1, n = 1;
	if (v != 0)
		n = num_shortest(v, digits, &exp);
	if (fmt == 'f') {
		add_f(b, digits, n, exp);
		return;
	}
	if (fmt == 'e' || fmt == 'E') {
		add_e(b, digits, n, exp, fmt);
		return;
	}
	/* "If precision was the shortest possible, use precision 6 for this decision" (strconv, %g). */
	if (exp - 1 < -4 || exp - 1 >= 6)
		add_e(b, digits, n, exp, fmt == 'g' ? 'e' : 'E');
	else
		add_f(b, digits, n, exp);
}

void num_add_float(struct buf *b, double v, char fmt, int precision)
{
	if (isnan(v)) {
		buf_add_c(b, "NaN");
		return;
	}
	if (isinf(v)) {
		buf_add_c(b, v < 0 ? "-Inf" : "+Inf");
		return;
	}
	if (precision >= 0) {
		char c_fmt[8] = { '%', '.', '*', fmt, 0 };
		buf_addf(b, c_fmt, precision, v);
		return;
	}
	if (signbit(v))
		buf_add_char(b, '-');
	add_shortest(b, v, fmt);
}

bool num_parse_float(struct str s, double *out)
{
	char room[400];
	if (s.n == 0 || s.n >= sizeof(room))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || s.p[i] == ' ' || (s.p[i] >= '\t' && s.p[i] <= '\r') || s.p[i] == '(')
			return false;
	memcpy(room, s.p, s.n);
	room[s.n] = '\0';
	/* C takes hexadecimal without an exponent, Go does not. */
	if (strpbrk(room, "xX") && !strpbrk(room, "pP"))
		return false;
	char *end;
	double v = strtod(room, &end);
	if (*end || (isinf(v) && !strpbrk(room, "nN")))
		return false;
	*out = v;
	return true;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

bool num_parse_int(struct str s, int base, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-', prefixed = false, underscores = base == 0;
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	if (base == 0) {
		base = 10;
		if (s.n > 1 && s.p[0] == '0') {
			char c = s.p[1] | 0x20;
			base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
			prefixed = true;
			s = str_slice(s, c == 'x' || c == 'b' || c == 'o' ? 2 : 1, s.n);
		}
	}
	uint64_t v = 0, limit = negative ? (uint64_t)1 << 63 : INT64_MAX;
	bool digit_before = prefixed;
	size_t digits = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '_' && underscores && digit_before) {
			digit_before = false;
			continue;
		}
		int d = digit_value(s.p[i]);
		if (d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v) ||
		    v > limit)
			return false;
		digit_before = true;
		digits++;
	}
	if (digits == 0 || !digit_before)
		return false;
	*out = negative ? (int64_t)-v : (int64_t)v;
	return true;
}
