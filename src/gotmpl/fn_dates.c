/*
 * Dates and durations. A time.Time is an object with the methods that templates have use for; one that the clock gave prints its monotonic
 * reading as Go's does (m=+0.012).
 */
#include "gotmpl/sprig_util.h"

#include <time.h>

#include "base/num.h"

struct go_time {
	struct object object;
	struct gotime t;
	bool monotonic;
};

static const struct gotime_zone *local_zone(const struct go_call *call)
{
	return call->host ? call->host->local : NULL;
}

static struct gotime clock_now(const struct go_call *call)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (struct gotime){ .sec = now.tv_sec, .nsec = (int32_t)now.tv_nsec, .zone = local_zone(call) };
}

static void time_string(const struct object *o, struct buf *out)
{
	const struct go_time *time = (const struct go_time *)o;
	gotime_add_str(time->t, out);
	if (time->monotonic) {
		struct timespec used;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
		buf_addf(out, " m=+%lld.%09ld", (long long)used.tv_sec, (long)used.tv_nsec);
	}
}

static struct value time_plain(const struct object *o, struct arena *a)
{
	AUTO_BUF b = { 0 };
	gotime_format(((const struct go_time *)o)->t, STR(GOTIME_RFC3339_NANO), &b);
	return value_str(buf_to_arena(&b, a));
}

static bool time_equal(const struct object *a, const struct object *b)
{
	const struct go_time *l = (const struct go_time *)a, *r = (const struct go_time *)b;
	return gotime_cmp(l->t, r->t) == 0 && l->t.zone == r->t.zone;
}

static struct gotime self_time(const struct go_call *call)
{
	return ((const struct go_time *)call->self.object)->t;
}

static struct gotime arg_time(const struct go_call *call, size_t i)
{
	return ((const struct go_time *)call->argv[i].object)->t;
}

static struct value duration(int64_t d)
{
	return (struct value){ .kind = VAL_INT, .type = GO_DURATION, .i = d };
}

static struct value time_value(const struct go_call *call, struct gotime t);

/* ---- Methods ---- */

static bool m_format(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	gotime_format(self_time(call), arg_str(call, 0), &b);
	return give(call, &b, out, err);
}

static bool m_string(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	time_string(call->self.object, &b);
	return give(call, &b, out, err);
}

static bool m_year(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_parts(self_time(call)).year);
	return true;
}

static bool m_month(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = (struct value){ .kind = VAL_INT, .type = GO_MONTH, .i = gotime_parts(self_time(call)).month };
	return true;
}

static bool m_day(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_parts(self_time(call)).day);
	return true;
}

static bool m_hour(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_parts(self_time(call)).hour);
	return true;
}

static bool m_minute(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_parts(self_time(call)).minute);
	return true;
}

static bool m_second(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_parts(self_time(call)).second);
	return true;
}

static bool m_nanosecond(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(self_time(call).nsec);
	return true;
}

static bool m_yday(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_parts(self_time(call)).yday);
	return true;
}

static bool m_weekday(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = (struct value){ .kind = VAL_INT, .type = GO_WEEKDAY, .i = gotime_parts(self_time(call)).weekday };
	return true;
}

static bool m_unix(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_int(self_time(call).sec);
	return true;
}

/* Seconds in a smaller unit; wraps as Go's. */
static struct value unix_in(struct go_call *call, uint64_t per_second)
{
	struct gotime t = self_time(call);
	return value_int((int64_t)((uint64_t)t.sec * per_second + (uint64_t)t.nsec / ((uint64_t)GOTIME_SECOND / per_second)));
}

static bool m_unix_nano(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = unix_in(call, 1000000000);
	return true;
}

static bool m_unix_micro(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = unix_in(call, 1000000);
	return true;
}

static bool m_unix_milli(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = unix_in(call, 1000);
	return true;
}

static bool m_utc(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = time_value(call, gotime_in(self_time(call), NULL));
	return true;
}

static bool m_local(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = time_value(call, gotime_in(self_time(call), local_zone(call)));
	return true;
}

