/*
 * std.format and the operator %: printf as the reference writes it in jsonnet. Numbers are not printed by libc but by the reference's own
 * arithmetic on doubles, digit by digit, so that "%.20f" % 0.1 and "%e" % 1e23 come out with its errors, not with the exact digits.
 *
 * A format is parsed twice: once to find what is wrong with it before any value is looked at, once to print.
 */
#include <math.h>
#include <stdio.h>

#include "base/libm.h"
#include "base/utf8.h"
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"

#define DEFAULT_PRECISION 6
#define WIDTH_MAX 100000000

enum size_from { SIZE_NONE, SIZE_GIVEN, SIZE_STAR };

struct size {
	enum size_from from;
	struct jv value; /* a number, or what the argument for `*` is */
};

struct code {
	struct str key; /* key.p NULL: none */
	bool alt, zero, left, blank, plus;
	struct size width, precision;
	char type;  /* d o x f e g c s % */
	bool caps;
};

struct parser {
	struct vm *vm;
	struct str text;
	size_t i;
};

static char peek(struct parser *p)
{
	if (p->i >= p->text.n)
		vm_raise(p->vm, "Truncated format code.");
	return p->text.p[p->i];
}

static void parse_key(struct parser *p, struct code *code)
{
	if (peek(p) != '(')
		return;
	size_t start = ++p->i;
	while (peek(p) != ')')
		p->i++;
	code->key = (struct str){ p->text.p + start, p->i - start };
	p->i++;
}

static void parse_flags(struct parser *p, struct code *code)
{
	for (;; p->i++) {
		switch (peek(p)) {
		case '#':
			code->alt = true;
			break;
		case '0':
			code->zero = true;
			break;
		case '-':
			code->left = true;
			break;
		case ' ':
			code->blank = true;
			break;
		case '+':
			code->plus = true;
			break;
		default:
			return;
		}
	}
}

static struct size parse_size(struct parser *p)
{
	double n = 0;
	if (peek(p) == '*') {
		p->i++;
		return (struct size){ .from = SIZE_STAR };
	}
	for (char c; (c = peek(p)) >= '0' && c <= '9'; p->i++)
		n = n * 10 + (c - '0');
	return (struct size){ .from = SIZE_GIVEN, .value = jv_num(MIN(n, 1e300)) };
}

static void parse_type(struct parser *p, struct code *code)
{
	static const char from[] = "diuoxXeEfFgGcs%", to[] = "dddoxxeeffggcs%";
	const char *at = strchr(from, peek(p));
	if (!at || !*at) {
		uint32_t rune;
		size_t len = utf8_decode(str_slice(p->text, p->i, p->text.n), &rune);
		vm_raise(p->vm, "Unrecognised conversion type: %.*s", (int)len, p->text.p + p->i);
	}
	code->type = to[at - from];
	code->caps = *at == 'X' || *at == 'E' || *at == 'F' || *at == 'G';
	p->i++;
}

/* The next piece: literal text, or a code (true). False with an empty text at the end. */
static bool next_piece(struct parser *p, struct str *text, struct code *code)
{
	size_t end = str_find_char(str_slice(p->text, p->i, p->text.n), '%');
	size_t start = p->i;
	end = end == STR_NPOS ? p->text.n : start + end;
	*text = str_slice(p->text, start, end);
	p->i = end;
	if (text->n > 0 || end == p->text.n)
		return false;
	p->i++;
	*code = (struct code){ 0 };
	parse_key(p, code);
	parse_flags(p, code);
	code->width = parse_size(p);
	if (peek(p) == '.') {
		p->i++;
		code->precision = parse_size(p);
	}
	if (strchr("hlL", peek(p)))
		p->i++;
	parse_type(p, code);
	return true;
}

/* --- numbers --- */

/* std.max of a computed width and one that may come from an argument. */
static double least_width(struct vm *vm, double a, struct jv b)
{
	if (!jv_is_num(b))
		vm_raise(vm, "std.max second param expected number, got %s", jv_type_name(b));
	return MAX(a, jv_as_num(b));
}

static double minus(struct vm *vm, struct jv a, double b)
{
	double x, y;
	std_numbers(vm, "-", a, jv_num(b), &x, &y);
	return x - y;
}

static void add_fill(struct vm *vm, struct buf *out, char c, double n)
{
	if (n <= 0)
		return;
	if (n > WIDTH_MAX)
		vm_raise(vm, "max stack frames exceeded.");
	buf_add_repeat(out, c, (size_t)ceil(n));
}

