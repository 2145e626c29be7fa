/*
 * report.h: an error of a step as the user sees it (design: what, where, and the way out).
 *
 *	error: release 'redis': …
 *	  environments/local/values/redis.yaml:3:1
 *	  foo: [
 *	       ^
 *	hint: …
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/buf.h"
#include "base/err.h"

struct report_style {
	bool color;
};

/* Adds the error as above, with its excerpt where it has one. */
void report_err(const struct err *err, const struct report_style *style, struct buf *out);

#endif