static bool m_is_zero(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(gotime_is_zero(self_time(call)));
	return true;
}

static bool m_before(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(gotime_cmp(self_time(call), arg_time(call, 0)) < 0);
	return true;
}

static bool m_after(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(gotime_cmp(self_time(call), arg_time(call, 0)) > 0);
	return true;
}

static bool m_equal(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_bool(gotime_cmp(self_time(call), arg_time(call, 0)) == 0);
	return true;
}

static bool m_compare(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = go_int(gotime_cmp(self_time(call), arg_time(call, 0)));
	return true;
}

static bool m_sub(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = duration(gotime_sub(self_time(call), arg_time(call, 0)));
	return true;
}

static bool m_add(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = time_value(call, gotime_add(self_time(call), call->argv[0].i));
	return true;
}

static bool m_add_date(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct gotime t = self_time(call);
	struct gotime_parts p = gotime_parts(t);
	p.year += call->argv[0].i;
	p.month = (int)((uint64_t)p.month + (uint64_t)call->argv[1].i);
	p.day = (int)((uint64_t)p.day + (uint64_t)call->argv[2].i);
	*out = time_value(call, gotime_make(&p, t.nsec, t.zone));
	return true;
}

/* To a multiple of the duration since Go's zero time; or to the nearest one, halves up. */
enum multiple { MULTIPLE_BELOW, MULTIPLE_NEAREST };

static struct value to_multiple(struct go_call *call, enum multiple which)
{
	struct gotime t = self_time(call);
	int64_t d = call->argv[0].i;
	if (d <= 0)
		return time_value(call, t);
	__int128 since = ((__int128)t.sec - GOTIME_ZERO.sec) * GOTIME_SECOND + t.nsec;
	int64_t rest = (int64_t)(since % d);
	if (rest < 0)
		rest += d;
	return time_value(call, gotime_add(t, which == MULTIPLE_NEAREST && rest >= d - rest ? d - rest : -rest));
}

static bool m_truncate(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = to_multiple(call, MULTIPLE_BELOW);
	return true;
}

static bool m_round(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = to_multiple(call, MULTIPLE_NEAREST);
	return true;
}

static const struct go_func time_methods[] = {
	GO_FUNC("Format", m_format, GO_P_STRING),
	GO_FUNC("String", m_string, GO_P_END),
	GO_FUNC("Year", m_year, GO_P_END),
	GO_FUNC("Month", m_month, GO_P_END),
	GO_FUNC("Day", m_day, GO_P_END),
	GO_FUNC("Hour", m_hour, GO_P_END),
	GO_FUNC("Minute", m_minute, GO_P_END),
	GO_FUNC("Second", m_second, GO_P_END),
	GO_FUNC("Nanosecond", m_nanosecond, GO_P_END),
	GO_FUNC("YearDay", m_yday, GO_P_END),
	GO_FUNC("Weekday", m_weekday, GO_P_END),
	GO_FUNC("Unix", m_unix, GO_P_END),
	GO_FUNC("UnixNano", m_unix_nano, GO_P_END),
	GO_FUNC("UnixMicro", m_unix_micro, GO_P_END),
	GO_FUNC("UnixMilli", m_unix_milli, GO_P_END),
	GO_FUNC("UTC", m_utc, GO_P_END),
	GO_FUNC("Local", m_local, GO_P_END),
	GO_FUNC("IsZero", m_is_zero, GO_P_END),
	GO_FUNC("Before", m_before, GO_P_TIME),
	GO_FUNC("After", m_after, GO_P_TIME),
	GO_FUNC("Equal", m_equal, GO_P_TIME),
	GO_FUNC("Compare", m_compare, GO_P_TIME),
	GO_FUNC("Sub", m_sub, GO_P_TIME),
	GO_FUNC("Add", m_add, GO_P_DURATION),
	GO_FUNC("AddDate", m_add_date, GO_P_INT, GO_P_INT, GO_P_INT),
	GO_FUNC("Truncate", m_truncate, GO_P_DURATION),
	GO_FUNC("Round", m_round, GO_P_DURATION),
};

