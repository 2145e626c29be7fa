/*
 * gotime.c: the calendar: seconds to parts and back (proleptic Gregorian, by days since 0000-03-01 in eras of 400 years), arithmetic, durations.
 */
#include "text/gotime_internal.h"

#define DAY_SECONDS 86400

const char *const gotime_months[12] = { "January", "February", "March",     "April",   "May",      "June",
					"July",    "August",   "September", "October", "November", "December" };
const char *const gotime_weekdays[7] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

bool gotime_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int gotime_days_in(int64_t year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return days[month - 1] + (month == 2 && gotime_is_leap(year));
}

int64_t gotime_days(int64_t year, int month, int day)
{
	year -= month <= 2; /* years begin in March, so that the leap day is the last */
	int64_t era = floor_div(year, 400), of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, struct gotime_parts *out)
{
	int64_t shifted = days + 719468, era = floor_div(shifted, 146097), of_era = shifted - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), march = (5 * of_year + 2) / 153;
	out->day = (int)(of_year - (153 * march + 2) / 5 + 1);
	out->month = (int)(march < 10 ? march + 3 : march - 9);
	out->year = year + era * 400 + (out->month <= 2);
	out->yday = (int)(days - gotime_days(out->year, 1, 1) + 1);
	out->weekday = (int)(((days + 4) % 7 + 7) % 7);
}

struct gotime_parts gotime_parts(struct gotime t)
{
	struct gotime_parts parts = { 0 };
	struct zone_kind kind = gotime_zone_at(t.zone, t.sec);
	int64_t sec = t.sec + kind.offset, days = floor_div(sec, DAY_SECONDS);
	int of_day = (int)(sec - days * DAY_SECONDS);
	date_of(days, &parts);
	parts.hour = of_day / 3600;
	parts.minute = of_day / 60 % 60;
	parts.second = of_day % 60;
	parts.offset = kind.offset;
	parts.abbreviation = kind.name;
	return parts;
}

struct gotime gotime_make(const struct gotime_parts *parts, int32_t nsec, const struct gotime_zone *zone)
{
	int64_t months = (int64_t)parts->month - 1, year = parts->year + floor_div(months, 12);
	int month = (int)(months - floor_div(months, 12) * 12) + 1;
	int64_t sec = (gotime_days(year, month, 1) + parts->day - 1) * DAY_SECONDS + (int64_t)parts->hour * 3600 + (int64_t)parts->minute * 60 +
		      parts->second;
	/* The clock's own reading is close enough to find the offset, but for an hour around a change, which the second look-up mends. */
	int offset = gotime_zone_at(zone, sec).offset;
	sec -= gotime_zone_at(zone, sec - offset).offset;
	return (struct gotime){ .sec = sec, .nsec = nsec, .zone = zone };
}

bool gotime_is_zero(struct gotime t)
{
	return t.sec == GOTIME_ZERO.sec && t.nsec == 0;
}

int gotime_cmp(struct gotime a, struct gotime b)
{
	if (a.sec != b.sec)
		return a.sec < b.sec ? -1 : 1;
	return (a.nsec > b.nsec) - (a.nsec < b.nsec);
}

struct gotime gotime_add(struct gotime t, int64_t duration)
{
	t.sec += duration / GOTIME_SECOND;
	int64_t nsec = t.nsec + duration % GOTIME_SECOND;
	if (nsec >= GOTIME_SECOND) {
		t.sec++;
		nsec -= GOTIME_SECOND;
	} else if (nsec < 0) {
		t.sec--;
		nsec += GOTIME_SECOND;
	}
	t.nsec = (int32_t)nsec;
	return t;
}

int64_t gotime_sub(struct gotime t, struct gotime u)
{
	int64_t sec, d;
	if (__builtin_sub_overflow(t.sec, u.sec, &sec) || __builtin_mul_overflow(sec, GOTIME_SECOND, &d) ||
	    __builtin_add_overflow(d, (int64_t)t.nsec - u.nsec, &d))
		return gotime_cmp(t, u) < 0 ? INT64_MIN : INT64_MAX;
	return d;
}

struct gotime gotime_in(struct gotime t, const struct gotime_zone *zone)
{
	t.zone = zone;
	return t;
}

/* ---- Durations ---- */

/* value / scale with its fraction, without trailing zeros. */
static void add_fraction(struct buf *out, uint64_t value, uint64_t scale)
{
	buf_addf(out, "%llu", (unsigned long long)(value / scale));
	uint64_t rest = value % scale;
	if (rest == 0)
		return;
	buf_add_char(out, '.');
	for (scale /= 10; rest > 0; scale /= 10) {
		buf_add_char(out, (char)('0' + rest / scale));
		rest %= scale;
	}
}

void gotime_duration_add_str(int64_t d, struct buf *out)
{
	uint64_t u = d < 0 ? -(uint64_t)d : (uint64_t)d;
	if (d == 0) {
		buf_add_c(out, "0s");
		return;
	}
	if (d < 0)
		buf_add_char(out, '-');
	if (u < (uint64_t)GOTIME_SECOND) {
		bool milli = u >= (uint64_t)GOTIME_MILLISECOND, micro = u >= (uint64_t)GOTIME_MICROSECOND;
		add_fraction(out, u, milli ? GOTIME_MILLISECOND : micro ? GOTIME_MICROSECOND : 1);
		buf_add_c(out, milli ? "ms" : micro ? "µs" : "ns");
		return;
	}
	uint64_t minutes = u / GOTIME_MINUTE;
	if (minutes >= 60)
		buf_addf(out, "%lluh", (unsigned long long)(minutes / 60));
	if (minutes > 0)
		buf_addf(out, "%llum", (unsigned long long)(minutes % 60));
	add_fraction(out, u % GOTIME_MINUTE, GOTIME_SECOND);
	buf_add_char(out, 's');
}

