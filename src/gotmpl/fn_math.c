/* Whole numbers, and rounding of floats. Arithmetic wraps as Go's does. */
#include "gotmpl/sprig_util.h"

#include <math.h>
#include <sys/random.h>

#include "base/num.h"

static int64_t arg_int(struct go_call *call, size_t i)
{
	return cast_int64(call, call->argv[i]);
}

static bool fn_int(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(arg_int(call, 0));
	return true;
}

static bool fn_int64(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_int(arg_int(call, 0));
	return true;
}

static bool fn_float64(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_float(cast_float64(call, call->argv[0]));
	return true;
}

/* The text of the value, read as octal. */
static bool fn_to_decimal(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	AUTO_BUF b = { 0 };
	int64_t v = 0;
	(void)gofmt_print(&b, call->types, call->argv, 1);
	*out = value_int(num_parse_int(buf_str(&b), 8, &v) ? v : 0);
	return true;
}

static bool fn_atoi(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct str s = arg_str(call, 0), digits = s;
	int64_t v = 0;
	if (!num_parse_int(s, 10, &v)) {
		/* Out of range is the nearest that fits. */
		bool negative = str_starts(s, STR("-"));
		if (negative || str_starts(s, STR("+")))
			digits = str_slice(s, 1, s.n);
		bool number = digits.n > 0;
		for (size_t i = 0; i < digits.n; i++)
			number = number && digits.p[i] >= '0' && digits.p[i] <= '9';
		v = !number ? 0 : negative ? INT64_MIN : INT64_MAX;
	}
	*out = go_int(v);
	return true;
}

static bool fn_add(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < call->argc; i++)
		sum += (uint64_t)arg_int(call, i);
	*out = value_int((int64_t)sum);
	return true;
}

static bool fn_add1(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_int((int64_t)((uint64_t)arg_int(call, 0) + 1));
	return true;
}

static bool fn_sub(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_int((int64_t)((uint64_t)arg_int(call, 0) - (uint64_t)arg_int(call, 1)));
	return true;
}

static bool fn_mul(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	uint64_t product = (uint64_t)arg_int(call, 0);
	for (size_t i = 1; i < call->argc; i++)
		product *= (uint64_t)arg_int(call, i);
	*out = value_int((int64_t)product);
	return true;
}

static bool fn_div(struct go_call *call, struct value *out, struct err *err)
{
	int64_t a = arg_int(call, 0), b = arg_int(call, 1);
	if (b == 0)
		return fail(err, "runtime error: integer divide by zero");
	*out = value_int(b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b);
	return true;
}

static bool fn_mod(struct go_call *call, struct value *out, struct err *err)
{
	int64_t a = arg_int(call, 0), b = arg_int(call, 1);
	if (b == 0)
		return fail(err, "runtime error: integer divide by zero");
	*out = value_int(b == -1 ? 0 : a % b);
	return true;
}

static bool fn_max(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	int64_t most = arg_int(call, 0);
	for (size_t i = 1; i < call->argc; i++)
		most = MAX(most, arg_int(call, i));
	*out = value_int(most);
	return true;
}

static bool fn_min(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	int64_t least = arg_int(call, 0);
	for (size_t i = 1; i < call->argc; i++)
		least = MIN(least, arg_int(call, i));
	*out = value_int(least);
	return true;
}

/* ---- Rounding ---- */

static bool fn_ceil(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_float(ceil(cast_float64(call, call->argv[0])));
	return true;
}

static bool fn_floor(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_float(floor(cast_float64(call, call->argv[0])));
	return true;
}

/* Go's math.Pow(10, n), step by step as Go computes it: a libm's pow may differ in the last bit, and loading one costs a start 0.1 ms. */
static double power_of_10(int64_t n)
{
	double power = 1, base = 0.625;
	int64_t exponent = 0, base_exponent = 4;
	for (uint64_t i = n < 0 ? -(uint64_t)n : (uint64_t)n; i; i >>= 1) {
		if (base_exponent < -(1 << 12) || base_exponent > 1 << 12) {
			exponent += base_exponent;
			break;
		}
		if (i & 1) {
			power *= base;
			exponent += base_exponent;
		}
		base *= base;
		base_exponent *= 2;
		if (base < 0.5) {
			base += base;
			base_exponent--;
		}
	}
	return n < 0 ? ldexp(1 / power, (int)-exponent) : ldexp(power, (int)exponent);
}