/* The digits of a whole number, last one first; the number loses its precision as the reference's division of doubles does. */
static size_t digits_of(double n, int radix, const char *numerals, char out[1100])
{
	size_t count = 0;
	for (; n != 0 && count < 1100; n = floor(n / radix))
		out[count++] = numerals[(int)libm_fmod(n, radix)];
	return count;
}

struct layout {
	struct jv min_chars, min_digits; /* of the whole number and of its digits, padded with 0 */
	bool blank, plus;
};

static void add_sign(struct buf *out, bool neg, const struct layout *l)
{
	if (neg)
		buf_add_char(out, '-');
	else if (l->plus)
		buf_add_char(out, '+');
	else if (l->blank)
		buf_add_char(out, ' ');
}

static void add_digits(struct buf *out, const char *reversed, size_t n)
{
	while (n > 0)
		buf_add_char(out, reversed[--n]);
}

static void add_int(struct vm *vm, struct buf *out, bool neg, double n, int radix, const char *prefix, const struct layout *l)
{
	char digits[1100];
	n = floor(fabs(n));
	size_t count = digits_of(n, radix, "0123456789", digits), len = count ? count + strlen(prefix) : 1;
	double width = minus(vm, l->min_chars, neg || l->blank || l->plus);
	width = least_width(vm, width, l->min_digits);
	add_sign(out, neg, l);
	add_fill(vm, out, '0', width - (double)len);
	if (count == 0)
		buf_add_char(out, '0');
	else
		buf_add_c(out, prefix);
	add_digits(out, digits, count);
}

static void add_hex(struct vm *vm, struct buf *out, double n, const struct code *code, const struct layout *l)
{
	char digits[1100];
	size_t count = digits_of(floor(fabs(n)), 16, code->caps ? "0123456789ABCDEF" : "0123456789abcdef", digits);
	bool neg = n < 0;
	double width = minus(vm, l->min_chars, neg || l->blank || l->plus) - (code->alt ? 2 : 0);
	width = least_width(vm, width, l->min_digits);
	add_sign(out, neg, l);
	if (code->alt)
		buf_add_c(out, code->caps ? "0X" : "0x");
	add_fill(vm, out, '0', width - (double)MAX(count, 1));
	if (count == 0)
		buf_add_char(out, '0');
	add_digits(out, digits, count);
}

struct decimal {
	bool ensure_point, trailing; /* a point without digits behind it; zeros at the end */
	double precision;
};

static double checked(struct vm *vm, double d)
{
	return jv_as_num(vm_num(vm, d));
}

static void add_decimal(struct vm *vm, struct buf *out, double n, const struct decimal *d, const struct layout *l)
{
	double prec = d->precision, denominator = checked(vm, libm_pow(10, prec));
	double numerator = checked(vm, checked(vm, fabs(n) * denominator) + 0.5);
	double whole = floor(checked(vm, numerator / denominator));
	double frac = libm_fmod(floor(numerator), denominator);
	double dot = prec == 0 && !d->ensure_point ? 0 : 1;
	struct layout inner = *l;
	inner.min_chars = jv_num(minus(vm, l->min_chars, prec) - dot);
	inner.min_digits = jv_num(0);
	add_int(vm, out, n < 0, whole, 10, "", &inner);
	if (prec == 0) {
		if (d->ensure_point)
			buf_add_char(out, '.');
		return;
	}
	if (!d->trailing && !(frac > 0))
		return;
	buf_add_char(out, '.');
	add_int(vm, out, false, frac, 10, "", &(struct layout){ .min_chars = jv_num(prec), .min_digits = jv_num(0) });
	while (!d->trailing && out->n > 0 && out->p[out->n - 1] == '0')
		out->n--;
}

static double exponent_of(double n)
{
	return n == 0 ? 0 : floor(libm_log(fabs(n)) / M_LN10);
}

static void add_scientific(struct vm *vm, struct buf *out, double n, bool caps, const struct decimal *d, const struct layout *l)
{
	double exponent = exponent_of(n);
	struct buf *suffix = vm_buf(vm);
	buf_add_char(suffix, caps ? 'E' : 'e');
	add_int(vm, suffix, exponent < 0, exponent, 10, "", &(struct layout){ .min_chars = jv_num(3), .min_digits = jv_num(0), .plus = true });
	/* 10 to the power of -324 is 0. */
	double mantissa = exponent == -324 ? n * 10 / libm_pow(10, exponent + 1) : n / libm_pow(10, exponent);
	struct layout inner = *l;
	inner.min_chars = jv_num(minus(vm, l->min_chars, (double)suffix->n));
	add_decimal(vm, out, checked(vm, mantissa), d, &inner);
	buf_add(out, buf_str(suffix));
	vm_buf_done(vm, suffix);
}

