/* Formats of dates and times: RFC 3339 and ISO 8601's durations. A date's reasons are those of Go's time.Parse. */
#include "validate/json_schema_format.h"

#include <string.h>

static bool digits_at(struct str s, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		if (i >= s.n || !js_is_digit(s.p[i]))
			return false;
	return true;
}

static int number_at(struct str s, size_t at, size_t n)
{
	int v = 0;
	for (size_t i = at; i < at + n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

/* time.Parse's complaint that `rest` does not begin with the layout's `element`. */
static bool cannot_parse(struct buf *why, struct str s, size_t at, const char *element)
{
	buf_add_c(why, "parsing time ");
	js_add_go_quoted(why, s);
	buf_add_c(why, " as \"2006-01-02\": cannot parse ");
	js_add_go_quoted(why, str_slice(s, at, s.n));
	return js_because(why, " as \"%s\"", element);
}

static bool out_of_range(struct buf *why, struct str s, const char *what)
{
	buf_add_c(why, "parsing time ");
	js_add_go_quoted(why, s);
	return js_because(why, ": %s out of range", what);
}

bool js_format_date(struct str s, struct buf *why)
{
	static const struct {
		size_t at, digits;
		const char *element;
	} parts[] = { { 0, 4, "2006" }, { 4, 0, "-" }, { 5, 2, "01" }, { 7, 0, "-" }, { 8, 2, "02" } };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		bool fits = parts[i].digits ? digits_at(s, parts[i].at, parts[i].digits) : parts[i].at < s.n && s.p[parts[i].at] == '-';
		if (!fits)
			return cannot_parse(why, s, parts[i].at, parts[i].element);
		if (i == 2 && (number_at(s, 5, 2) < 1 || number_at(s, 5, 2) > 12))
			return out_of_range(why, s, "month");
	}
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = number_at(s, 0, 4), month = number_at(s, 5, 2), day = number_at(s, 8, 2);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (s.n > 10) {
		buf_add_c(why, "parsing time ");
		js_add_go_quoted(why, s);
		buf_add_c(why, ": extra text: ");
		js_add_go_quoted(why, str_slice(s, 10, s.n));
		return false;
	}
	if (day < 1 || day > days[month - 1] + (month == 2 && leap))
		return out_of_range(why, s, "day");
	return true;
}

/* The offset behind the seconds, in minutes east of Greenwich. */
static bool check_offset(struct str s, int *minutes, struct buf *why)
{
	*minutes = 0;
	if (s.n == 1 && (*s.p | 0x20) == 'z')
		return true;
	if (s.n != 6)
		return js_because(why, "offset must be 6 characters long");
	if ((*s.p != '+' && *s.p != '-'))
		return js_because(why, "offset must begin with plus/minus");
	if (s.p[3] != ':')
		return js_because(why, "missing colon in offset in correct place");
	if (!digits_at(s, 1, 2) || !digits_at(s, 4, 2))
		return js_because(why, "invalid hour/min in offset");
	int hour = number_at(s, 1, 2), minute = number_at(s, 4, 2);
	if (hour > 23 || minute > 59)
		return js_because(why, "hour/min in offset out of range");
	*minutes = (hour * 60 + minute) * (*s.p == '-' ? -1 : 1);
	return true;
}

bool js_format_time(struct str s, struct buf *why)
{
	if (s.n < 9)
		return js_because(why, "less than 9 characters long");
	if (s.p[2] != ':' || s.p[5] != ':')
		return js_because(why, "missing colon in correct place");
	if (!digits_at(s, 0, 2) || !digits_at(s, 3, 2) || !digits_at(s, 6, 2))
		return js_because(why, "invalid hour/min/sec");
	int hour = number_at(s, 0, 2), minute = number_at(s, 3, 2), second = number_at(s, 6, 2), offset;
	if (hour > 23 || minute > 59 || second > 60)
		return js_because(why, "hour/min/sec out of range");
	struct str rest = str_slice(s, 8, s.n);
	if (*rest.p == '.') {
		size_t n = 1;
		while (n < rest.n && js_is_digit(rest.p[n]))
			n++;
		if (n == 1)
			return js_because(why, "no digits in second fraction");
		rest = str_slice(rest, n, rest.n);
	}
	if (!check_offset(rest, &offset, why))
		return false;
	/* A leap second is the last of a day in Greenwich. */
	int utc = (hour * 60 + minute - offset + 24 * 60) % (24 * 60);
	return second < 60 || utc == 23 * 60 + 59 || js_because(why, "invalid leap second");
}

bool js_format_date_time(struct str s, struct buf *why)
{
	AUTO_BUF inner = { 0 };
	if (s.n < 20)
		return js_because(why, "less than 20 characters long");
	if ((s.p[10] | 0x20) != 't')
		return js_because(why, "11th character must be t or T");
	if (!js_format_date(str_slice(s, 0, 10), &inner))
		return js_because(why, "invalid date element: %.*s", STR_ARG(buf_str(&inner)));
	if (!js_format_time(str_slice(s, 11, s.n), &inner))
		return js_because(why, "invalid time element: %.*s", STR_ARG(buf_str(&inner)));
	return true;
}

/* Numbers with units in the order of `units`. */
static bool check_units(struct str s, const char *units, struct buf *why)
{
	size_t next = 0, count = strlen(units);
	while (s.n) {
		size_t n = 0;
		while (n < s.n && js_is_digit(s.p[n]))
			n++;
		if (n == 0)
			return js_because(why, "missing number");
		if (n == s.n)
			return js_because(why, "missing unit");
		const char *found = strchr(units, s.p[n]);
		if (!found || !s.p[n])
			return js_because(why, "invalid unit '%c'", s.p[n]);
		if ((size_t)(found - units) < next)
			return js_because(why, "unit '%c' out of order", s.p[n]);
		next = (size_t)(found - units) + 1;
		s = str_slice(s, n + 1, s.n);
	}
	return next <= count;
}

bool js_format_duration(struct str s, struct buf *why)
{
	struct str date, time;
	if (s.n == 0 || *s.p != 'P')
		return js_because(why, "must start with P");
	s = str_slice(s, 1, s.n);
	if (s.n == 0)
		return js_because(why, "nothing after P");
	if (str_ends(s, STR("W")))
		return check_units(s, "W", why);
	bool has_time = str_cut(s, 'T', &date, &time);
	if (date.n && !check_units(date, "YMD", why))
		return false;
	if (has_time && time.n == 0)
		return js_because(why, "no time elements");
	return !has_time || check_units(time, "HMS", why);
}

bool js_format_period(struct str s, struct buf *why)
{
	struct str start, end;
	AUTO_BUF inner = { 0 };
	if (!str_cut(s, '/', &start, &end))
		return js_because(why, "missing slash");
	bool from_duration = str_starts(start, STR("P")), to_duration = !from_duration && str_starts(end, STR("P"));
	if (!(from_duration ? js_format_duration : js_format_date_time)(start, &inner))
		return js_because(why, "invalid start %s: %.*s", from_duration ? "duration" : "date-time", STR_ARG(buf_str(&inner)));
	if (!(to_duration ? js_format_duration : js_format_date_time)(end, &inner))
		return js_because(why, "invalid end %s: %.*s", to_duration ? "duration" : "date-time", STR_ARG(buf_str(&inner)));
	return true;
}