static bool fn_round(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	double on = call->argc > 2 ? call->argv[2].f : 0.5, power = power_of_10(call->argv[1].i), whole;
	double digit = power * cast_float64(call, call->argv[0]);
	*out = value_float((modf(digit, &whole) >= on ? ceil(digit) : floor(digit)) / power);
	return true;
}

/* ---- Sequences ---- */

static bool sequence(struct go_call *call, int64_t from, int64_t to, int64_t step, struct value *out, struct err *err)
{
	struct value list = go_list_new(GO_INTS, call->arena);
	bool down = to < from;
	*out = list;
	if (down ? step >= 0 : step <= 0)
		return true;
	/* In 128 bits, so that no end is stepped over. */
	for (__int128 i = from; down ? i > to : i < to; i += step) {
		if (value_list_len(list) >= SPRIG_MAX_ITEMS)
			return err_set(err, ERR_LIMIT, "a sequence of more than %lld numbers", (long long)SPRIG_MAX_ITEMS);
		value_list_add(list, go_int((int64_t)i), call->arena);
	}
	return true;
}

static bool fn_until(struct go_call *call, struct value *out, struct err *err)
{
	int64_t n = call->argv[0].i;
	return sequence(call, 0, n, n < 0 ? -1 : 1, out, err);
}

static bool fn_until_step(struct go_call *call, struct value *out, struct err *err)
{
	return sequence(call, call->argv[0].i, call->argv[1].i, call->argv[2].i, out, err);
}

/* seq END, seq START END, seq START STEP END, as the command seq prints them, in one line. */
static bool fn_seq(struct go_call *call, struct value *out, struct err *err)
{
	const struct value *p = call->argv;
	int64_t start = 1, end, direction, step;
	struct value list;
	AUTO_BUF b = { 0 };
	*out = value_str(STR(""));
	if (call->argc < 1 || call->argc > 3)
		return true;
	if (call->argc > 1)
		start = p[0].i;
	end = p[call->argc - 1].i;
	direction = end < start ? -1 : 1;
	step = call->argc == 3 ? p[1].i : direction;
	if (end < start && step > 0)
		return true;
	if (!sequence(call, start, (int64_t)((uint64_t)end + (uint64_t)direction), step, &list, err))
		return false;
	for (size_t i = 0; i < value_list_len(list); i++)
		buf_addf(&b, "%s%lld", i > 0 ? " " : "", (long long)list.list->p[i].i);
	return give(call, &b, out, err);
}

static bool fn_rand_int(struct go_call *call, struct value *out, struct err *err)
{
	int64_t from = call->argv[0].i, span;
	uint64_t random;
	if (__builtin_sub_overflow(call->argv[1].i, from, &span) || span <= 0)
		return fail(err, "invalid argument to Intn");
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return fail(err, "no random bytes from the system");
	*out = go_int(from + (int64_t)(random % (uint64_t)span));
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("int", fn_int, GO_P_ANY),
	GO_FUNC("int64", fn_int64, GO_P_ANY),
	GO_FUNC("float64", fn_float64, GO_P_ANY),
	GO_FUNC("toDecimal", fn_to_decimal, GO_P_ANY),
	GO_FUNC("atoi", fn_atoi, GO_P_STRING),
	GO_FUNC("add", fn_add, GO_P_ANY | GO_P_MANY),
	GO_FUNC("add1", fn_add1, GO_P_ANY),
	GO_FUNC("sub", fn_sub, GO_P_ANY, GO_P_ANY),
	GO_FUNC("mul", fn_mul, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("div", fn_div, GO_P_ANY, GO_P_ANY),
	GO_FUNC("mod", fn_mod, GO_P_ANY, GO_P_ANY),
	GO_FUNC("max", fn_max, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("biggest", fn_max, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("min", fn_min, GO_P_ANY, GO_P_ANY | GO_P_MANY),
	GO_FUNC("ceil", fn_ceil, GO_P_ANY),
	GO_FUNC("floor", fn_floor, GO_P_ANY),
	GO_FUNC("round", fn_round, GO_P_ANY, GO_P_INT, GO_P_FLOAT64 | GO_P_MANY),
	GO_FUNC("until", fn_until, GO_P_INT),
	GO_FUNC("untilStep", fn_until_step, GO_P_INT, GO_P_INT, GO_P_INT),
	GO_FUNC("seq", fn_seq, GO_P_INT | GO_P_MANY),
	GO_RANDOM("randInt", fn_rand_int, GO_P_INT, GO_P_INT),
};
const struct go_table fn_math = GO_TABLE(rows);