/* --- conversions --- */

static double number_of(struct vm *vm, struct jv val, struct str where)
{
	if (!jv_is_num(val))
		vm_raise(vm, "Format required number at %.*s, got %s", STR_ARG(where), jv_type_name(val));
	return jv_as_num(val);
}

static void add_char(struct vm *vm, struct buf *out, struct jv val)
{
	if (jv_is(val, JV_STR)) {
		size_t n = str_runes(vm, val);
		if (n != 1)
			vm_raise(vm, "%%c expected 1-sized string got: %zu", n);
		buf_add(out, str_bytes(vm, val));
		return;
	}
	if (!jv_is_num(val))
		vm_raise(vm, "%%c expected number / string, got: %s", jv_type_name(val));
	double n = jv_as_num(val);
	if (n <= -1)
		vm_raise(vm, "codepoints must be >= 0, got %lld", (long long)std_int(val));
	if (n >= 0x110000)
		vm_raise(vm, "invalid unicode codepoint, got %lld", (long long)std_int(val));
	buf_add_rune(out, (uint32_t)n);
}

static void add_general(struct vm *vm, struct buf *out, double n, const struct code *code, struct jv prec, const struct layout *l)
{
	double exponent = exponent_of(n), precision = jv_as_num(prec);
	struct decimal d = { .ensure_point = code->alt, .trailing = code->alt };
	if (exponent < -4 || exponent >= precision) {
		d.precision = precision - 1;
		add_scientific(vm, out, n, code->caps, &d, l);
	} else {
		d.precision = precision - MAX(1, exponent + 1);
		add_decimal(vm, out, n, &d, l);
	}
}

/* One value, without the padding with spaces. `where` is its index or its name. */
static void add_value(struct vm *vm, struct buf *out, const struct code *code, struct jv width, struct jv prec, struct jv val,
		      struct str where)
{
	if (code->type == 's') {
		buf_add(out, str_bytes(vm, vm_to_string(vm, val)));
		return;
	}
	if (code->type == 'c') {
		add_char(vm, out, val);
		return;
	}
	double n = number_of(vm, val, where);
	struct layout l = { .blank = code->blank, .plus = code->plus };
	l.min_chars = code->zero && !code->left ? width : jv_num(0);
	l.min_digits = jv_is(prec, JV_EMPTY) ? jv_num(0) : prec;
	switch (code->type) {
	case 'd':
		add_int(vm, out, n <= -1, n, 10, "", &l);
		return;
	case 'o':
		add_int(vm, out, n <= -1, n, 8, code->alt ? "0" : "", &l);
		return;
	case 'x':
		add_hex(vm, out, floor(n), code, &l);
		return;
	}
	if (jv_is(prec, JV_EMPTY))
		prec = jv_num(DEFAULT_PRECISION);
	if (!jv_is_num(prec))
		std_bad_binary(vm, "-", jv_num(0), prec);
	struct decimal d = { .ensure_point = code->alt, .trailing = true, .precision = jv_as_num(prec) };
	if (code->type == 'f')
		add_decimal(vm, out, n, &d, &l);
	else if (code->type == 'e')
		add_scientific(vm, out, n, code->caps, &d, &l);
	else
		add_general(vm, out, n, code, prec, &l);
}

/* Pads what was written from `start` on to the width. */
static void pad(struct vm *vm, struct buf *out, size_t start, struct jv width, bool left)
{
	struct str text = str_slice(buf_str(out), start, out->n);
	double fill = minus(vm, width, (double)utf8_count(text));
	if (fill <= 0)
		return;
	size_t before = out->n;
	add_fill(vm, out, ' ', fill);
	if (left)
		return;
	size_t added = out->n - before;
	memmove(out->p + start + added, out->p + start, before - start);
	memset(out->p + start, ' ', added);
}

/* --- values --- */

struct values {
	struct vm *vm;
	struct jv list; /* an array */
	size_t next;
};