static const struct object_ops time_ops = {
	.type = STR_INIT("time.Time"),
	.kind = GO_KIND_STRUCT,
	.methods = time_methods,
	.method_count = ARRAY_LEN(time_methods),
	.string = time_string,
	.equal = time_equal,
	.plain = time_plain,
};

static struct value time_value(const struct go_call *call, struct gotime t)
{
	struct go_time *time = arena_new(call->arena, struct go_time);
	time->object.ops = &time_ops;
	time->t = t;
	return go_object(&time->object);
}

static bool is_time(struct value v)
{
	return v.kind == VAL_OBJECT && v.object->ops == &time_ops;
}

/* ---- Functions ---- */

static bool fn_now(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = time_value(call, clock_now(call));
	((struct go_time *)out->object)->monotonic = true;
	return true;
}

enum int_date { DATE_INT = 1, DATE_INT64 = 2, DATE_INT32 = 4 };

/* A time, or seconds since 1970 in one of the types that the function knows; all else is now. */
static struct gotime date_of(const struct go_call *call, struct value v, unsigned ints)
{
	if (is_time(v))
		return ((const struct go_time *)v.object)->t;
	if (v.kind == VAL_INT && ((v.type == GO_INT && (ints & DATE_INT)) || (v.type == GO_INT64 && (ints & DATE_INT64)) ||
				  (v.type == GO_INT32 && (ints & DATE_INT32))))
		return (struct gotime){ .sec = v.i, .zone = local_zone(call) };
	return clock_now(call);
}

static bool format_in(struct go_call *call, struct str layout, struct value date, struct str name, struct value *out, struct err *err)
{
	const struct gotime_zone *zone = NULL;
	AUTO_ERR unknown = { 0 };
	AUTO_BUF b = { 0 };
	if (!gotime_zone_load(call->arena, name, local_zone(call), &zone, &unknown))
		zone = NULL; /* UTC */
	gotime_format(gotime_in(date_of(call, date, DATE_INT | DATE_INT64 | DATE_INT32), zone), layout, &b);
	return give(call, &b, out, err);
}

static bool fn_date(struct go_call *call, struct value *out, struct err *err)
{
	return format_in(call, arg_str(call, 0), call->argv[1], STR("Local"), out, err);
}

static bool fn_date_in_zone(struct go_call *call, struct value *out, struct err *err)
{
	return format_in(call, arg_str(call, 0), call->argv[1], arg_str(call, 2), out, err);
}

static bool fn_html_date(struct go_call *call, struct value *out, struct err *err)
{
	return format_in(call, STR("2006-01-02"), call->argv[0], STR("Local"), out, err);
}

static bool fn_html_date_in_zone(struct go_call *call, struct value *out, struct err *err)
{
	return format_in(call, STR("2006-01-02"), call->argv[0], arg_str(call, 1), out, err);
}

static bool fn_must_to_date(struct go_call *call, struct value *out, struct err *err)
{
	struct gotime t;
	const struct gotime_parse_options options = { .zone = local_zone(call), .local = local_zone(call) };
	if (!gotime_parse(arg_str(call, 0), arg_str(call, 1), &options, call->arena, &t, err))
		return false;
	*out = time_value(call, t);
	return true;
}

static bool fn_to_date(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	AUTO_ERR unread = { 0 };
	if (!fn_must_to_date(call, out, &unread))
		*out = time_value(call, GOTIME_ZERO);
	return true;
}

static bool fn_must_date_modify(struct go_call *call, struct value *out, struct err *err)
{
	int64_t d;
	if (!gotime_duration_parse(arg_str(call, 0), &d, err))
		return false;
	*out = time_value(call, gotime_add(arg_time(call, 1), d));
	((struct go_time *)out->object)->monotonic = ((const struct go_time *)call->argv[1].object)->monotonic;
	return true;
}

static bool fn_date_modify(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	AUTO_ERR unread = { 0 };
	if (!fn_must_date_modify(call, out, &unread))
		*out = call->argv[1];
	return true;
}

