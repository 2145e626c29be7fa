/*
 * gotime_parse.c: reading a time by a layout: each item takes its text off the value; what they mean together is checked at the end.
 */
#include "text/gotime_internal.h"

struct reading {
	struct str layout, whole, value; /* value: what is left */
	struct err *err;
	int64_t year;
	int month, day, yday; /* -1: not given */
	int hour, minute, second;
	int32_t nsec;
	bool pm, am, has_zone, has_offset;
	int offset;
	const struct gotime_zone *zone;
	struct str zone_name;
	const char *range; /* what is out of its range */
};

static bool fail_message(struct reading *r, const char *message, struct str quoted)
{
	AUTO_BUF out = { 0 };
	buf_add_c(&out, "parsing time ");
	gotime_add_quoted(&out, r->whole);
	buf_add_c(&out, message);
	if (quoted.p)
		gotime_add_quoted(&out, quoted);
	struct str s = buf_str(&out);
	return err_set(r->err, ERR_SYNTAX, "%.*s", STR_ARG(s));
}

static bool fail_at(struct reading *r, struct str value, struct str item)
{
	AUTO_BUF out = { 0 };
	buf_add_c(&out, "parsing time ");
	gotime_add_quoted(&out, r->whole);
	buf_add_c(&out, " as ");
	gotime_add_quoted(&out, r->layout);
	buf_add_c(&out, ": cannot parse ");
	gotime_add_quoted(&out, value);
	buf_add_c(&out, " as ");
	gotime_add_quoted(&out, item);
	struct str s = buf_str(&out);
	return err_set(r->err, ERR_SYNTAX, "%.*s", STR_ARG(s));
}

static bool digit_at(struct str s, size_t i)
{
	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* `count` digits exactly, as a number. */
static bool digits_at(struct str s, size_t at, size_t count, int *out)
{
	int value = 0;
	for (size_t i = 0; i < count; i++) {
		if (!digit_at(s, at + i))
			return false;
		value = value * 10 + (s.p[at + i] - '0');
	}
	*out = value;
	return true;
}

static void advance(struct reading *r, size_t n)
{
	r->value = str_slice(r->value, n, r->value.n);
}

/* One digit or two; with `fixed` two. */
static bool take_two(struct reading *r, bool fixed, int *out)
{
	if (digits_at(r->value, 0, 2, out)) {
		advance(r, 2);
		return true;
	}
	if (fixed || !digits_at(r->value, 0, 1, out))
		return false;
	advance(r, 1);
	return true;
}

static bool take_ranged(struct reading *r, bool fixed, int from, int to, const char *name, int *out)
{
	if (!take_two(r, fixed, out))
		return false;
	if (*out < from || *out > to)
		r->range = name;
	return true;
}

static bool take_name(struct reading *r, const char *const *names, size_t count, size_t len, int *out)
{
	for (size_t i = 0; i < count; i++) {
		struct str name = str_c(names[i]);
		if (len > 0)
			name = str_slice(name, 0, len);
		if (r->value.n >= name.n && str_eq_nocase(str_slice(r->value, 0, name.n), name)) {
			*out = (int)i + 1;
			advance(r, name.n);
			return true;
		}
	}
	return false;
}

static bool take_year_day(struct reading *r, enum layout_item item)
{
	size_t n = 0;
	for (int i = 0; i < 2 && item == LAYOUT_UNDER_YDAY && str_starts(r->value, STR(" ")); i++)
		advance(r, 1);
	while (n < 3 && digit_at(r->value, n))
		n++;
	if (n == 0 || (item == LAYOUT_ZERO_YDAY && n != 3) || !digits_at(r->value, 0, n, &r->yday))
		return false;
	advance(r, n);
	return true;
}

/* A separator and the digits behind it: `n` bytes in all. */
static bool take_fraction(struct reading *r, size_t n)
{
	int32_t nsec = 0;
	if (r->value.n < n || n < 2 || (r->value.p[0] != '.' && r->value.p[0] != ','))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!digit_at(r->value, i))
			return false;
	for (size_t i = 1; i < 10; i++)
		nsec = nsec * 10 + (i < n ? r->value.p[i] - '0' : 0);
	r->nsec = nsec;
	advance(r, n);
	return true;
}

