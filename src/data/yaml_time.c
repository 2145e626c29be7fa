/* Times as Go's time.Parse reads yaml.v3's four layouts, and as time.Time's MarshalJSON prints them. */
#include "data/yaml_scalar.h"

#include <stdlib.h>

struct moment {
	int year, month, day, hour, minute, second;
	struct str fraction; /* digits */
	int offset;          /* minutes east of Greenwich */
};

/* A number of `least` to `most` digits off *s. */
static bool take_number(struct str *s, size_t least, size_t most, int *out)
{
	size_t n = 0;
	int v = 0;
	while (n < most && n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		v = v * 10 + (s->p[n++] - '0');
	if (n < least)
		return false;
	*s = str_slice(*s, n, s->n);
	*out = v;
	return true;
}

static bool take_char(struct str *s, const char *set)
{
	for (; *set; set++) {
		if (s->n && *s->p == *set) {
			*s = str_slice(*s, 1, s->n);
			return true;
		}
	}
	return false;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct str *s, struct moment *m)
{
	return take_number(s, 4, 4, &m->year) && take_char(s, "-") && take_number(s, 1, 2, &m->month) && take_char(s, "-") &&
	       take_number(s, 1, 2, &m->day) && m->month >= 1 && m->month <= 12 && m->day >= 1 && m->day <= days_in(m->year, m->month);
}

static bool take_clock(struct str *s, struct moment *m)
{
	if (!take_number(s, 1, 2, &m->hour) || !take_char(s, ":") || !take_number(s, 1, 2, &m->minute) || !take_char(s, ":") ||
	    !take_number(s, 1, 2, &m->second) || m->hour > 23 || m->minute > 59 || m->second > 59)
		return false;
	if (s->n < 2 || (*s->p != '.' && *s->p != ',') || s->p[1] < '0' || s->p[1] > '9')
		return true;
	size_t n = 1;
	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	m->fraction = str_slice(*s, 1, MIN(n, 10u));
	*s = str_slice(*s, n, s->n);
	return true;
}

static bool take_zone(struct str *s, struct moment *m)
{
	int hours, minutes;
	if (take_char(s, "Z"))
		return true;
	bool west = s->n && *s->p == '-';
	if (!take_char(s, "+-") || !take_number(s, 2, 2, &hours) || !take_char(s, ":") || !take_number(s, 2, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	m->offset = (hours * 60 + minutes) * (west ? -1 : 1);
	return true;
}

static struct str moment_text(const struct moment *m, struct arena *a)
{
	AUTO_BUF b = { 0 };
	buf_addf(&b, "%04d-%02d-%02dT%02d:%02d:%02d", m->year, m->month, m->day, m->hour, m->minute, m->second);
	struct str fraction = m->fraction;
	while (fraction.n && fraction.p[fraction.n - 1] == '0')
		fraction.n--;
	if (fraction.n)
		buf_addf(&b, ".%.*s", STR_ARG(fraction));
	if (m->offset == 0)
		buf_add_char(&b, 'Z');
	else
		buf_addf(&b, "%c%02d:%02d", m->offset < 0 ? '-' : '+', abs(m->offset) / 60, abs(m->offset) % 60);
	return buf_to_arena(&b, a);
}

static bool parse(struct str s, struct moment *m)
{
	if (!take_date(&s, m))
		return false;
	if (s.n == 0)
		return true;
	bool zoned = *s.p != ' ';
	return take_char(&s, "Tt ") && take_clock(&s, m) && (!zoned || take_zone(&s, m)) && s.n == 0;
}

bool yaml_is_time(struct str text)
{
	struct moment m = { 0 };
	return parse(text, &m);
}

bool yaml_time(struct str text, struct arena *a, struct str *out)
{
	struct moment m = { 0 };
	if (!parse(text, &m))
		return false;
	*out = moment_text(&m, a);
	return true;
}