static const struct {
	struct str name;
	uint64_t unit;
} duration_units[] = {
	{ STR_INIT("ns"), 1 },
	{ STR_INIT("us"), GOTIME_MICROSECOND },
	{ STR_INIT("µs"), GOTIME_MICROSECOND },
	{ STR_INIT("μs"), GOTIME_MICROSECOND },
	{ STR_INIT("ms"), GOTIME_MILLISECOND },
	{ STR_INIT("s"), GOTIME_SECOND },
	{ STR_INIT("m"), GOTIME_MINUTE },
	{ STR_INIT("h"), GOTIME_HOUR },
};

void gotime_add_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x80 || c < ' ')
			buf_addf(out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static bool bad_duration(struct str s, const char *what, struct str unit, struct err *err)
{
	AUTO_BUF text = { 0 };
	buf_addf(&text, "time: %s ", what);
	if (unit.p) {
		gotime_add_quoted(&text, unit);
		buf_add_c(&text, " in duration ");
	}
	gotime_add_quoted(&text, s);
	struct str message = buf_str(&text);
	return err_set(err, ERR_SYNTAX, "%.*s", STR_ARG(message));
}

static bool digit_at(struct str s, size_t i)
{
	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* One number and its unit off *s, as nanoseconds of magnitude up to 2^63. */
static bool duration_piece(struct str whole, struct str *s, uint64_t *out, struct err *err)
{
	const uint64_t limit = (uint64_t)1 << 63;
	uint64_t value = 0, fraction = 0;
	double scale = 1;
	size_t i = 0, digits = 0;
	for (; digit_at(*s, i); i++, digits++) {
		if (value > limit / 10 || (value = value * 10 + (uint64_t)(s->p[i] - '0')) > limit)
			return bad_duration(whole, "invalid duration", STR_NONE, err);
	}
	if (i < s->n && s->p[i] == '.') {
		bool full = false; /* further digits are below what counts */
		for (i++; digit_at(*s, i); i++, digits++) {
			uint64_t next = fraction * 10 + (uint64_t)(s->p[i] - '0');
			full = full || fraction > (limit - 1) / 10 || next > limit;
			if (full)
				continue;
			fraction = next;
			scale *= 10;
		}
	}
	if (digits == 0)
		return bad_duration(whole, "invalid duration", STR_NONE, err);
	size_t from = i;
	while (i < s->n && s->p[i] != '.' && !digit_at(*s, i))
		i++;
	if (i == from)
		return bad_duration(whole, "missing unit in duration", STR_NONE, err);
	struct str unit = str_slice(*s, from, i);
	for (size_t k = 0; k < ARRAY_LEN(duration_units); k++) {
		if (!str_eq(unit, duration_units[k].name))
			continue;
		if (value > limit / duration_units[k].unit)
			return bad_duration(whole, "invalid duration", STR_NONE, err);
		value *= duration_units[k].unit;
		if (fraction > 0)
			value += (uint64_t)((double)fraction * ((double)duration_units[k].unit / scale));
		if (value > limit)
			return bad_duration(whole, "invalid duration", STR_NONE, err);
		*out = value;
		*s = str_slice(*s, i, s->n);
		return true;
	}
	return bad_duration(whole, "unknown unit", unit, err);
}

bool gotime_duration_parse(struct str s, int64_t *out, struct err *err)
{
	struct str rest = s;
	bool negative = str_starts(s, STR("-"));
	uint64_t total = 0, piece = 0;
	if (negative || str_starts(s, STR("+")))
		rest = str_slice(s, 1, s.n);
	if (str_eq(rest, STR("0"))) {
		*out = 0;
		return true;
	}
	if (rest.n == 0)
		return bad_duration(s, "invalid duration", STR_NONE, err);
	while (rest.n > 0) {
		if (!duration_piece(s, &rest, &piece, err))
			return false;
		total += piece;
		if (total > (uint64_t)1 << 63)
			return bad_duration(s, "invalid duration", STR_NONE, err);
	}
	if (!negative && total > INT64_MAX)
		return bad_duration(s, "invalid duration", STR_NONE, err);
	*out = negative ? (int64_t)-total : (int64_t)total;
	return true;
}

int64_t gotime_duration_truncate(int64_t d, int64_t m)
{
	return m <= 0 ? d : d - d % m;
}

int64_t gotime_duration_round(int64_t d, int64_t m)
{
	if (m <= 0)
		return d;
	int64_t r = d % m, up;
	if (d < 0) {
		r = -r;
		if ((uint64_t)r * 2 < (uint64_t)m)
			return d + r;
		return __builtin_sub_overflow(d, m - r, &up) ? INT64_MIN : up;
	}
	if ((uint64_t)r * 2 < (uint64_t)m)
		return d - r;
	return __builtin_add_overflow(d, m - r, &up) ? INT64_MAX : up;
}
