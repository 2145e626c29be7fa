/*
 * gotime_zone.c: time zones from TZif files (RFC 8536), version 2 and up with 64-bit times, and the rule in their footer that says how it
 * goes on after the last change.
 */
#include "text/gotime_internal.h"

#include <string.h>

#include "base/fs.h"

#define TZIF_MAX ((size_t)1 << 20) /* the largest zone is a few KiB */

static const struct zone_kind utc_kind = { .name = STR_INIT("UTC") };
static const struct gotime_zone utc_zone = { .name = STR_INIT("UTC"), .kinds = &utc_kind, .kind_count = 1 };

/* ---- The rule in the footer: std offset dst [offset] , start , end (POSIX, 8.3) ---- */

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_slice(*s, 1, s->n);
	return true;
}

static bool take_name(struct str *s, struct str *name)
{
	size_t n = 0;
	if (take_char(s, '<')) {
		n = str_find_char(*s, '>');
		if (n == STR_NPOS)
			return false;
		*name = str_slice(*s, 0, n);
		*s = str_slice(*s, n + 1, s->n);
		return true;
	}
	while (n < s->n && ((s->p[n] | 32) >= 'a' && (s->p[n] | 32) <= 'z'))
		n++;
	*name = str_slice(*s, 0, n);
	*s = str_slice(*s, n, s->n);
	return n >= 3;
}

static bool take_int(struct str *s, int max, int *out)
{
	int value = 0;
	size_t n = 0;
	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9' && value <= max; n++)
		value = value * 10 + (s->p[n] - '0');
	*s = str_slice(*s, n, s->n);
	*out = value;
	return n > 0 && value <= max;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_clock(struct str *s, int *out)
{
	int hour, minute = 0, second = 0;
	bool negative = take_char(s, '-');
	if (!negative)
		(void)take_char(s, '+');
	if (!take_int(s, 24 * 7, &hour) || (take_char(s, ':') && (!take_int(s, 59, &minute) || (take_char(s, ':') && !take_int(s, 59, &second)))))
		return false;
	*out = (hour * 60 + minute) * 60 + second;
	if (negative)
		*out = -*out;
	return true;
}

/* When in a year: Mm.w.d, Jn or n, with a time of day. */
struct rule_day {
	char kind; /* 'M', 'J', or 'N' for plain n */
	int day, week, month, time;
};

static bool take_rule_day(struct str *s, struct rule_day *out)
{
	*out = (struct rule_day){ .kind = 'N', .time = 2 * 3600 };
	if (take_char(s, 'M')) {
		out->kind = 'M';
		if (!take_int(s, 12, &out->month) || out->month < 1 || !take_char(s, '.') || !take_int(s, 5, &out->week) || out->week < 1 ||
		    !take_char(s, '.') || !take_int(s, 6, &out->day))
			return false;
	} else {
		if (take_char(s, 'J'))
			out->kind = 'J';
		if (!take_int(s, 365, &out->day))
			return false;
	}
	return !take_char(s, '/') || take_clock(s, &out->time);
}

/* Seconds of the year, in UTC, at which the rule strikes. */
static int64_t rule_seconds(int64_t year, const struct rule_day *r, int offset)
{
	int64_t day = r->day;
	if (r->kind == 'J') {
		day = r->day - 1 + (gotime_is_leap(year) && r->day >= 60);
	} else if (r->kind == 'M') {
		int64_t first = gotime_days(year, r->month, 1);
		int weekday = (int)(((first + 4) % 7 + 7) % 7), of_month = (r->day - weekday + 7) % 7 + (r->week - 1) * 7;
		if (of_month >= gotime_days_in(year, r->month))
			of_month -= 7;
		day = first + of_month - gotime_days(year, 1, 1);
	}
	return day * 86400 + r->time - offset;
}

static bool rule_at(struct str rule, int64_t sec, struct zone_kind *out)
{
	struct zone_kind standard = { 0 }, summer = { .is_dst = true };
	struct rule_day start, end;
	if (!take_name(&rule, &standard.name) || !take_clock(&rule, &standard.offset))
		return false;
	standard.offset = -standard.offset;
	*out = standard;
	if (rule.n == 0 || rule.p[0] == ',')
		return true;
	if (!take_name(&rule, &summer.name))
		return false;
	summer.offset = standard.offset + 3600;
	if (rule.n > 0 && rule.p[0] != ',') {
		if (!take_clock(&rule, &summer.offset))
			return false;
		summer.offset = -summer.offset;
	}
	if (rule.n == 0)
		rule = STR(",M3.2.0,M11.1.0");
	if (!take_char(&rule, ',') || !take_rule_day(&rule, &start) || !take_char(&rule, ',') || !take_rule_day(&rule, &end) || rule.n > 0)
		return false;
	struct gotime_parts parts = gotime_parts((struct gotime){ .sec = sec });
	int64_t of_year = sec - gotime_days(parts.year, 1, 1) * 86400;
	int64_t from = rule_seconds(parts.year, &start, standard.offset), to = rule_seconds(parts.year, &end, summer.offset);
	/* South of the equator summer spans the new year. */
	bool in_summer = from <= to ? of_year >= from && of_year < to : !(of_year >= to && of_year < from);
	*out = in_summer ? summer : standard;
	return true;
}

/* ---- Look-up ---- */

/* What held before the first change: the first kind if no change leads to it, else the standard time before a change to summer, else any. */
static size_t first_kind(const struct gotime_zone *zone)
{
	bool used = false;
	for (size_t i = 0; i < zone->change_count; i++)
		used = used || zone->changes[i].kind == 0;
	if (!used)
		return 0;
	if (zone->change_count > 0 && zone->kinds[zone->changes[0].kind].is_dst) {
		for (size_t i = zone->changes[0].kind; i > 0; i--)
			if (!zone->kinds[i - 1].is_dst)
				return i - 1;
	}
	for (size_t i = 0; i < zone->kind_count; i++)
		if (!zone->kinds[i].is_dst)
			return i;
	return 0;
}

struct zone_kind gotime_zone_at(const struct gotime_zone *zone, int64_t sec)
{
	if (zone == NULL)
		return utc_kind;
	size_t lo = 0, hi = zone->change_count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (zone->changes[mid].when <= sec)
			lo = mid + 1;
		else
			hi = mid;
	}
	struct zone_kind kind;
	if (lo == zone->change_count && zone->rule.n > 0 && rule_at(zone->rule, sec, &kind))
		return kind;
	return zone->kinds[lo > 0 ? zone->changes[lo - 1].kind : first_kind(zone)];
}

