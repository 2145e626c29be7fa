/* Numeric specifiers are rows: how to compute the number, its width and padding; the others are cases. Compound ones are formats of their own. */
#include "lang/strftime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct clock {
	struct tm tm;
	struct timespec when;
	long offset; /* seconds east of UTC */
	enum strftime_zone zone;
};

static int hour12(const struct tm *tm)
{
	return tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;
}

/* The ISO 8601 week and its year. */
static void iso_week(const struct tm *tm, int *year, int *week)
{
	char text[32];
	strftime(text, sizeof(text), "%G %V", tm);
	*year = atoi(text);
	*week = atoi(strchr(text, ' ') + 1);
}

struct number {
	char letter;
	uint8_t width;
	char pad; /* '0' or ' '; 0 for none */
};

static const struct number numbers[] = {
	{ 'Y', 4, '0' }, { 'C', 2, '0' }, { 'y', 2, '0' }, { 'q', 1, '0' }, { 'm', 2, '0' }, { 'd', 2, '0' }, { 'e', 2, ' ' }, { 'w', 1, '0' },
	{ 'u', 1, '0' }, { 'U', 2, '0' }, { 'W', 2, '0' }, { 'G', 4, '0' }, { 'g', 2, '0' }, { 'V', 2, '0' }, { 'j', 3, '0' }, { 'H', 2, '0' },
	{ 'k', 2, ' ' }, { 'I', 2, '0' }, { 'l', 2, ' ' }, { 'M', 2, '0' }, { 'S', 2, '0' }, { 's', 1, '0' }, { 'f', 9, '0' },
};

static long long number_value(const struct clock *c, char letter)
{
	const struct tm *tm = &c->tm;
	int iso_year, week;
	iso_week(tm, &iso_year, &week);
	switch (letter) {
	case 'Y':
		return tm->tm_year + 1900;
	case 'C':
		return (tm->tm_year + 1900) / 100;
	case 'y':
		return (tm->tm_year + 1900) % 100;
	case 'q':
		return tm->tm_mon / 3 + 1;
	case 'm':
		return tm->tm_mon + 1;
	case 'd':
	case 'e':
		return tm->tm_mday;
	case 'w':
		return tm->tm_wday;
	case 'u':
		return tm->tm_wday ? tm->tm_wday : 7;
	case 'U':
		return (tm->tm_yday + 7 - tm->tm_wday) / 7;
	case 'W':
		return (tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7;
	case 'G':
		return iso_year;
	case 'g':
		return iso_year % 100;
	case 'V':
		return week;
	case 'j':
		return tm->tm_yday + 1;
	case 'H':
	case 'k':
		return tm->tm_hour;
	case 'I':
	case 'l':
		return hour12(tm);
	case 'M':
		return tm->tm_min;
	case 'S':
		return tm->tm_sec;
	case 's':
		return (long long)c->when.tv_sec;
	default:
		return c->when.tv_nsec;
	}
}

static void add_number(struct buf *out, const struct clock *c, const struct number *n, char modifier)
{
	char pad = modifier == '-' ? 0 : modifier == '_' ? ' ' : modifier == '0' ? '0' : n->pad;
	long long value = number_value(c, n->letter);
	if (!pad)
		buf_addf(out, "%lld", value);
	else if (pad == '0')
		buf_addf(out, "%0*lld", n->width, value);
	else
		buf_addf(out, "%*lld", n->width, value);
}

static const char *const compounds[][2] = {
	{ "D", "%m/%d/%y" }, { "x", "%m/%d/%y" }, { "F", "%Y-%m-%d" }, { "v", "%e-%b-%Y" }, { "R", "%H:%M" },
	{ "T", "%H:%M:%S" }, { "X", "%H:%M:%S" }, { "r", "%I:%M:%S %p" }, { "c", "%a %b %e %H:%M:%S %Y" }, { "+", "%Y-%m-%dT%H:%M:%S%.f%:z" },
};

static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
				      "July",    "August",   "September", "October", "November", "December" };
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

/* +hhmm with `colons` between: 0 %z, 1 %:z, 2 %::z, 3 %:::z (hours only). */
static void add_offset(struct buf *out, long offset, int colons)
{
	long a = labs(offset);
	buf_addf(out, "%c%02ld", offset < 0 ? '-' : '+', a / 3600);
	if (colons < 3)
		buf_addf(out, "%s%02ld", colons ? ":" : "", a / 60 % 60);
	if (colons == 2)
		buf_addf(out, ":%02ld", a % 60);
}

/* %.f: as many digits as are needed, by threes. */
static void add_fraction(struct buf *out, long nanoseconds)
{
	if (nanoseconds % 1000000 == 0 && nanoseconds)
		buf_addf(out, ".%03ld", nanoseconds / 1000000);
	else if (nanoseconds % 1000 == 0 && nanoseconds)
		buf_addf(out, ".%06ld", nanoseconds / 1000);
	else if (nanoseconds)
		buf_addf(out, ".%09ld", nanoseconds);
}

