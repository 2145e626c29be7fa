/*
 * gotime_format.c: layouts. A layout is cut into literal text and items, each item being a piece of the reference time
 * (Mon Jan 2 15:04:05 MST 2006) as somebody would write it; the table is ordered so that longer items are found first.
 */
#include "text/gotime_internal.h"

static const struct {
	struct str text;
	enum layout_item item;
	unsigned offset;
} items[] = {
	{ STR_INIT("January"), LAYOUT_LONG_MONTH, 0 },
	{ STR_INIT("Jan"), LAYOUT_MONTH, 0 },
	{ STR_INIT("Monday"), LAYOUT_LONG_WEEKDAY, 0 },
	{ STR_INIT("Mon"), LAYOUT_WEEKDAY, 0 },
	{ STR_INIT("MST"), LAYOUT_ZONE, 0 },
	{ STR_INIT("002"), LAYOUT_ZERO_YDAY, 0 },
	{ STR_INIT("01"), LAYOUT_ZERO_MONTH, 0 },
	{ STR_INIT("02"), LAYOUT_ZERO_DAY, 0 },
	{ STR_INIT("03"), LAYOUT_ZERO_HOUR12, 0 },
	{ STR_INIT("04"), LAYOUT_ZERO_MINUTE, 0 },
	{ STR_INIT("05"), LAYOUT_ZERO_SECOND, 0 },
	{ STR_INIT("06"), LAYOUT_YEAR, 0 },
	{ STR_INIT("15"), LAYOUT_HOUR, 0 },
	{ STR_INIT("1"), LAYOUT_NUM_MONTH, 0 },
	{ STR_INIT("2006"), LAYOUT_LONG_YEAR, 0 },
	{ STR_INIT("2"), LAYOUT_DAY, 0 },
	{ STR_INIT("__2"), LAYOUT_UNDER_YDAY, 0 },
	{ STR_INIT("_2"), LAYOUT_UNDER_DAY, 0 },
	{ STR_INIT("3"), LAYOUT_HOUR12, 0 },
	{ STR_INIT("4"), LAYOUT_MINUTE, 0 },
	{ STR_INIT("5"), LAYOUT_SECOND, 0 },
	{ STR_INIT("PM"), LAYOUT_PM, 0 },
	{ STR_INIT("pm"), LAYOUT_pm, 0 },
	{ STR_INIT("-070000"), LAYOUT_OFFSET, OFFSET_MINUTES | OFFSET_SECONDS },
	{ STR_INIT("-07:00:00"), LAYOUT_OFFSET, OFFSET_MINUTES | OFFSET_SECONDS | OFFSET_COLON },
	{ STR_INIT("-0700"), LAYOUT_OFFSET, OFFSET_MINUTES },
	{ STR_INIT("-07:00"), LAYOUT_OFFSET, OFFSET_MINUTES | OFFSET_COLON },
	{ STR_INIT("-07"), LAYOUT_OFFSET, 0 },
	{ STR_INIT("Z070000"), LAYOUT_OFFSET, OFFSET_Z | OFFSET_MINUTES | OFFSET_SECONDS },
	{ STR_INIT("Z07:00:00"), LAYOUT_OFFSET, OFFSET_Z | OFFSET_MINUTES | OFFSET_SECONDS | OFFSET_COLON },
	{ STR_INIT("Z0700"), LAYOUT_OFFSET, OFFSET_Z | OFFSET_MINUTES },
	{ STR_INIT("Z07:00"), LAYOUT_OFFSET, OFFSET_Z | OFFSET_MINUTES | OFFSET_COLON },
	{ STR_INIT("Z07"), LAYOUT_OFFSET, OFFSET_Z },
};

/* `.000` or `,999` at the start of s: its length, or 0. No further digit may follow. */
static size_t fraction_at(struct str s)
{
	size_t n = 2;
	if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ',') || (s.p[1] != '0' && s.p[1] != '9'))
		return 0;
	while (n < s.n && s.p[n] == s.p[1])
		n++;
	return n < s.n && s.p[n] >= '0' && s.p[n] <= '9' ? 0 : n;
}

/* An abbreviation that goes on in small letters is a word, not an item. */
static bool goes_on(enum layout_item item, struct str rest)
{
	return (item == LAYOUT_MONTH || item == LAYOUT_WEEKDAY) && rest.n > 0 && rest.p[0] >= 'a' && rest.p[0] <= 'z';
}

struct layout_piece gotime_layout_next(struct str layout)
{
	for (size_t at = 0; at < layout.n; at++) {
		struct str s = str_slice(layout, at, layout.n);
		size_t fraction = fraction_at(s);
		if (fraction > 0) {
			return (struct layout_piece){ .literal = str_slice(layout, 0, at),
						      .item = s.p[1] == '0' ? LAYOUT_FRACTION_0 : LAYOUT_FRACTION_9,
						      .text = str_slice(s, 0, fraction),
						      .digits = (int)fraction - 1,
						      .rest = str_slice(s, fraction, s.n) };
		}
		if (str_starts(s, STR("_2006"))) { /* an underscore before a year */
			return (struct layout_piece){ .literal = str_slice(layout, 0, at + 1),
						      .item = LAYOUT_LONG_YEAR,
						      .text = STR("2006"),
						      .rest = str_slice(s, 5, s.n) };
		}
		for (size_t i = 0; i < ARRAY_LEN(items); i++) {
			struct str rest = str_slice(s, items[i].text.n, s.n);
			if (!str_starts(s, items[i].text) || goes_on(items[i].item, rest))
				continue;
			return (struct layout_piece){ .literal = str_slice(layout, 0, at),
						      .item = items[i].item,
						      .text = items[i].text,
						      .offset = items[i].offset,
						      .rest = rest };
		}
	}
	return (struct layout_piece){ .literal = layout, .item = LAYOUT_END, .rest = STR("") };
}