bool gotime_zone_abbreviation(const struct gotime_zone *zone, struct str name, int64_t unix_sec, int *offset)
{
	zone = zone ? zone : &utc_zone;
	for (size_t i = 0; i < zone->kind_count; i++) {
		struct zone_kind at = gotime_zone_at(zone, unix_sec - zone->kinds[i].offset);
		if (str_eq(zone->kinds[i].name, name) && str_eq(at.name, name)) {
			*offset = at.offset;
			return true;
		}
	}
	for (size_t i = 0; i < zone->kind_count; i++) {
		if (str_eq(zone->kinds[i].name, name)) {
			*offset = zone->kinds[i].offset;
			return true;
		}
	}
	return false;
}

/* ---- Reading ---- */

static uint64_t big_endian(struct str s, size_t at, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)s.p[at + i];
	return v;
}

/* Counts of a header, in the file's order. */
enum { COUNT_UTC, COUNT_STD, COUNT_LEAP, COUNT_CHANGES, COUNT_KINDS, COUNT_CHARS, COUNTS };
#define HEADER_LEN 44

static bool read_header(struct str s, size_t counts[COUNTS], size_t time_len, size_t *body)
{
	if (s.n < HEADER_LEN || !str_starts(s, STR("TZif")))
		return false;
	for (size_t i = 0; i < COUNTS; i++)
		counts[i] = (size_t)big_endian(s, 20 + i * 4, 4);
	size_t n = 0;
	for (size_t i = 0; i < COUNTS; i++)
		if (counts[i] > TZIF_MAX)
			return false;
	n = counts[COUNT_CHANGES] * (time_len + 1) + counts[COUNT_KINDS] * 6 + counts[COUNT_CHARS] + counts[COUNT_LEAP] * (time_len + 4) +
	    counts[COUNT_STD] + counts[COUNT_UTC];
	*body = n;
	return s.n - HEADER_LEN >= n;
}

static bool read_kinds(struct str s, size_t at, const size_t counts[COUNTS], struct zone_kind *kinds)
{
	struct str names = str_slice(s, at + counts[COUNT_KINDS] * 6, at + counts[COUNT_KINDS] * 6 + counts[COUNT_CHARS]);
	for (size_t i = 0; i < counts[COUNT_KINDS]; i++, at += 6) {
		size_t name = (unsigned char)s.p[at + 5];
		if (name >= names.n)
			return false;
		struct str rest = str_slice(names, name, names.n);
		size_t end = str_find_char(rest, '\0');
		kinds[i] = (struct zone_kind){ .offset = (int32_t)(uint32_t)big_endian(s, at, 4),
					       .is_dst = s.p[at + 4] != 0,
					       .name = str_slice(rest, 0, end == STR_NPOS ? rest.n : end) };
	}
	return counts[COUNT_KINDS] > 0;
}

