/* sprig_util.h: what the families of sprig's functions share; only for src/gotmpl/fn_*.c and sprig.c. */
#ifndef GOTMPL_SPRIG_UTIL_H
#define GOTMPL_SPRIG_UTIL_H

#include "gotmpl/gofmt.h"
#include "gotmpl/sprig.h"

/* Lists that functions make of numbers alone (until, seq, repeat) are no longer than this, where Go would take all memory. */
#define SPRIG_MAX_ITEMS ((int64_t)10000000)
/* The longest string that a function makes of shorter ones (repeat, indent, replace). */
#define SPRIG_MAX_STRING ((size_t)256 << 20)
/* Values nested deeper are not copied or merged: a map can hold itself. */
#define SPRIG_MAX_DEPTH 1000

#define NIL_DEREFERENCE "runtime error: invalid memory address or nil pointer dereference"

static inline struct str arg_str(const struct go_call *call, size_t i)
{
	return value_as_str(call->argv[i]);
}
static inline bool fail(struct err *err, const char *message)
{
	return err_set(err, ERR_FAILED, "%s", message);
}
static inline struct value any_nil(void)
{
	return (struct value){ .kind = VAL_NULL, .extra = GO_IFACE };
}
static inline bool is_bytes(struct value v)
{
	return v.kind == VAL_STR && v.type == GO_BYTES;
}

/* The bytes as a string of the call's arena; more than SPRIG_MAX_STRING is ERR_LIMIT. */
MUST_CHECK bool give(struct go_call *call, const struct buf *b, struct value *out, struct err *err);
MUST_CHECK bool give_str(struct str s, struct value *out, struct err *err);
/* sprig's strval: a string or []byte as it is, an error's or Stringer's text, else %v. */
struct str sprig_strval(const struct go_call *call, struct value v);
/* sprig's strslice: a []string itself; else a new one of the elements that are not nil, or of the one value. */
struct value sprig_strings(const struct go_call *call, struct value v);
/* sprig's empty. */
static inline bool sprig_empty(struct value v)
{
	return v.kind == VAL_NULL || !go_truth(v);
}

/* spf13/cast: what cannot be converted is 0. */
int64_t cast_int64(const struct go_call *call, struct value v);
double cast_float64(const struct go_call *call, struct value v);
/* Go's conversion on amd64: what does not fit is the smallest int64. */
int64_t go_float_to_int(double f);

/* A slice of any type, bytes included. */
struct items {
	const struct value *list; /* NULL: of bytes */
	struct str bytes;
	size_t n;
};
/* False where v is no slice. A nil interface is false too. */
bool items_of(const struct go_call *call, struct value v, struct items *out);
struct value items_at(const struct items *items, size_t i);

/* The families. */
extern const struct go_table fn_strings, fn_case, fn_lists, fn_list_tests, fn_dicts, fn_merge, fn_math, fn_float, fn_dates, fn_encode, fn_crypto, fn_regex,
	fn_semver, fn_url, fn_reflect;

/* A certificate as genCA and its kin give it; its texts are borrowed. And back: NULL where v is none. */
struct value sprig_cert(struct go_pair pair, struct arena *a);
const struct go_pair *sprig_cert_pair(struct value v);

#endif