/* Length of a fraction at the start of the value, 0 if there is none. */
static size_t fraction_len(struct str s)
{
	size_t n = 1;
	if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ',') || !digit_at(s, 1))
		return 0;
	while (digit_at(s, n))
		n++;
	return n;
}

/* Seconds, and a fraction even where the layout has none. */
static bool take_second(struct reading *r, const struct layout_piece *piece)
{
	if (!take_ranged(r, piece->item == LAYOUT_ZERO_SECOND, 0, 59, "second", &r->second))
		return false;
	size_t n = fraction_len(r->value);
	if (r->range || n == 0)
		return true;
	enum layout_item next = gotime_layout_next(piece->rest).item;
	return next == LAYOUT_FRACTION_0 || next == LAYOUT_FRACTION_9 || take_fraction(r, n);
}

static bool take_meridiem(struct reading *r, const char *am, const char *pm)
{
	r->pm = r->pm || str_starts(r->value, str_c(pm));
	r->am = r->am || str_starts(r->value, str_c(am));
	if (!str_starts(r->value, str_c(pm)) && !str_starts(r->value, str_c(am)))
		return false;
	advance(r, 2);
	return true;
}

static bool take_offset(struct reading *r, unsigned flags)
{
	int hour = 0, minute = 0, second = 0;
	size_t colon = (flags & OFFSET_COLON) != 0, at = 1;
	if ((flags & OFFSET_Z) && str_starts(r->value, STR("Z"))) {
		advance(r, 1);
		r->has_zone = true;
		return true;
	}
	size_t len = 3 + (flags & OFFSET_MINUTES ? 2 + colon : 0) + (flags & OFFSET_SECONDS ? 2 + colon : 0);
	struct str s = r->value;
	if (s.n < len || !digits_at(s, at, 2, &hour))
		return false;
	at += 2;
	if (flags & OFFSET_MINUTES) {
		if ((colon && s.p[at] != ':') || !digits_at(s, at + colon, 2, &minute))
			return false;
		at += 2 + colon;
	}
	if ((flags & OFFSET_SECONDS) && ((colon && s.p[at] != ':') || !digits_at(s, at + colon, 2, &second)))
		return false;
	/* Limits as loose as what is found in the wild. */
	r->range = hour > 24 ? "time zone offset hour" : minute > 60 ? "time zone offset minute" : second > 60 ? "time zone offset second" : NULL;
	if (s.p[0] != '+' && s.p[0] != '-')
		return false;
	r->offset = ((hour * 60 + minute) * 60 + second) * (s.p[0] == '-' ? -1 : 1);
	r->has_offset = true;
	advance(r, len);
	return true;
}

/* +N or -N up to 23: its length, or 0. */
static size_t signed_hours(struct str s)
{
	int value = 0;
	size_t n = 1;
	if (s.n == 0 || (s.p[0] != '+' && s.p[0] != '-'))
		return 0;
	for (; digit_at(s, n) && value < 1000; n++)
		value = value * 10 + (s.p[n] - '0');
	return n == 1 || value > 23 ? 0 : n;
}

/* Length of a zone's abbreviation, 0 if there is none. */
static size_t abbreviation_len(struct str s)
{
	size_t n = 0;
	if (s.n < 3)
		return 0;
	if (str_starts(s, STR("ChST")) || str_starts(s, STR("MeST")))
		return 4;
	if (str_starts(s, STR("GMT")))
		return 3 + signed_hours(str_slice(s, 3, s.n));
	if (s.p[0] == '+' || s.p[0] == '-')
		return signed_hours(s);
	while (n < 6 && n < s.n && s.p[n] >= 'A' && s.p[n] <= 'Z')
		n++;
	if (n == 3 || (n == 4 && (s.p[3] == 'T' || str_starts(s, STR("WITA")))) || (n == 5 && s.p[4] == 'T'))
		return n;
	return 0;
}