static void add_offset(struct buf *out, const struct layout_piece *piece, int offset)
{
	if ((piece->offset & OFFSET_Z) && offset == 0) {
		buf_add_char(out, 'Z');
		return;
	}
	int minutes = offset / 60, seconds = offset % 60;
	const char *colon = piece->offset & OFFSET_COLON ? ":" : "";
	buf_add_char(out, minutes < 0 ? '-' : '+');
	if (minutes < 0) {
		minutes = -minutes;
		seconds = -seconds;
	}
	buf_addf(out, "%02d", minutes / 60);
	if (piece->offset & OFFSET_MINUTES)
		buf_addf(out, "%s%02d", colon, minutes % 60);
	if (piece->offset & OFFSET_SECONDS)
		buf_addf(out, "%s%02d", colon, seconds < 0 ? -seconds : seconds);
}

static void add_zone(struct buf *out, const struct gotime_parts *p)
{
	if (p->abbreviation.n > 0) {
		buf_add(out, p->abbreviation);
		return;
	}
	int minutes = p->offset / 60;
	buf_addf(out, "%c%02d%02d", minutes < 0 ? '-' : '+', (minutes < 0 ? -minutes : minutes) / 60, (minutes < 0 ? -minutes : minutes) % 60);
}

static void add_nanoseconds(struct buf *out, const struct layout_piece *piece, int32_t nsec)
{
	char digits[10];
	int n = MIN(piece->digits, 9);
	for (int i = 8, rest = nsec; i >= 0; i--, rest /= 10)
		digits[i] = (char)('0' + rest % 10);
	if (piece->item == LAYOUT_FRACTION_9) {
		while (n > 0 && digits[n - 1] == '0')
			n--;
		if (n == 0)
			return;
	}
	buf_add_char(out, piece->text.p[0]);
	buf_add_bytes(out, digits, (size_t)n);
}

static void add_year(struct buf *out, int64_t year, int width)
{
	if (year < 0)
		buf_add_char(out, '-');
	buf_addf(out, "%0*lld", width, (long long)(year < 0 ? -year : year));
}

static void add_item(struct buf *out, const struct layout_piece *piece, const struct gotime_parts *p, int32_t nsec)
{
	int hour12 = p->hour % 12 == 0 ? 12 : p->hour % 12;
	switch (piece->item) {
	case LAYOUT_LONG_MONTH: buf_add_c(out, gotime_months[p->month - 1]); return;
	case LAYOUT_MONTH: buf_add_bytes(out, gotime_months[p->month - 1], 3); return;
	case LAYOUT_NUM_MONTH: buf_addf(out, "%d", p->month); return;
	case LAYOUT_ZERO_MONTH: buf_addf(out, "%02d", p->month); return;
	case LAYOUT_LONG_WEEKDAY: buf_add_c(out, gotime_weekdays[p->weekday]); return;
	case LAYOUT_WEEKDAY: buf_add_bytes(out, gotime_weekdays[p->weekday], 3); return;
	case LAYOUT_DAY: buf_addf(out, "%d", p->day); return;
	case LAYOUT_UNDER_DAY: buf_addf(out, "%2d", p->day); return;
	case LAYOUT_ZERO_DAY: buf_addf(out, "%02d", p->day); return;
	case LAYOUT_UNDER_YDAY: buf_addf(out, "%3d", p->yday); return;
	case LAYOUT_ZERO_YDAY: buf_addf(out, "%03d", p->yday); return;
	case LAYOUT_HOUR: buf_addf(out, "%02d", p->hour); return;
	case LAYOUT_HOUR12: buf_addf(out, "%d", hour12); return;
	case LAYOUT_ZERO_HOUR12: buf_addf(out, "%02d", hour12); return;
	case LAYOUT_MINUTE: buf_addf(out, "%d", p->minute); return;
	case LAYOUT_ZERO_MINUTE: buf_addf(out, "%02d", p->minute); return;
	case LAYOUT_SECOND: buf_addf(out, "%d", p->second); return;
	case LAYOUT_ZERO_SECOND: buf_addf(out, "%02d", p->second); return;
	case LAYOUT_LONG_YEAR: add_year(out, p->year, 4); return;
	case LAYOUT_YEAR: add_year(out, p->year < 0 ? 0 : p->year % 100, 2); return;
	case LAYOUT_PM: buf_add_c(out, p->hour >= 12 ? "PM" : "AM"); return;
	case LAYOUT_pm: buf_add_c(out, p->hour >= 12 ? "pm" : "am"); return;
	case LAYOUT_ZONE: add_zone(out, p); return;
	case LAYOUT_OFFSET: add_offset(out, piece, p->offset); return;
	case LAYOUT_FRACTION_0:
	case LAYOUT_FRACTION_9: add_nanoseconds(out, piece, nsec); return;
	case LAYOUT_END: return;
	}
}

void gotime_format(struct gotime t, struct str layout, struct buf *out)
{
	struct gotime_parts parts = gotime_parts(t);
	for (struct layout_piece piece = { .rest = layout, .item = LAYOUT_DAY }; piece.item != LAYOUT_END;) {
		piece = gotime_layout_next(piece.rest);
		buf_add(out, piece.literal);
		add_item(out, &piece, &parts, t.nsec);
	}
}

void gotime_add_str(struct gotime t, struct buf *out)
{
	gotime_format(t, STR("2006-01-02 15:04:05.999999999 -0700 MST"), out);
}
