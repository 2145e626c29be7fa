/* json_schema_format.h: the checks of formats that are found by name in json_schema_format.c. Each writes its reason to `why` and returns false. */
#ifndef VALIDATE_JSON_SCHEMA_FORMAT_H
#define VALIDATE_JSON_SCHEMA_FORMAT_H

#include "base/buf.h"

bool js_format_hostname(struct str s, struct buf *why);
bool js_format_email(struct str s, struct buf *why);
bool js_format_ipv4(struct str s, struct buf *why);
bool js_format_ipv6(struct str s, struct buf *why);
bool js_format_uri(struct str s, struct buf *why);
bool js_format_uri_reference(struct str s, struct buf *why);

bool js_format_date(struct str s, struct buf *why);
bool js_format_time(struct str s, struct buf *why);
bool js_format_date_time(struct str s, struct buf *why);
bool js_format_duration(struct str s, struct buf *why);
bool js_format_period(struct str s, struct buf *why);

/* Adds the reason and returns false. */
bool js_because(struct buf *why, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* strconv.Quote of s, for reasons that Go's packages give. */
void js_add_go_quoted(struct buf *out, struct str s);
bool js_is_digit(char c);

#endif