static bool fn_unix_epoch(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(arena_fmt(call->arena, "%lld", (long long)arg_time(call, 0).sec));
	return true;
}

static bool fn_ago(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	int64_t since = gotime_sub(clock_now(call), date_of(call, call->argv[0], DATE_INT | DATE_INT64));
	gotime_duration_add_str(gotime_duration_round(since, GOTIME_SECOND), &b);
	return give(call, &b, out, err);
}

static bool fn_duration(struct go_call *call, struct value *out, struct err *err)
{
	struct value v = call->argv[0];
	int64_t seconds = 0;
	AUTO_BUF b = { 0 };
	if (v.kind == VAL_STR && v.type == GO_STRING) {
		if (!num_parse_int(value_as_str(v), 10, &seconds))
			seconds = 0;
	} else if (v.kind == VAL_INT && v.type == GO_INT64) {
		seconds = v.i;
	}
	gotime_duration_add_str((int64_t)((uint64_t)seconds * (uint64_t)GOTIME_SECOND), &b);
	return give(call, &b, out, err);
}

static const struct {
	uint64_t unit;
	const char *name;
} units[] = {
	{ (uint64_t)GOTIME_HOUR * 24 * 365, "y" }, { (uint64_t)GOTIME_HOUR * 24 * 30, "mo" }, { (uint64_t)GOTIME_HOUR * 24, "d" },
	{ (uint64_t)GOTIME_HOUR, "h" },            { (uint64_t)GOTIME_MINUTE, "m" },           { (uint64_t)GOTIME_SECOND, "s" },
};

/* The duration in its largest unit, rounded down. */
static bool fn_duration_round(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct value v = call->argv[0];
	int64_t d = 0;
	AUTO_ERR unread = { 0 };
	if (v.kind == VAL_STR && v.type == GO_STRING) {
		if (!gotime_duration_parse(value_as_str(v), &d, &unread))
			d = 0;
	} else if (v.kind == VAL_INT && v.type == GO_INT64) {
		d = v.i;
	} else if (is_time(v)) {
		d = gotime_sub(clock_now(call), ((const struct go_time *)v.object)->t);
	}
	uint64_t u = d < 0 ? -(uint64_t)d : (uint64_t)d;
	*out = value_str(STR("0s"));
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (u > units[i].unit) {
			*out = value_str(arena_fmt(call->arena, "%llu%s", (unsigned long long)(u / units[i].unit), units[i].name));
			break;
		}
	}
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("now", fn_now, GO_P_END),
	GO_FUNC("date", fn_date, GO_P_STRING, GO_P_ANY),
	GO_FUNC("dateInZone", fn_date_in_zone, GO_P_STRING, GO_P_ANY, GO_P_STRING),
	GO_FUNC("date_in_zone", fn_date_in_zone, GO_P_STRING, GO_P_ANY, GO_P_STRING),
	GO_FUNC("htmlDate", fn_html_date, GO_P_ANY),
	GO_FUNC("htmlDateInZone", fn_html_date_in_zone, GO_P_ANY, GO_P_STRING),
	GO_FUNC("toDate", fn_to_date, GO_P_STRING, GO_P_STRING),
	GO_FUNC("mustToDate", fn_must_to_date, GO_P_STRING, GO_P_STRING),
	GO_FUNC("dateModify", fn_date_modify, GO_P_STRING, GO_P_TIME),
	GO_FUNC("date_modify", fn_date_modify, GO_P_STRING, GO_P_TIME),
	GO_FUNC("mustDateModify", fn_must_date_modify, GO_P_STRING, GO_P_TIME),
	GO_FUNC("must_date_modify", fn_must_date_modify, GO_P_STRING, GO_P_TIME),
	GO_FUNC("unixEpoch", fn_unix_epoch, GO_P_TIME),
	GO_FUNC("ago", fn_ago, GO_P_ANY),
	GO_FUNC("duration", fn_duration, GO_P_ANY),
	GO_FUNC("durationRound", fn_duration_round, GO_P_ANY),
};
const struct go_table fn_dates = GO_TABLE(rows);
