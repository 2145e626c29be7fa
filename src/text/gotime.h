/*
 * gotime.h: times, zones, layouts and durations with the results of Go's time package (https://pkg.go.dev/time).
 *
 * A time is seconds and nanoseconds since 1970 UTC together with the zone it is shown in. Zones are read from the system's TZif files
 * (RFC 8536) into an arena; UTC is built in. A duration is a signed number of nanoseconds. Nothing here reads the clock or the environment:
 * the caller passes both.
 */
#ifndef TEXT_GOTIME_H
#define TEXT_GOTIME_H

#include "base/buf.h"
#include "base/err.h"

struct gotime_zone;

struct gotime {
	int64_t sec;
	int32_t nsec; /* 0 to 999,999,999 */
	const struct gotime_zone *zone; /* NULL: UTC */
};

/* Go's zero time, January 1 of year 1, 00:00:00 UTC. */
#define GOTIME_ZERO ((struct gotime){ .sec = -62135596800 })

/* The parts of a time in its zone. */
struct gotime_parts {
	int64_t year;
	int month, day;           /* from 1 */
	int hour, minute, second;
	int weekday;              /* 0: Sunday */
	int yday;                 /* from 1 */
	int offset;               /* seconds east of UTC */
	struct str abbreviation;  /* of the zone; empty where it has none */
};

/* Zones. All live in `a`. */
/* time.LoadLocation: "" and "UTC" are UTC, "Local" is `local`, others are read from the system's zoneinfo. Unknown: ERR_NOT_FOUND with Go's text
 * ("unknown time zone X"). */
MUST_CHECK bool gotime_zone_load(struct arena *a, struct str name, const struct gotime_zone *local, const struct gotime_zone **out, struct err *err);
/* The zone called Local, by Go's rules for the variable TZ: NULL (unset) is /etc/localtime, empty is UTC, else a name or file; what cannot be
 * read is UTC. */
const struct gotime_zone *gotime_zone_local(struct arena *a, const char *tz);
/* A zone of one offset, as time.FixedZone. */
const struct gotime_zone *gotime_zone_fixed(struct arena *a, struct str name, int offset);
/* "UTC", "Local", "Europe/Berlin". */
struct str gotime_zone_name(const struct gotime_zone *zone);

/* Date and clock of the time in its own zone. */
struct gotime_parts gotime_parts(struct gotime t);
/* time.Date: values outside their range are carried over; `zone` says how to read the clock. */
struct gotime gotime_make(const struct gotime_parts *parts, int32_t nsec, const struct gotime_zone *zone);
bool gotime_is_zero(struct gotime t);
int gotime_cmp(struct gotime a, struct gotime b);
struct gotime gotime_add(struct gotime t, int64_t duration);
/* t - u, saturated to the range of durations. */
int64_t gotime_sub(struct gotime t, struct gotime u);
struct gotime gotime_in(struct gotime t, const struct gotime_zone *zone);

/* time.Format by Go's reference layout. */
void gotime_format(struct gotime t, struct str layout, struct buf *out);
/* time.Parse; where the text names no zone it is in `zone` (NULL: UTC), as ParseInLocation. `local` (may be NULL) is the zone that a matching offset or
 * abbreviation selects. Zones made here live in `a`. Errors are ERR_SYNTAX with Go's text (`parsing time "x" as "2006": cannot parse ...`). */
struct gotime_parse_options {
	const struct gotime_zone *zone, *local;
};
MUST_CHECK bool gotime_parse(struct str layout, struct str value, const struct gotime_parse_options *options, struct arena *a,
			     struct gotime *out, struct err *err);
/* Time.String without a monotonic reading: 2006-01-02 15:04:05.999999999 -0700 MST */
void gotime_add_str(struct gotime t, struct buf *out);

#define GOTIME_NANOSECOND ((int64_t)1)
#define GOTIME_MICROSECOND ((int64_t)1000)
#define GOTIME_MILLISECOND ((int64_t)1000000)
#define GOTIME_SECOND ((int64_t)1000000000)
#define GOTIME_MINUTE (60 * GOTIME_SECOND)
#define GOTIME_HOUR (60 * GOTIME_MINUTE)

/* Layouts by name. */
#define GOTIME_RFC3339 "2006-01-02T15:04:05Z07:00"
#define GOTIME_RFC3339_NANO "2006-01-02T15:04:05.999999999Z07:00"
#define GOTIME_RFC1123 "Mon, 02 Jan 2006 15:04:05 MST"

/* Duration.String: "1h2m3.5s", "0s". */
void gotime_duration_add_str(int64_t d, struct buf *out);
/* time.ParseDuration; errors ERR_SYNTAX with Go's text (`time: invalid duration "x"`). */
MUST_CHECK bool gotime_duration_parse(struct str s, int64_t *out, struct err *err);
/* Duration.Round and Truncate to a multiple of m; m <= 0 gives d. */
int64_t gotime_duration_round(int64_t d, int64_t m);
int64_t gotime_duration_truncate(int64_t d, int64_t m);

#endif