/* %3f, %.3f and the like. False if the text at `s` is none of them; *used is its length. */
static bool add_fixed_fraction(struct buf *out, const struct clock *c, struct str s, size_t *used)
{
	bool dot = str_starts(s, STR("."));
	struct str rest = str_slice(s, dot, s.n);
	if (dot && str_starts(rest, STR("f"))) {
		add_fraction(out, c->when.tv_nsec);
		*used = 2;
		return true;
	}
	if (rest.n < 2 || rest.p[1] != 'f' || (rest.p[0] != '3' && rest.p[0] != '6' && rest.p[0] != '9'))
		return false;
	int digits = rest.p[0] - '0';
	long value = c->when.tv_nsec;
	for (int i = digits; i < 9; i++)
		value /= 10;
	buf_addf(out, "%s%0*ld", dot ? "." : "", digits, value);
	*used = 2 + dot;
	return true;
}

static enum strftime_result add_format(struct buf *out, struct str format, const struct clock *c);

/* One specifier, the text behind its percent sign; *used is how much of it was taken. */
static enum strftime_result add_spec(struct buf *out, const struct clock *c, struct str s, size_t *used)
{
	char modifier = 0;
	if (add_fixed_fraction(out, c, s, used))
		return STRFTIME_OK;
	for (int colons = 1; colons <= 3; colons++)
		if (s.n > (size_t)colons && str_starts(s, str_slice(STR(":::"), 0, (size_t)colons)) && s.p[colons] == 'z') {
			add_offset(out, c->offset, colons);
			*used = (size_t)colons + 1;
			return STRFTIME_OK;
		}
	if (str_starts(s, STR("#z"))) {
		*used = 2;
		return STRFTIME_UNPRINTABLE;
	}
	if (s.n > 1 && (s.p[0] == '-' || s.p[0] == '_' || s.p[0] == '0')) {
		modifier = s.p[0];
		s = str_slice(s, 1, s.n);
	}
	*used = 1 + (modifier != 0);
	char letter = s.n ? s.p[0] : 0;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].letter == letter)
			return add_number(out, c, &numbers[i], modifier), STRFTIME_OK;
	if (modifier)
		return STRFTIME_BAD_FORMAT;
	for (size_t i = 0; i < ARRAY_LEN(compounds); i++)
		if (compounds[i][0][0] == letter)
			return add_format(out, str_c(compounds[i][1]), c);
	switch (letter) {
	case 'b':
	case 'h':
		return buf_addf(out, "%.3s", months[c->tm.tm_mon]), STRFTIME_OK;
	case 'B':
		return buf_add_c(out, months[c->tm.tm_mon]), STRFTIME_OK;
	case 'a':
		return buf_addf(out, "%.3s", days[c->tm.tm_wday]), STRFTIME_OK;
	case 'A':
		return buf_add_c(out, days[c->tm.tm_wday]), STRFTIME_OK;
	case 'P':
		return buf_add_c(out, c->tm.tm_hour < 12 ? "am" : "pm"), STRFTIME_OK;
	case 'p':
		return buf_add_c(out, c->tm.tm_hour < 12 ? "AM" : "PM"), STRFTIME_OK;
	case 'z':
		return add_offset(out, c->offset, 0), STRFTIME_OK;
	case 'Z':
		if (c->zone == STRFTIME_UTC)
			buf_add_c(out, "UTC");
		else
			add_offset(out, c->offset, 1);
		return STRFTIME_OK;
	case 't':
		return buf_add_char(out, '\t'), STRFTIME_OK;
	case 'n':
		return buf_add_char(out, '\n'), STRFTIME_OK;
	case '%':
		return buf_add_char(out, '%'), STRFTIME_OK;
	default:
		return STRFTIME_BAD_FORMAT;
	}
}

static enum strftime_result add_format(struct buf *out, struct str format, const struct clock *c)
{
	enum strftime_result worst = STRFTIME_OK;
	for (size_t i = 0; i < format.n;) {
		size_t at = str_find_char(str_slice(format, i, format.n), '%');
		at = at == STR_NPOS ? format.n : i + at;
		buf_add(out, str_slice(format, i, at));
		if (at == format.n)
			break;
		size_t used = 0;
		enum strftime_result r = add_spec(out, c, str_slice(format, at + 1, format.n), &used);
		if (r == STRFTIME_BAD_FORMAT)
			return r;
		if (r != STRFTIME_OK)
			worst = r;
		i = at + 1 + used;
	}
	return worst;
}

enum strftime_result lang_strftime(struct buf *out, struct str format, const struct timespec *when, enum strftime_zone zone)
{
	struct clock c = { .when = *when, .zone = zone };
	if (zone == STRFTIME_UTC) {
		gmtime_r(&when->tv_sec, &c.tm);
	} else {
		localtime_r(&when->tv_sec, &c.tm);
		c.offset = c.tm.tm_gmtoff;
	}
	return add_format(out, format, &c);
}