static bool take_zone(struct reading *r)
{
	if (str_starts(r->value, STR("UTC"))) {
		advance(r, 3);
		r->has_zone = true;
		return true;
	}
	size_t n = abbreviation_len(r->value);
	r->zone_name = str_slice(r->value, 0, n);
	advance(r, n);
	return n > 0;
}

static bool take_item(struct reading *r, const struct layout_piece *piece)
{
	int number, *ignored = &number;
	size_t n;
	switch (piece->item) {
	case LAYOUT_YEAR:
		if (!digits_at(r->value, 0, 2, &number))
			return false;
		r->year = number >= 69 ? number + 1900 : number + 2000;
		advance(r, 2);
		return true;
	case LAYOUT_LONG_YEAR:
		if (!digits_at(r->value, 0, 4, &number))
			return false;
		r->year = number;
		advance(r, 4);
		return true;
	case LAYOUT_MONTH:
		return take_name(r, gotime_months, 12, 3, &r->month);
	case LAYOUT_LONG_MONTH:
		return take_name(r, gotime_months, 12, 0, &r->month);
	case LAYOUT_NUM_MONTH:
	case LAYOUT_ZERO_MONTH:
		return take_ranged(r, piece->item == LAYOUT_ZERO_MONTH, 1, 12, "month", &r->month);
	case LAYOUT_WEEKDAY:
		return take_name(r, gotime_weekdays, 7, 3, ignored);
	case LAYOUT_LONG_WEEKDAY:
		return take_name(r, gotime_weekdays, 7, 0, ignored);
	case LAYOUT_UNDER_DAY:
		if (str_starts(r->value, STR(" ")))
			advance(r, 1);
		return take_two(r, false, &r->day);
	case LAYOUT_DAY:
	case LAYOUT_ZERO_DAY:
		return take_two(r, piece->item == LAYOUT_ZERO_DAY, &r->day);
	case LAYOUT_UNDER_YDAY:
	case LAYOUT_ZERO_YDAY:
		return take_year_day(r, piece->item);
	case LAYOUT_HOUR:
		return take_ranged(r, false, 0, 23, "hour", &r->hour);
	case LAYOUT_HOUR12:
	case LAYOUT_ZERO_HOUR12:
		return take_ranged(r, piece->item == LAYOUT_ZERO_HOUR12, 0, 12, "hour", &r->hour);
	case LAYOUT_MINUTE:
	case LAYOUT_ZERO_MINUTE:
		return take_ranged(r, piece->item == LAYOUT_ZERO_MINUTE, 0, 59, "minute", &r->minute);
	case LAYOUT_SECOND:
	case LAYOUT_ZERO_SECOND:
		return take_second(r, piece);
	case LAYOUT_PM:
		return take_meridiem(r, "AM", "PM");
	case LAYOUT_pm:
		return take_meridiem(r, "am", "pm");
	case LAYOUT_ZONE:
		return take_zone(r);
	case LAYOUT_OFFSET:
		return take_offset(r, piece->offset);
	case LAYOUT_FRACTION_0:
		return take_fraction(r, (size_t)piece->digits + 1);
	case LAYOUT_FRACTION_9: /* may be missing */
		n = fraction_len(r->value);
		return n == 0 || take_fraction(r, n);
	case LAYOUT_END:
		break;
	}
	return true;
}

/* Literal text of the layout; a run of spaces takes a run of spaces, or none at the end. */
static bool take_literal(struct reading *r, struct str literal)
{
	const struct str whole = literal;
	while (literal.n > 0) {
		if (literal.p[0] == ' ') {
			if (r->value.n > 0 && r->value.p[0] != ' ')
				return fail_at(r, r->value, whole);
			while (str_starts(literal, STR(" ")))
				literal = str_slice(literal, 1, literal.n);
			while (str_starts(r->value, STR(" ")))
				advance(r, 1);
			continue;
		}
		if (r->value.n == 0 || r->value.p[0] != literal.p[0])
			return fail_at(r, r->value, whole);
		literal = str_slice(literal, 1, literal.n);
		advance(r, 1);
	}
	return true;
}

