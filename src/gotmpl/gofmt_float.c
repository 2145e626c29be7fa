/*
 * Floats under width, precision and flags: the digits come from num_add_float (or from here for the hexadecimal and binary forms and
 * for float32), then the flag # puts back decimal point and zeros, and the sign goes before the padding zeros.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "gotmpl/gofmt_pp.h"

/* %x: one hexadecimal digit 1 (0 for zero), the fraction rounded to `prec` digits (-1: as many as it takes), a decimal power of two. */
static void add_hex_float(struct buf *out, double v, char verb, int prec)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	uint64_t mant = bits & (((uint64_t)1 << 52) - 1);
	int exp = (int)(bits >> 52 & 0x7ff);
	if (exp == 0)
		exp++;
	else
		mant |= (uint64_t)1 << 52;
	exp -= 1023;
	if (mant == 0)
		exp = 0;
	mant <<= 60 - 52; /* the leading 1 at bit 60 */
	while (mant != 0 && !(mant >> 60)) {
		mant <<= 1;
		exp--;
	}
	if (prec >= 0 && prec < 15) {
		unsigned shift = (unsigned)prec * 4;
		uint64_t extra = (mant << shift) & (((uint64_t)1 << 60) - 1);
		mant >>= 60 - shift;
		if ((extra | (mant & 1)) > (uint64_t)1 << 59) /* to nearest, half to even */
			mant++;
		mant <<= 60 - shift;
		if (mant >> 61) {
			mant >>= 1;
			exp++;
		}
	}
	const char *digits = verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	buf_add_char(out, '0');
	buf_add_char(out, verb);
	buf_add_char(out, (char)('0' + (mant >> 60 & 1)));
	mant <<= 4;
	if (prec > 0 || (prec < 0 && mant)) {
		buf_add_char(out, '.');
		for (int i = 0; prec < 0 ? mant != 0 : i < prec; i++, mant <<= 4)
			buf_add_char(out, digits[mant >> 60 & 15]);
	}
	buf_addf(out, "%c%c%02d", verb == 'X' ? 'P' : 'p', exp < 0 ? '-' : '+', abs(exp));
}

/* %b: the mantissa as an integer and the power of two, 4503599627370496p-52. */
static void add_binary_float(struct buf *out, double v, int bits)
{
	int exp;
	int mant_bits = bits == 32 ? 24 : 53, min_exp = bits == 32 ? -149 : -1074;
	double m = frexp(v, &exp);
	exp -= mant_bits;
	if (exp < min_exp || v == 0)
		exp = min_exp;
	(void)m;
	uint64_t mant = (uint64_t)ldexp(v, -exp);
	buf_addf(out, "%llup%+d", (unsigned long long)mant, exp);
}

/* The shortest text that reads back as the same float32, with the digits that float64's %g would get for it. */
static double shortest_float32(double v)
{
	char text[32];
	for (int prec = 1; prec <= 9; prec++) {
		snprintf(text, sizeof(text), "%.*g", prec, v);
		if (strtof(text, NULL) == (float)v)
			return strtod(text, NULL);
	}
	return v;
}

/* The digits of |v|, finite. */
static void add_digits(struct buf *out, double v, int bits, char verb, int prec)
{
	if (verb == 'x' || verb == 'X')
		add_hex_float(out, v, verb, prec);
	else if (verb == 'b')
		add_binary_float(out, v, bits);
	else
		num_add_float(out, bits == 32 && prec < 0 ? shortest_float32(v) : v, verb == 'F' ? 'f' : verb, prec);
}

/* The flag #: always a decimal point, and %g keeps its trailing zeros. `text` is digits without a sign. */
static void add_sharp(struct buf *text, char verb, int prec)
{
	int digits = 0;
	if (verb == 'g' || verb == 'G' || verb == 'x' || verb == 'X')
		digits = prec == -1 && verb != 'X' ? 6 : verb == 'X' ? 0 : prec;
	char tail[16];
	size_t tail_n = 0;
	bool point = false, nonzero = false;
	for (size_t i = 0; i < text->n; i++) {
		char c = text->p[i];
		bool exponent = c == 'p' || c == 'P' || ((c == 'e' || c == 'E') && verb != 'x' && verb != 'X');
		if (c == '.') {
			point = true;
		} else if (exponent) {
			tail_n = MIN(text->n - i, sizeof(tail));
			memcpy(tail, text->p + i, tail_n);
			text->n = i;
		} else {
			nonzero = nonzero || c != '0';
			digits -= nonzero;
		}
	}
	if (!point) {
		if (text->n == 1 && text->p[0] == '0')
			digits--;
		buf_add_char(text, '.');
	}
	if (digits > 0)
		buf_add_repeat(text, '0', (size_t)digits);
	buf_add_bytes(text, tail, tail_n);
}

static void add_special(struct pp *p, double v)
{
	const char *sign = signbit(v) && !isnan(v) ? "-" : p->f.plus ? "+" : p->f.space ? " " : "";
	bool zero = p->f.zero;
	p->f.zero = false;
	char text[8];
	int n = snprintf(text, sizeof(text), "%s%s", isinf(v) && !*sign ? "+" : sign, isnan(v) ? "NaN" : "Inf");
	pp_pad(p, (struct str){ text, (size_t)n });
	p->f.zero = zero;
}

void pp_float(struct pp *p, double v, int bits, char verb, int prec)
{
	if (p->f.has_prec)
		prec = p->f.prec;
	if (isnan(v) || isinf(v)) {
		add_special(p, v);
		return;
	}
	AUTO_BUF text = { 0 };
	char sign = signbit(v) ? '-' : p->f.plus ? '+' : p->f.space ? ' ' : '\0';
	add_digits(&text, fabs(v), bits, verb, prec);
	if (p->f.sharp && verb != 'b')
		add_sharp(&text, verb, prec);
	size_t n = text.n + (sign != '\0');
	if (sign && p->f.zero && !p->f.minus && p->f.has_width && (size_t)p->f.width > n) {
		buf_add_char(p->out, sign);
		buf_add_repeat(p->out, '0', (size_t)p->f.width - n);
		buf_add(p->out, buf_str(&text));
		return;
	}
	AUTO_BUF signed_text = { 0 };
	if (sign)
		buf_add_char(&signed_text, sign);
	buf_add(&signed_text, buf_str(&text));
	pp_pad(p, buf_str(&signed_text));
}
