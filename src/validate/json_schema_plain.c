/*
 * Most schemas in charts are well formed and use a few dozen keywords. Whether one is, this file decides by a table, so that the metaschema need
 * not be compiled and run. It only ever says yes where the metaschemas of all drafts would; anything else is theirs to judge and to word.
 */
#include "validate/json_schema_internal.h"

enum { MAX_DEPTH = 200, MAX_UNIQUE = 100 };

static bool is_plain(struct value v, enum js_draft draft, int depth);

/* `depth` is that of the schema which the keyword is in. */
typedef bool shape(struct value v, enum js_draft draft, int depth);

static bool any(struct value v, enum js_draft draft, int depth)
{
	return true;
}

static bool never(struct value v, enum js_draft draft, int depth)
{
	return false;
}

static bool text(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_STR;
}

static bool truth(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_BOOL;
}

static bool number(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_INT || v.kind == VAL_FLOAT;
}

static bool number_not_4(struct value v, enum js_draft draft, int depth)
{
	return draft > JS_4 && number(v, draft, depth);
}

static bool positive(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_INT ? v.i > 0 : v.kind == VAL_FLOAT && v.f > 0;
}

static bool count(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_INT && v.i >= 0;
}

/* A reference that needs no parser: no escapes, blanks or brackets. */
static bool simple_url(struct value v, enum js_draft draft, int depth)
{
	if (v.kind != VAL_STR)
		return false;
	struct str s = value_as_str(v);
	size_t i = 0;
	for (; i < s.n; i++) {
		char c = s.p[i], low = c | 0x20;
		if ((low < 'a' || low > 'z') && (c < '0' || c > '9') && str_find_char(STR("#/._-$"), c) == STR_NPOS)
			break;
	}
	if (i == s.n)
		return true;
	struct str rest = str_drop_prefix(str_drop_prefix(s, STR("https:")), STR("http:"));
	return rest.n < s.n && str_starts(rest, STR("//")) && simple_url(value_str(rest), draft, depth);
}

static bool draft_url(struct value v, enum js_draft draft, int depth)
{
	return simple_url(v, draft, depth) && str_starts(value_as_str(v), STR("http"));
}

static bool own_url(struct value v, enum js_draft draft, int depth)
{
	return simple_url(v, draft, depth) && str_find_char(value_as_str(v), '#') == STR_NPOS;
}

static bool schema(struct value v, enum js_draft draft, int depth)
{
	return is_plain(v, draft, depth + 1);
}

/* Draft 4 knows true and false in two places only. */
static bool schema_or_truth(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_BOOL || schema(v, draft, depth);
}

/* A regular expression, also where nothing leads to it and so nobody would compile it. */
static bool expression(struct value v, enum js_draft draft UNUSED, int depth UNUSED)
{
	struct arena scratch = { 0 };
	const struct regex *ignored;
	AUTO_ERR err = { 0 };
	bool ok = v.kind == VAL_STR && regex_compile(&scratch, value_as_str(v), 0, &ignored, &err);
	arena_deinit(&scratch);
	return ok;
}

static bool schemas(struct value v, enum js_draft draft, int depth)
{
	if (v.kind != VAL_LIST || value_list_len(v) == 0)
		return false;
	for (size_t i = 0; i < value_list_len(v); i++)
		if (!schema(v.list->p[i], draft, depth))
			return false;
	return true;
}

static bool items(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_LIST ? draft <= JS_2019 && schemas(v, draft, depth) : schema(v, draft, depth);
}

static bool named_schemas(struct value v, enum js_draft draft, int depth)
{
	if (v.kind != VAL_MAP)
		return false;
	for (size_t i = 0; i < value_map_len(v); i++)
		if (!schema(*value_map_at(v, i), draft, depth))
			return false;
	return true;
}

static bool schemas_by_pattern(struct value v, enum js_draft draft, int depth)
{
	for (size_t i = 0; v.kind == VAL_MAP && i < value_map_len(v); i++)
		if (!expression(value_str(map_key(v.map, i)), draft, depth))
			return false;
	return named_schemas(v, draft, depth);
}

/* A list with something in it and nothing twice. */
static bool unique_list(struct value v, enum js_draft draft, int depth)
{
	if (v.kind != VAL_LIST || value_list_len(v) == 0 || value_list_len(v) > MAX_UNIQUE)
		return false;
	for (size_t i = 0; i < value_list_len(v); i++)
		for (size_t k = 0; k < i; k++)
			if (js_equal(v.list->p[i], v.list->p[k]))
				return false;
	return true;
}

static bool required(struct value v, enum js_draft draft, int depth)
{
	if (v.kind == VAL_LIST && value_list_len(v) == 0)
		return draft > JS_4;
	if (!unique_list(v, draft, depth))
		return false;
	for (size_t i = 0; i < value_list_len(v); i++)
		if (v.list->p[i].kind != VAL_STR)
			return false;
	return true;
}

