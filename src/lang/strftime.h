/*
 * strftime.h: times by the format language of Rust's chrono (https://docs.rs/chrono/latest/chrono/format/strftime/), English names, which
 * datetime(), --timestamp-format and [timestamp] take.
 */
#ifndef LANG_STRFTIME_H
#define LANG_STRFTIME_H

#include <time.h>

#include "base/buf.h"

enum strftime_zone { STRFTIME_LOCAL, STRFTIME_UTC };
enum strftime_result {
	STRFTIME_OK,
	STRFTIME_BAD_FORMAT,  /* a specifier that does not exist */
	STRFTIME_UNPRINTABLE, /* one that only reads */
};

/* Adds the time to `out`; what was added before a failure stays. */
enum strftime_result lang_strftime(struct buf *out, struct str format, const struct timespec *when, enum strftime_zone zone);

#endif
