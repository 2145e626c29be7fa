/*
 * Floats: addf, subf, mulf, divf. Sprig does these in decimal numbers of any length (shopspring/decimal), so that 0.1 + 0.2 is 0.3: each
 * float enters as its shortest decimal text and the result is the float nearest to the exact one. Division stops at 16 places,
 * rounded half away from zero.
 *
 * A decimal is a string of digits, most significant first, times a power of ten. Lengths stay below about 2000 digits a number, whatever
 * the arguments' count: results are cut to a float after each whole call only, and products are capped.
 */
#include "gotmpl/sprig_util.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

#define DECIMAL_MAX_DIGITS 100000
#define DIVISION_PLACES 16

struct decimal {
	bool negative;
	const char *digits; /* values 0 to 9; none leads with 0 */
	size_t n;           /* 0: the number 0 */
	int64_t exp;        /* of the last digit */
};

static struct decimal trimmed(bool negative, const char *digits, size_t n, int64_t exp)
{
	while (n > 0 && digits[0] == 0) {
		digits++;
		n--;
	}
	return (struct decimal){ negative && n > 0, digits, n, exp };
}

static bool decimal_from(struct go_call *call, double f, struct decimal *out, struct err *err)
{
	if (!isfinite(f)) {
		AUTO_BUF b = { 0 };
		num_add_float(&b, f, 'g', -1);
		return err_set(err, ERR_FAILED, "Cannot create a Decimal from %.*s", STR_ARG(buf_str(&b)));
	}
	char text[18];
	int exp = 0, n = f == 0 ? 0 : num_shortest(fabs(f), text, &exp);
	char *digits = arena_alloc(call->arena, 18);
	for (int i = 0; i < n; i++)
		digits[i] = (char)(text[i] - '0');
	*out = (struct decimal){ signbit(f) && n > 0, digits, (size_t)n, (int64_t)exp - n };
	return true;
}

/* The same number with the given, not greater, exponent. */
static struct decimal rescaled(struct go_call *call, struct decimal d, int64_t exp)
{
	if (d.n == 0 || d.exp == exp)
		return (struct decimal){ d.negative, d.digits, d.n, exp };
	size_t zeros = (size_t)(d.exp - exp);
	char *p = arena_alloc(call->arena, d.n + zeros);
	memcpy(p, d.digits, d.n);
	memset(p + d.n, 0, zeros);
	return (struct decimal){ d.negative, p, d.n + zeros, exp };
}

static int cmp_digits(struct decimal a, struct decimal b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n > 0 ? memcmp(a.digits, b.digits, a.n) : 0;
}

/* |a| + |b|, or |a| - |b| where |a| >= |b|; same exponents. */
static struct decimal combine(struct go_call *call, struct decimal a, struct decimal b, int sign)
{
	size_t n = MAX(a.n, b.n) + 1;
	char *p = arena_alloc(call->arena, n);
	int carry = 0;
	for (size_t i = 0; i < n; i++) {
		int digit = carry + (i < a.n ? a.digits[a.n - 1 - i] : 0) + sign * (i < b.n ? b.digits[b.n - 1 - i] : 0);
		carry = digit < 0 ? -1 : digit / 10;
		p[n - 1 - i] = (char)(digit - carry * 10);
	}
	return trimmed(a.negative, p, n, a.exp);
}

static bool add(struct go_call *call, struct decimal a, struct decimal b, struct decimal *out, struct err *err UNUSED)
{
	int64_t exp = MIN(a.exp, b.exp);
	a = rescaled(call, a, exp);
	b = rescaled(call, b, exp);
	if (a.n == 0 || b.n == 0)
		*out = a.n == 0 ? b : a;
	else if (a.negative == b.negative)
		*out = combine(call, a, b, 1);
	else
		*out = cmp_digits(a, b) >= 0 ? combine(call, a, b, -1) : combine(call, b, a, -1);
	return true;
}

static bool sub(struct go_call *call, struct decimal a, struct decimal b, struct decimal *out, struct err *err)
{
	b.negative = !b.negative && b.n > 0;
	return add(call, a, b, out, err);
}

static bool mul(struct go_call *call, struct decimal a, struct decimal b, struct decimal *out, struct err *err)
{
	size_t n = a.n + b.n;
	if (n > DECIMAL_MAX_DIGITS)
		return err_set(err, ERR_LIMIT, "a product of more than %d digits", DECIMAL_MAX_DIGITS);
	char *p = arena_zalloc(call->arena, n + 1);
	for (size_t i = a.n; i > 0; i--) {
		int carry = 0;
		for (size_t k = b.n; k > 0; k--) {
			int digit = p[i + k - 1] + a.digits[i - 1] * b.digits[k - 1] + carry;
			p[i + k - 1] = (char)(digit % 10);
			carry = digit / 10;
		}
		p[i - 1] = (char)(p[i - 1] + carry);
	}
	*out = trimmed(a.negative != b.negative, p, a.n > 0 && b.n > 0 ? n : 0, a.exp + b.exp);
	return true;
}