static bool type_name(struct value v)
{
	for (size_t i = 0; i < ARRAY_LEN(js_type_names) && v.kind == VAL_STR; i++)
		if (str_eq_c(value_as_str(v), js_type_names[i]))
			return true;
	return false;
}

static bool type(struct value v, enum js_draft draft, int depth)
{
	if (v.kind == VAL_STR)
		return type_name(v);
	if (!unique_list(v, draft, depth))
		return false;
	for (size_t i = 0; i < value_list_len(v); i++)
		if (!type_name(v.list->p[i]))
			return false;
	return true;
}

static bool list(struct value v, enum js_draft draft, int depth)
{
	return v.kind == VAL_LIST;
}

static const struct {
	struct str name;
	shape *fits;
} keywords[] = {
	{ STR_INIT("type"), type },
	{ STR_INIT("properties"), named_schemas },
	{ STR_INIT("description"), text },
	{ STR_INIT("title"), text },
	{ STR_INIT("default"), any },
	{ STR_INIT("items"), items },
	{ STR_INIT("required"), required },
	{ STR_INIT("additionalProperties"), schema_or_truth },
	{ STR_INIT("additionalItems"), schema_or_truth },
	{ STR_INIT("$ref"), simple_url },
	{ STR_INIT("$schema"), draft_url },
	{ STR_INIT("$id"), own_url },
	{ STR_INIT("$comment"), text },
	{ STR_INIT("enum"), unique_list },
	{ STR_INIT("const"), any },
	{ STR_INIT("format"), text },
	{ STR_INIT("pattern"), expression },
	{ STR_INIT("minimum"), number },
	{ STR_INIT("maximum"), number },
	{ STR_INIT("exclusiveMinimum"), number_not_4 },
	{ STR_INIT("exclusiveMaximum"), number_not_4 },
	{ STR_INIT("multipleOf"), positive },
	{ STR_INIT("minLength"), count },
	{ STR_INIT("maxLength"), count },
	{ STR_INIT("minItems"), count },
	{ STR_INIT("maxItems"), count },
	{ STR_INIT("minContains"), count },
	{ STR_INIT("maxContains"), count },
	{ STR_INIT("minProperties"), count },
	{ STR_INIT("maxProperties"), count },
	{ STR_INIT("uniqueItems"), truth },
	{ STR_INIT("readOnly"), truth },
	{ STR_INIT("writeOnly"), truth },
	{ STR_INIT("deprecated"), truth },
	{ STR_INIT("examples"), list },
	{ STR_INIT("$defs"), named_schemas },
	{ STR_INIT("definitions"), named_schemas },
	{ STR_INIT("patternProperties"), schemas_by_pattern },
	{ STR_INIT("dependentSchemas"), named_schemas },
	{ STR_INIT("prefixItems"), schemas },
	{ STR_INIT("allOf"), schemas },
	{ STR_INIT("anyOf"), schemas },
	{ STR_INIT("oneOf"), schemas },
	{ STR_INIT("not"), schema },
	{ STR_INIT("if"), schema },
	{ STR_INIT("then"), schema },
	{ STR_INIT("else"), schema },
	{ STR_INIT("contains"), schema },
	{ STR_INIT("propertyNames"), schema },
	{ STR_INIT("unevaluatedItems"), schema },
	{ STR_INIT("unevaluatedProperties"), schema },
	{ STR_INIT("contentEncoding"), text },
	{ STR_INIT("contentMediaType"), text },
	{ STR_INIT("contentSchema"), schema },
	{ STR_INIT("id"), never },
	{ STR_INIT("dependencies"), never },
	{ STR_INIT("dependentRequired"), never },
	{ STR_INIT("$anchor"), never },
	{ STR_INIT("$dynamicAnchor"), never },
	{ STR_INIT("$dynamicRef"), never },
	{ STR_INIT("$recursiveAnchor"), never },
	{ STR_INIT("$recursiveRef"), never },
	{ STR_INIT("$vocabulary"), never },
};

static bool is_plain(struct value v, enum js_draft draft, int depth)
{
	if (v.kind == VAL_BOOL)
		return draft > JS_4;
	if (v.kind != VAL_MAP || depth > MAX_DEPTH)
		return false;
	for (size_t i = 0; i < value_map_len(v); i++) {
		struct str name = map_key(v.map, i);
		size_t k = 0;
		/* Most differ in length or the first byte. */
		while (k < ARRAY_LEN(keywords) && !(keywords[k].name.n == name.n && keywords[k].name.p[0] == name.p[0] && str_eq(keywords[k].name, name)))
			k++;
		if (k < ARRAY_LEN(keywords) && !keywords[k].fits(*value_map_at(v, i), draft, depth))
			return false;
	}
	return true;
}

bool js_is_plain(struct value schema, enum js_draft draft)
{
	return is_plain(schema, draft, 0);
}