static bool take_all(struct reading *r)
{
	struct str rest = r->layout;
	for (;;) {
		struct layout_piece piece = gotime_layout_next(rest);
		if (!take_literal(r, piece.literal))
			return false;
		if (piece.item == LAYOUT_END) {
			if (r->value.n > 0)
				return fail_message(r, ": extra text: ", r->value);
			return true;
		}
		struct str before = r->value;
		bool ok = take_item(r, &piece);
		if (r->range) {
			AUTO_BUF message = { 0 };
			buf_addf(&message, ": %s out of range", r->range);
			return fail_message(r, message.p, STR_NONE);
		}
		if (!ok)
			return fail_at(r, before, piece.text);
		rest = piece.rest;
	}
}

/* Month and day from the day of the year, or their defaults; all must agree. */
static bool settle_date(struct reading *r)
{
	if (r->yday >= 0) {
		int month = 1, day = r->yday;
		if (day < 1 || day > 365 + gotime_is_leap(r->year))
			return fail_message(r, ": day-of-year out of range", STR_NONE);
		while (day > gotime_days_in(r->year, month))
			day -= gotime_days_in(r->year, month++);
		if (r->month >= 0 && r->month != month)
			return fail_message(r, ": day-of-year does not match month", STR_NONE);
		if (r->day >= 0 && r->day != day)
			return fail_message(r, ": day-of-year does not match day", STR_NONE);
		r->month = month;
		r->day = day;
	}
	if (r->month < 0)
		r->month = 1;
	if (r->day < 0)
		r->day = 1;
	if (r->day < 1 || r->day > gotime_days_in(r->year, r->month))
		return fail_message(r, ": day out of range", STR_NONE);
	return true;
}

/* The zone that the text names, by offset or abbreviation: `local` if that is meant, else one made for it. */
static struct gotime settle_zone(const struct reading *r, const struct gotime_parts *parts, const struct gotime_parse_options *options,
				 struct arena *a)
{
	const struct gotime_zone *local = options ? options->local : NULL;
	if (r->has_zone)
		return gotime_make(parts, r->nsec, NULL);
	struct gotime t = gotime_make(parts, r->nsec, NULL);
	if (r->has_offset) {
		t.sec -= r->offset;
		struct zone_kind here = gotime_zone_at(local, t.sec);
		bool is_local = here.offset == r->offset && (r->zone_name.n == 0 || str_eq(here.name, r->zone_name));
		t.zone = is_local ? local : gotime_zone_fixed(a, r->zone_name, r->offset);
		return t;
	}
	if (r->zone_name.n > 0) {
		int offset = 0;
		if (gotime_zone_abbreviation(local, r->zone_name, t.sec, &offset)) {
			t.sec -= offset;
			t.zone = local;
			return t;
		}
		int64_t hours;
		if (r->zone_name.n > 3 && str_starts(r->zone_name, STR("GMT")) && str_to_int(str_slice(r->zone_name, 3, r->zone_name.n), &hours))
			offset = (int)hours * 3600; /* shown, but not taken off the clock, as Go has it */
		t.zone = gotime_zone_fixed(a, r->zone_name, offset);
		return t;
	}
	return gotime_make(parts, r->nsec, options ? options->zone : NULL);
}

bool gotime_parse(struct str layout, struct str value, const struct gotime_parse_options *options, struct arena *a, struct gotime *out,
		  struct err *err)
{
	struct reading r = { .layout = layout, .whole = value, .value = value, .err = err, .month = -1, .day = -1, .yday = -1 };
	if (!take_all(&r))
		return false;
	if (r.pm && r.hour < 12)
		r.hour += 12;
	else if (r.am && r.hour == 12)
		r.hour = 0;
	if (!settle_date(&r))
		return false;
	struct gotime_parts parts = { .year = r.year, .month = r.month, .day = r.day, .hour = r.hour, .minute = r.minute, .second = r.second };
	*out = settle_zone(&r, &parts, options, a);
	return true;
}
