/* Methods of the named integers of package time. */
#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"

enum { MICROSECOND = 1000, MILLISECOND = 1000000, SECOND = 1000000000 };

/* Whole units and the rest apart, as Go does: the quotient stays exact for long durations. */
static bool in_units(struct go_call *call, int64_t unit, struct value *out)
{
	int64_t d = call->self.i;
	*out = value_float((double)(d / unit) + (double)(d % unit) / (double)unit);
	return true;
}

static bool fn_hours(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	return in_units(call, (int64_t)3600 * SECOND, out);
}

static bool fn_minutes(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	return in_units(call, (int64_t)60 * SECOND, out);
}

static bool fn_seconds(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	return in_units(call, SECOND, out);
}

static bool fn_milliseconds(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_int(call->self.i / MILLISECOND);
	return true;
}

static bool fn_microseconds(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_int(call->self.i / MICROSECOND);
	return true;
}

static bool fn_nanoseconds(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_int(call->self.i);
	return true;
}

static struct value duration(int64_t ns)
{
	return (struct value){ .kind = VAL_INT, .type = GO_DURATION, .i = ns };
}

static bool fn_abs(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	int64_t d = call->self.i;
	*out = duration(d >= 0 ? d : d == INT64_MIN ? INT64_MAX : -d);
	return true;
}

static bool fn_truncate(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	int64_t d = call->self.i, m = call->argv[0].i;
	*out = duration(m <= 0 ? d : d - d % m);
	return true;
}

/* To the nearest multiple, halves away from zero, the extremes where that overflows. */
static bool fn_round(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	int64_t d = call->self.i, m = call->argv[0].i, sum;
	*out = duration(d);
	if (m <= 0)
		return true;
	int64_t r = d % m;
	uint64_t rest = r < 0 ? -(uint64_t)r : (uint64_t)r;
	if (rest + rest < (uint64_t)m)
		*out = duration(d - r);
	else if (d < 0)
		*out = duration(__builtin_sub_overflow(d, m + r, &sum) ? INT64_MIN : sum);
	else
		*out = duration(__builtin_add_overflow(d, m - r, &sum) ? INT64_MAX : sum);
	return true;
}

static bool fn_string(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	AUTO_BUF text = { 0 };
	gofmt_value(&text, call->types, call->self);
	*out = value_str(buf_to_arena(&text, call->arena));
	return true;
}

static const struct go_func duration_rows[] = {
	{ STR_INIT("Hours"), fn_hours, { 0 } },
	{ STR_INIT("Minutes"), fn_minutes, { 0 } },
	{ STR_INIT("Seconds"), fn_seconds, { 0 } },
	{ STR_INIT("Milliseconds"), fn_milliseconds, { 0 } },
	{ STR_INIT("Microseconds"), fn_microseconds, { 0 } },
	{ STR_INIT("Nanoseconds"), fn_nanoseconds, { 0 } },
	{ STR_INIT("Abs"), fn_abs, { 0 } },
	{ STR_INIT("Round"), fn_round, { GO_P_DURATION } },
	{ STR_INIT("Truncate"), fn_truncate, { GO_P_DURATION } },
	{ STR_INIT("String"), fn_string, { 0 } },
};
static const struct go_func name_rows[] = { { STR_INIT("String"), fn_string, { 0 } } };

static const struct go_table duration_methods = GO_TABLE(duration_rows), name_methods = GO_TABLE(name_rows);

const struct go_table *go_time_methods(struct value v)
{
	if (v.kind != VAL_INT || v.type < GO_DURATION || v.type > GO_WEEKDAY)
		return NULL;
	return v.type == GO_DURATION ? &duration_methods : &name_methods;
}