/* Digits `p` of n hold a remainder: takes `d` off as often as it goes, and says how often. */
static int take_off(char *p, size_t n, struct decimal d)
{
	for (int times = 0;; times++) {
		size_t lead = 0;
		while (lead < n && p[lead] == 0)
			lead++;
		if (cmp_digits((struct decimal){ .digits = p + lead, .n = n - lead }, d) < 0)
			return times;
		int borrow = 0;
		for (size_t i = 0; i < n; i++) {
			int digit = p[n - 1 - i] - borrow - (i < d.n ? d.digits[d.n - 1 - i] : 0);
			borrow = digit < 0;
			p[n - 1 - i] = (char)(digit + borrow * 10);
		}
	}
}

static bool divide(struct go_call *call, struct decimal a, struct decimal b, struct decimal *out, struct err *err)
{
	if (b.n == 0)
		return fail(err, "decimal division by 0");
	/* a / b in units of 10^-16, with one digit more for the rounding. */
	int64_t exp = b.exp - (DIVISION_PLACES + 1);
	if (a.n == 0 || a.exp + (int64_t)a.n < exp) {
		*out = (struct decimal){ 0 };
		return true;
	}
	if (a.exp >= exp)
		a = rescaled(call, a, exp);
	else
		a = (struct decimal){ a.negative, a.digits, a.n - (size_t)MIN(exp - a.exp, (int64_t)a.n), exp };
	char *quotient = arena_zalloc(call->arena, a.n + 1), *rest = arena_zalloc(call->arena, b.n + 2);
	for (size_t i = 0; i < a.n; i++) {
		memmove(rest, rest + 1, b.n);
		rest[b.n] = a.digits[i];
		quotient[i + 1] = (char)take_off(rest, b.n + 1, b);
	}
	bool up = a.n > 0 && quotient[a.n] >= 5;
	struct decimal q = trimmed(a.negative != b.negative, quotient, a.n, -DIVISION_PLACES);
	char *one = arena_zalloc(call->arena, 1);
	*one = 1;
	*out = up ? combine(call, q, (struct decimal){ .digits = one, .n = 1, .exp = -DIVISION_PLACES }, 1) : q;
	out->negative = a.negative != b.negative && out->n > 0;
	return true;
}

static double decimal_float(struct decimal d)
{
	AUTO_BUF b = { 0 };
	double f = 0;
	if (d.negative)
		buf_add_char(&b, '-');
	buf_add_char(&b, '0');
	for (size_t i = 0; i < d.n; i++)
		buf_add_char(&b, (char)('0' + d.digits[i]));
	buf_addf(&b, "e%lld", d.n > 0 ? (long long)d.exp : 0);
	if (num_parse_float(buf_str(&b), &f))
		return f;
	return d.negative ? -INFINITY : INFINITY; /* too large for a float */
}

typedef bool decimal_op(struct go_call *call, struct decimal a, struct decimal b, struct decimal *out, struct err *err);

/* first op argv[from] op argv[from + 1] … */
static bool fold(struct go_call *call, double first, size_t from, decimal_op *op, struct value *out, struct err *err)
{
	struct decimal sum, item;
	if (!decimal_from(call, first, &sum, err))
		return false;
	for (size_t i = from; i < call->argc; i++)
		if (!decimal_from(call, cast_float64(call, call->argv[i]), &item, err) || !op(call, sum, item, &sum, err))
			return false;
	*out = value_float(decimal_float(sum));
	return true;
}

static bool fn_addf(struct go_call *call, struct value *out, struct err *err)
{
	return fold(call, 0, 0, add, out, err);
}

static bool fn_add1f(struct go_call *call, struct value *out, struct err *err)
{
	return fold(call, 1, 0, add, out, err);
}

static bool fn_subf(struct go_call *call, struct value *out, struct err *err)
{
	return fold(call, cast_float64(call, call->argv[0]), 1, sub, out, err);
}

static bool fn_mulf(struct go_call *call, struct value *out, struct err *err)
{
	return fold(call, cast_float64(call, call->argv[0]), 1, mul, out, err);
}

static bool fn_divf(struct go_call *call, struct value *out, struct err *err)
{
	return fold(call, cast_float64(call, call->argv[0]), 1, divide, out, err);
}

/* math.Max: NaN wins, and 0 over -0. */
static double max_float(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isinf(a) && a > 0 ? a : isinf(b) && b > 0 ? b : NAN;
	return a == 0 && b == 0 ? (signbit(a) ? b : a) : a > b ? a : b;
}

static bool fn_maxf(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	double f = cast_float64(call, call->argv[0]);
	for (size_t i = 1; i < call->argc; i++)
		f = max_float(f, cast_float64(call, call->argv[i]));
	*out = value_float(f);
	return true;
}

static bool fn_minf(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	double f = cast_float64(call, call->argv[0]);
	for (size_t i = 1; i < call->argc; i++)
		f = -max_float(-f, -cast_float64(call, call->argv[i]));
	*out = value_float(f);
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("addf", fn_addf, GO_P_ANY | GO_P_MANY),        GO_FUNC("add1f", fn_add1f, GO_P_ANY),
	GO_FUNC("subf", fn_subf, GO_P_ANY, GO_P_ANY | GO_P_MANY), GO_FUNC("mulf", fn_mulf, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("divf", fn_divf, GO_P_ANY, GO_P_ANY | GO_P_MANY), GO_FUNC("maxf", fn_maxf, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("minf", fn_minf, GO_P_ANY, GO_P_ANY | GO_P_MANY),
};
const struct go_table fn_float = GO_TABLE(rows);
