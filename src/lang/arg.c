/* The keyword arguments of [arg(…)] and [cache(…)], checked in the order in which just finds fault with them. */
#include "lang/parser.h"

#include "base/utf8.h"

static bool check_option(struct parser *p, struct str param, const struct lang_keyword *k, bool is_short)
{
	if (!k || !k->value)
		return true;
	if (k->value->kind != LANG_STRING)
		return lang_fail(p->err, &k->name.at, "attribute `arg` arguments must be string literals");
	struct str option = k->value->string.cooked;
	const struct lang_loc *at = &k->value->at;
	if (option.n == 0)
		return lang_fail(p->err, at, "option name for parameter `%.*s` is empty", STR_ARG(param));
	if (option.p[0] == '-')
		return lang_fail(p->err, at, "option name for parameter `%.*s` starts with dash", STR_ARG(param));
	if (str_find_char(option, '=') != STR_NPOS)
		return lang_fail(p->err, at, "option name for parameter `%.*s` contains equal sign", STR_ARG(param));
	if (is_short && utf8_count(option) != 1)
		return lang_fail(p->err, at, "short option name for parameter `%.*s` contains multiple characters", STR_ARG(param));
	return true;
}

static bool check_flag(struct parser *p, struct str param, const struct lang_attribute *attr, bool is_option)
{
	const struct lang_keyword *flag = lang_keyword_find(attr, STR("flag"));
	if (!flag)
		return true;
	const struct lang_loc *at = &flag->name.at;
	if (flag->value)
		return lang_fail(p->err, at, "`flag` attribute for argument `%.*s` takes no value", STR_ARG(param));
	if (!is_option)
		return lang_fail(p->err, at, "argument attribute `flag` only valid with `long` or `short`");
	static const struct str others[] = { STR_INIT("value"), STR_INIT("pattern") };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (lang_keyword_find(attr, others[i]))
			return lang_fail(p->err, at, "argument `%.*s` may not have both `flag` and `%.*s` attributes", STR_ARG(param), STR_ARG(others[i]));
	return true;
}

static bool check_multiple(struct parser *p, const struct lang_attribute *attr, bool is_option)
{
	const struct lang_keyword *k = lang_keyword_find(attr, STR("multiple"));
	if (!k)
		return true;
	if (k->value)
		return lang_fail(p->err, &k->name.at, "attribute key `multiple` takes no value");
	return is_option || lang_fail(p->err, &k->name.at, "argument attribute `multiple` only valid with `long` or `short`");
}

static bool check_needs_value(struct parser *p, const struct lang_keyword *k)
{
	return !k || k->value || lang_fail(p->err, &k->name.at, "attribute key `%.*s` requires value", STR_ARG(k->name.s));
}

/* A count of min or max; decimal digits only. */
static bool parse_count(struct parser *p, const struct lang_keyword *k, uint64_t *out)
{
	if (!check_needs_value(p, k))
		return false;
	if (k->value->kind != LANG_STRING)
		return lang_fail(p->err, &k->name.at, "attribute `arg` arguments must be string literals");
	struct str s = k->value->string.cooked;
	uint64_t n = 0;
	bool digits = s.n > 0 && (s.n == 1 || s.p[0] != '0'), overflow = false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)(s.p[i] - '0');
		digits &= d <= 9;
		overflow |= __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, d, &n);
	}
	if (!digits)
		return lang_fail(p->err, &k->value->at, "invalid `%.*s` value `%.*s`", STR_ARG(k->name.s), STR_ARG(s));
	if (overflow)
		return lang_fail(p->err, &k->value->at, "invalid `%.*s` value `%.*s`: number too large to fit in target type", STR_ARG(k->name.s),
				 STR_ARG(s));
	*out = n;
	return true;
}

static bool check_counts(struct parser *p, const struct lang_attribute *attr)
{
	const struct lang_keyword *max = lang_keyword_find(attr, STR("max")), *min = lang_keyword_find(attr, STR("min"));
	uint64_t most = UINT64_MAX, least = 0;
	if (max && !parse_count(p, max, &most))
		return false;
	if (min && !parse_count(p, min, &least))
		return false;
	if (max && min && least > most)
		return lang_fail(p->err, &min->name.at, "argument attribute `min` `%llu` exceeds `max` `%llu`", (unsigned long long)least,
				 (unsigned long long)most);
	return true;
}

static bool check_unknown_keys(struct parser *p, const struct lang_attribute *attr)
{
	const struct attr_row *row = &lang_attr_rows[attr->kind];
	const struct lang_name *first = NULL; /* in order of the names */
	for (size_t i = 0; i < attr->n_keywords; i++) {
		const struct lang_name *name = &attr->keywords[i].name;
		bool known = false;
		for (size_t j = 0; row->keys[j].n; j++)
			known |= str_eq(row->keys[j], name->s);
		for (size_t j = 0; row->own_keys && p->host->has_extensions && row->own_keys[j].n; j++)
			known |= str_eq(row->own_keys[j], name->s);
		if (!known && (!first || str_cmp(name->s, first->s) < 0))
			first = name;
	}
	return !first || lang_fail(p->err, &first->at, "unknown key `%.*s` for `%.*s` attribute", STR_ARG(first->s), STR_ARG(row->name));
}

bool parser_check_arg(struct parser *p, const struct lang_attribute *attr)
{
	struct str param = attr->args[0]->string.cooked;
	const struct lang_keyword *long_option = lang_keyword_find(attr, STR("long")), *short_option = lang_keyword_find(attr, STR("short"));
	const struct lang_keyword *value = lang_keyword_find(attr, STR("value"));
	bool is_option = long_option || short_option;
	if (!check_option(p, param, long_option, false) || !check_option(p, param, short_option, true) || !check_needs_value(p, value))
		return false;
	if (value && !is_option)
		return lang_fail(p->err, &value->name.at, "argument attribute `value` only valid with `long` or `short`");
	return check_flag(p, param, attr, is_option) && check_multiple(p, attr, is_option) && check_counts(p, attr) &&
	       check_needs_value(p, lang_keyword_find(attr, STR("help"))) && check_needs_value(p, lang_keyword_find(attr, STR("pattern"))) &&
	       check_unknown_keys(p, attr);
}

bool parser_check_cache(struct parser *p, const struct lang_attribute *attr)
{
	const struct str *tables[] = { lang_attr_rows[LANG_ATTR_CACHE].keys, lang_attr_rows[LANG_ATTR_CACHE].own_keys };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct str *key = tables[i]; key->n; key++) {
			const struct lang_keyword *k = lang_keyword_find(attr, *key);
			bool is_flag = str_eq(*key, STR("trace"));
			if (is_flag && k && k->value)
				return lang_fail(p->err, &k->name.at, "attribute key `trace` takes no value");
			if (!is_flag && !check_needs_value(p, k))
				return false;
		}
	return check_unknown_keys(p, attr);
}
