/*
 * json.h: JSON to values and back with the rules and the wording of Go's encoding/json, which Helm, Tanka and kubectl all use.
 *
 * Reading accepts exactly what json.Unmarshal into an interface{} accepts: one value with white space around it, no comments, strings
 * with invalid UTF-8 or lone surrogates repaired to U+FFFD, the last of equal keys. Writing prints what json.Marshal and
 * json.MarshalIndent print.
 */
#ifndef DATA_JSON_H
#define DATA_JSON_H

#include "base/buf.h"
#include "data/value.h"

/* The deepest nesting that encoding/json reads ("exceeded max depth"). */
#define JSON_MAX_DEPTH 10000

enum json_numbers {
	JSON_FLOATS, /* every number is VAL_FLOAT, as json.Unmarshal into interface{} has it */
	JSON_INTS,   /* numbers without fraction and exponent that fit int64 are VAL_INT; for our own files and manifests */
};

struct json_read_options {
	struct str file; /* as the user named it: errors then carry file:line:column and the excerpt; empty: message and line:column only */
	enum json_numbers numbers;
};

/*
 * Parses the whole of `text`. Strings without escapes borrow from `text`, which must live as long as the value; everything else is in
 * `a`. NULL options mean none. Errors: ERR_SYNTAX whose message is Go's, e.g. "invalid character 'x' looking for beginning of value" or
 * "unexpected end of JSON input", with the position in err->pos; ERR_LIMIT "exceeded max depth".
 */
MUST_CHECK bool json_parse(struct str text, const struct json_read_options *options, struct arena *a, struct value *out, struct err *err);

/* Parses the first value of `text`, as json.Decoder does with a stream; *used is where it ends. Errors as above, but a text that ends within the value is
 * "unexpected EOF", without a position. */
MUST_CHECK bool json_parse_first(struct str text, const struct json_read_options *options, struct arena *a, struct value *out, size_t *used,
				 struct err *err);

enum json_order { JSON_SORTED, JSON_INSERTED }; /* keys by bytes, as Go prints maps; or as the map has them */
enum json_html { JSON_HTML_ESCAPED, JSON_HTML_PLAIN }; /* whether <, > and & become \u003c, \u003e, \u0026, as Marshal does */

/*
 * Turns what the writers do not know (VAL_OBJECT, or a value with an engine's `type` or `extra`) into a plain value. Returns false with err set to
 * stop the writing; `*v` left as it is means "write it by its kind". A map that is made of a VAL_OBJECT is a struct: its fields are written in the order of the map.
 */
typedef bool value_plain_fn(void *ctx, struct value *v, struct err *err);

struct json_write_options {
	enum json_order order;
	enum json_html html;
	const char *indent; /* per level, as MarshalIndent's; NULL: compact */
	const char *prefix; /* before each line but the first, as MarshalIndent's; NULL: none */
	value_plain_fn *plain; /* NULL: objects print as null */
	void *plain_ctx;
};

/*
 * Adds `v` to `out`, without a newline at the end. NULL options: sorted, escaped, compact, as json.Marshal. Errors: ERR_SYNTAX "json:
 * unsupported value: NaN" (or +Inf, -Inf); ERR_LIMIT for nesting beyond JSON_MAX_DEPTH, which includes maps that hold themselves. On
 * failure `out` is as before.
 */
MUST_CHECK bool json_write(struct value v, const struct json_write_options *options, struct buf *out, struct err *err);
/* One string with its quotes, escaped as json.Marshal does. */
void json_write_str(struct str s, enum json_html html, struct buf *out);
/* A float as encoding/json prints it: 'f', or 'e' below 1e-6 and from 1e21, with e-09 as e-9. `v` must be finite. */
void json_write_float(double v, struct buf *out);

#endif
