/* sprig.c: the list of families, and the conversions that all of them use. */
#include "gotmpl/sprig_util.h"

#include <math.h>

#include "base/num.h"

size_t sprig_tables(struct go_table tables[SPRIG_TABLES_MAX])
{
	const struct go_table all[] = { fn_strings, fn_case,   fn_lists,  fn_list_tests, fn_dicts,  fn_merge, fn_math,   fn_float,
					fn_dates,   fn_encode, fn_crypto, fn_regex,      fn_semver, fn_url,   fn_reflect };
	_Static_assert(ARRAY_LEN(all) <= SPRIG_TABLES_MAX, "room for all tables");
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		tables[i] = all[i];
	return ARRAY_LEN(all);
}

bool give_str(struct str s, struct value *out, struct err *err)
{
	if (s.n > SPRIG_MAX_STRING)
		return err_set(err, ERR_LIMIT, "a string of more than %zu bytes", SPRIG_MAX_STRING);
	*out = value_str(s);
	return true;
}

bool give(struct go_call *call, const struct buf *b, struct value *out, struct err *err)
{
	return give_str(buf_to_arena(b, call->arena), out, err);
}

struct str sprig_strval(const struct go_call *call, struct value v)
{
	if (v.kind == VAL_STR)
		return value_as_str(v);
	AUTO_BUF b = { 0 };
	(void)gofmt_value(&b, call->types, v);
	return buf_to_arena(&b, call->arena);
}

bool items_of(const struct go_call *call, struct value v, struct items *out)
{
	*out = (struct items){ 0 };
	if (v.kind == VAL_LIST) {
		out->list = v.list->p;
		out->n = v.list->n;
		return true;
	}
	if (v.kind != VAL_STR || go_kind_of(call->types, v) != GO_KIND_SLICE)
		return false;
	out->bytes = value_as_str(v);
	out->n = out->bytes.n;
	return true;
}

struct value items_at(const struct items *items, size_t i)
{
	if (items->list)
		return items->list[i];
	return (struct value){ .kind = VAL_INT, .type = GO_UINT8, .i = (unsigned char)items->bytes.p[i] };
}

struct value sprig_strings(const struct go_call *call, struct value v)
{
	struct value out = go_list_new(GO_STRINGS, call->arena);
	struct items items;
	if (v.kind == VAL_NULL)
		return out;
	if (v.kind == VAL_LIST && v.type == GO_STRINGS)
		return v;
	if (!items_of(call, v, &items)) {
		value_list_add(out, value_str(sprig_strval(call, v)), call->arena);
		return out;
	}
	for (size_t i = 0; i < items.n; i++) {
		struct value item = items_at(&items, i);
		if (item.kind != VAL_NULL)
			value_list_add(out, value_str(sprig_strval(call, item)), call->arena);
	}
	return out;
}

int64_t go_float_to_int(double f)
{
	return f >= -0x1p63 && f < 0x1p63 ? (int64_t)f : INT64_MIN;
}

/* "10.00" without its fraction of zeros; any other fraction stays. */
static struct str trim_zero_fraction(struct str s)
{
	size_t n = s.n;
	while (n > 0 && s.p[n - 1] == '0')
		n--;
	return n < s.n && n > 0 && s.p[n - 1] == '.' ? str_slice(s, 0, n - 1) : s;
}

/* cast knows types by name: months and weekdays, but not time.Duration. */
static bool is_int(struct value v)
{
	return v.type != GO_DURATION && v.type < GO_NAMED;
}

static bool digit(char c, bool hex)
{
	return (c >= '0' && c <= '9') || (hex && (c | 32) >= 'a' && (c | 32) <= 'f');
}

/* num_parse_float, and with underscores between digits and behind 0x, as Go's literals have them. */
static bool parse_float(const struct go_call *call, struct str s, double *out)
{
	if (num_parse_float(s, out))
		return true;
	if (str_find_char(s, '_') == STR_NPOS)
		return false;
	char *p = arena_alloc(call->arena, s.n);
	size_t n = 0;
	bool hex = str_contains(s, STR("0x")) || str_contains(s, STR("0X"));
	for (size_t i = 0; i < s.n; i++) {
		bool behind = i > 0 && (digit(s.p[i - 1], hex) || (s.p[i - 1] | 32) == 'x');
		if (s.p[i] == '_' && !(behind && i + 1 < s.n && digit(s.p[i + 1], hex)))
			return false;
		if (s.p[i] != '_')
			p[n++] = s.p[i];
	}
	return num_parse_float((struct str){ p, n }, out);
}

int64_t cast_int64(const struct go_call *call UNUSED, struct value v)
{
	int64_t i = 0;
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL:
		return v.b;
	case VAL_INT:
		return is_int(v) ? v.i : 0;
	case VAL_FLOAT:
		return go_float_to_int(v.f);
	case VAL_STR:
		return v.type == GO_STRING && num_parse_int(trim_zero_fraction(value_as_str(v)), 0, &i) ? i : 0;
	default:
		return 0;
	}
}

double cast_float64(const struct go_call *call, struct value v)
{
	double f = 0;
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL:
		return v.b;
	case VAL_INT:
		if (!is_int(v))
			return 0;
		return v.type == GO_UINT64 || v.type == GO_UINT ? (double)(uint64_t)v.i : (double)v.i;
	case VAL_FLOAT:
		return v.f;
	case VAL_STR:
		return v.type == GO_STRING && parse_float(call, value_as_str(v), &f) ? f : 0;
	default:
		return 0;
	}
}