/* The zone in the bytes of a file, which must live as long as `a`; NULL where they are none. */
static const struct gotime_zone *read_zone(struct arena *a, struct str name, struct str s)
{
	size_t counts[COUNTS], body, time_len = 4;
	if (!read_header(s, counts, 4, &body))
		return NULL;
	if (s.p[4] >= '2') { /* the second, 64-bit form follows */
		time_len = 8;
		s = str_slice(s, HEADER_LEN + body, s.n);
		if (!read_header(s, counts, 8, &body))
			return NULL;
	}
	size_t n = counts[COUNT_CHANGES], at = HEADER_LEN;
	struct zone_change *changes = arena_array(a, struct zone_change, n);
	struct zone_kind *kinds = arena_array(a, struct zone_kind, counts[COUNT_KINDS]);
	if (!read_kinds(s, at + n * (time_len + 1), counts, kinds))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		uint64_t when = big_endian(s, at + i * time_len, time_len);
		changes[i].when = time_len == 8 ? (int64_t)when : (int32_t)(uint32_t)when;
		changes[i].kind = (uint8_t)s.p[at + n * time_len + i];
		if (changes[i].kind >= counts[COUNT_KINDS])
			return NULL;
	}
	struct str footer = str_slice(s, HEADER_LEN + body, s.n);
	struct gotime_zone *zone = arena_new(a, struct gotime_zone);
	*zone = (struct gotime_zone){ .name = arena_str(a, name), .kinds = kinds, .kind_count = counts[COUNT_KINDS], .changes = changes, .change_count = n };
	if (time_len == 8 && footer.n > 2 && footer.p[0] == '\n' && footer.p[footer.n - 1] == '\n')
		zone->rule = str_slice(footer, 1, footer.n - 1);
	return zone;
}

static const struct gotime_zone *load_file(struct arena *a, struct str name, struct str path, struct err *err)
{
	struct str bytes;
	if (!fs_read(path, TZIF_MAX, a, &bytes, err))
		return NULL;
	const struct gotime_zone *zone = read_zone(a, name, bytes);
	if (zone == NULL)
		err_set(err, ERR_SYNTAX, "malformed time zone information");
	return zone;
}

/* Where zones are looked for, as Go does on Unix. */
static const char *const zone_dirs[] = { "/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/", "/usr/lib/locale/TZ/", "/etc/zoneinfo/" };

static bool load_named(struct arena *a, struct str name, const struct gotime_zone **out, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(zone_dirs); i++) {
		struct str path = arena_concat(a, str_c(zone_dirs[i]), name);
		AUTO_ERR inner = { 0 };
		if (!fs_exists(path))
			continue;
		if (fs_is_dir(path))
			return err_set(err, ERR_NOT_FOUND, "is a directory");
		const struct gotime_zone *zone = load_file(a, name, path, &inner);
		if (zone) {
			*out = zone;
			return true;
		}
		return err_set(err, inner.kind, "%s", inner.message);
	}
	return err_set(err, ERR_NOT_FOUND, "unknown time zone %.*s", STR_ARG(name));
}

/* `..` as an element or a leading slash or backslash is no name of a zone. */
static bool is_location_name(struct str name)
{
	struct str rest = name, element;
	if (name.p[0] == '/' || name.p[0] == '\\')
		return false;
	while (str_next(&rest, '/', &element))
		if (str_eq(element, STR("..")))
			return false;
	return true;
}

bool gotime_zone_load(struct arena *a, struct str name, const struct gotime_zone *local, const struct gotime_zone **out, struct err *err)
{
	if (name.n == 0 || str_eq(name, STR("UTC"))) {
		*out = &utc_zone;
		return true;
	}
	if (str_eq(name, STR("Local"))) {
		*out = local ? local : &utc_zone;
		return true;
	}
	if (!is_location_name(name) || memchr(name.p, '\0', name.n))
		return err_set(err, ERR_SYNTAX, "time: invalid location name");
	return load_named(a, name, out, err);
}

const struct gotime_zone *gotime_zone_local(struct arena *a, const char *tz)
{
	AUTO_ERR err = { 0 };
	const struct gotime_zone *zone = NULL;
	struct str name = str_c(tz);
	if (tz == NULL) {
		zone = load_file(a, STR("Local"), STR("/etc/localtime"), &err);
		return zone ? zone : &utc_zone;
	}
	name = str_drop_prefix(name, STR(":"));
	if (str_starts(name, STR("/")))
		zone = load_file(a, str_eq(name, STR("/etc/localtime")) ? STR("Local") : name, name, &err);
	else if (name.n > 0 && !str_eq(name, STR("UTC")) && !load_named(a, name, &zone, &err))
		zone = NULL;
	return zone ? zone : &utc_zone;
}

const struct gotime_zone *gotime_zone_fixed(struct arena *a, struct str name, int offset)
{
	struct zone_kind *kind = arena_new(a, struct zone_kind);
	struct gotime_zone *zone = arena_new(a, struct gotime_zone);
	name = arena_str(a, name);
	*kind = (struct zone_kind){ .offset = offset, .name = name };
	*zone = (struct gotime_zone){ .name = name, .kinds = kind, .kind_count = 1 };
	return zone;
}

struct str gotime_zone_name(const struct gotime_zone *zone)
{
	return zone ? zone->name : STR("UTC");
}
