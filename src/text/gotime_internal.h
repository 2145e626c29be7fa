/* gotime_internal.h: what the parts of gotime share; only for src/text/gotime*.c. */
#ifndef TEXT_GOTIME_INTERNAL_H
#define TEXT_GOTIME_INTERNAL_H

#include "text/gotime.h"

struct zone_kind {
	int32_t offset;
	bool is_dst;
	struct str name;
};

struct zone_change {
	int64_t when; /* from this second on */
	uint8_t kind;
};

struct gotime_zone {
	struct str name;
	const struct zone_kind *kinds;
	size_t kind_count;
	const struct zone_change *changes; /* ascending */
	size_t change_count;
	struct str rule; /* POSIX TZ string for what comes after the last change; may be empty */
};

/* What holds at that second. */
struct zone_kind gotime_zone_at(const struct gotime_zone *zone, int64_t sec);
/* The offset that an abbreviation means at the second `unix` of its own clock. */
bool gotime_zone_abbreviation(const struct gotime_zone *zone, struct str name, int64_t unix_sec, int *offset);

/* Days since 1970-01-01 of a date; month from 1. */
int64_t gotime_days(int64_t year, int month, int day);
bool gotime_is_leap(int64_t year);
int gotime_days_in(int64_t year, int month);

/* The pieces of a layout. */
enum layout_item {
	LAYOUT_END, LAYOUT_LONG_MONTH, LAYOUT_MONTH, LAYOUT_NUM_MONTH, LAYOUT_ZERO_MONTH, LAYOUT_LONG_WEEKDAY, LAYOUT_WEEKDAY, LAYOUT_DAY,
	LAYOUT_UNDER_DAY, LAYOUT_ZERO_DAY, LAYOUT_UNDER_YDAY, LAYOUT_ZERO_YDAY, LAYOUT_HOUR, LAYOUT_HOUR12, LAYOUT_ZERO_HOUR12, LAYOUT_MINUTE,
	LAYOUT_ZERO_MINUTE, LAYOUT_SECOND, LAYOUT_ZERO_SECOND, LAYOUT_LONG_YEAR, LAYOUT_YEAR, LAYOUT_PM, LAYOUT_pm, LAYOUT_ZONE, LAYOUT_OFFSET,
	LAYOUT_FRACTION_0, LAYOUT_FRACTION_9,
};
/* How an offset is written. */
enum offset_flag { OFFSET_Z = 1, OFFSET_COLON = 2, OFFSET_MINUTES = 4, OFFSET_SECONDS = 8 };
struct layout_piece {
	struct str literal; /* before the item */
	enum layout_item item;
	struct str text; /* the item as written */
	unsigned offset; /* enum offset_flag */
	int digits;      /* of a fraction */
	struct str rest;
};
struct layout_piece gotime_layout_next(struct str layout);

/* Go's quoting in errors of package time: control characters and all beyond ASCII as \xNN. */
void gotime_add_quoted(struct buf *out, struct str s);

extern const char *const gotime_months[12], *const gotime_weekdays[7];

#endif