/* A width or a precision; where it is a `*`, the argument at `at`. */
static struct jv size_of(struct values *v, const struct size *size, size_t at)
{
	size_t n = arr_len(v->list);
	if (size->from == SIZE_NONE)
		return JV_NOTHING;
	if (size->from == SIZE_GIVEN)
		return size->value;
	if (at >= n)
		vm_raise(v->vm, "Not enough values to format: %zu, expected at least %zu", n, at);
	return arr_get(v->vm, v->list, at);
}

static void add_from_list(struct values *v, struct buf *out, const struct code *code)
{
	struct vm *vm = v->vm;
	size_t start = out->n, n = arr_len(v->list), prec_at;
	struct jv width = size_of(v, &code->width, v->next);
	prec_at = v->next += code->width.from == SIZE_STAR;
	v->next += code->precision.from == SIZE_STAR;
	if (code->type == '%') {
		buf_add_char(out, '%');
	} else {
		char where[24];
		if (v->next >= n)
			vm_raise(vm, "Not enough values to format: %zu, expected more than %zu", n, v->next);
		struct jv val = arr_get(vm, v->list, v->next);
		snprintf(where, sizeof(where), "%zu", v->next++);
		add_value(vm, out, code, width, size_of(v, &code->precision, prec_at), val, str_c(where));
	}
	pad(vm, out, start, width, code->left);
}

static void format_list(struct vm *vm, struct parser *p, struct jv list, struct buf *out)
{
	struct values v = { .vm = vm, .list = list };
	struct code code;
	struct str text;
	while (p->i < p->text.n)
		if (next_piece(p, &text, &code))
			add_from_list(&v, out, &code);
		else
			buf_add(out, text);
	if (v.next < arr_len(list))
		vm_raise(vm, "Too many values to format: %zu, expected %zu", arr_len(list), v.next);
}

static void add_from_object(struct vm *vm, struct buf *out, const struct code *code, struct jv obj)
{
	size_t start = out->n;
	if (code->width.from == SIZE_STAR)
		vm_raise(vm, "Cannot use * field width with object.");
	if (code->type == '%') {
		buf_add_char(out, '%');
	} else {
		if (!code->key.p)
			vm_raise(vm, "Mapping keys required.");
		struct jv name = str_new(vm, code->key);
		if (!obj_has(vm, obj, name, OBJ_ALL))
			vm_raise(vm, "No such field: %.*s", STR_ARG(code->key));
		struct jv val = obj_get(vm, obj, name);
		if (code->precision.from == SIZE_STAR && code->type != 's' && code->type != 'c')
			vm_raise(vm, "Cannot use * precision with object.");
		add_value(vm, out, code, code->width.value, code->precision.from == SIZE_GIVEN ? code->precision.value : JV_NOTHING, val,
			  code->key);
	}
	pad(vm, out, start, code->width.value, code->left);
}

static void format_object(struct vm *vm, struct parser *p, struct jv obj, struct buf *out)
{
	struct code code;
	struct str text;
	while (p->i < p->text.n)
		if (next_piece(p, &text, &code))
			add_from_object(vm, out, &code, obj);
		else
			buf_add(out, text);
}

/* A format that is no string: what is like one without codes counts as literal text. */
static struct jv literal(struct vm *vm, struct jv format)
{
	struct jv items = std_items(vm, format);
	struct buf *out = vm_buf(vm);
	for (size_t i = 0; i < arr_len(items); i++)
		buf_add(out, str_bytes(vm, vm_to_string(vm, arr_get(vm, items, i))));
	return str_from_buf(vm, out);
}

struct jv std_format(struct vm *vm, struct jv format, struct jv vals)
{
	if (!jv_is(format, JV_STR))
		format = literal(vm, format);
	struct parser check = { .vm = vm, .text = str_bytes(vm, format) }, p = check;
	struct code code;
	struct str text;
	while (check.i < check.text.n)
		next_piece(&check, &text, &code);
	struct buf *out = vm_buf(vm);
	if (jv_is(vals, JV_OBJ)) {
		format_object(vm, &p, vals, out);
	} else if (jv_is(vals, JV_ARR)) {
		format_list(vm, &p, vals, out);
	} else {
		struct jv *slots, one = arr_new(vm, 1, &slots);
		slots[0] = vals;
		format_list(vm, &p, one, out);
	}
	return str_from_buf(vm, out);
}

static struct jv fn_format(struct vm *vm, struct jv *args)
{
	struct jv vals = vm_force(vm, args[1]);
	return std_format(vm, vm_force(vm, args[0]), vals);
}

const struct std_row std_format_rows[] = {
	{ "format", "~str, ~vals", fn_format },
	{ NULL },
};
