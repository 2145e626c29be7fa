/* Nodes keep their positions, so that every complaint points at what was written. */
#include "data/schema.h"

#include <stdarg.h>

bool schema_fail(const struct schema_file *file, const struct yaml_node *node, struct err *err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(err, ERR_SYNTAX, fmt, ap);
	va_end(ap);
	err_at(err, file->name, node ? node->line : 1, node ? node->column : 1);
	size_t width = node && node->kind == YAML_NODE_SCALAR && str_find_char(node->text, '\n') == STR_NPOS ? node->text.n : 1;
	return err_excerpt(err, file->text, (uint32_t)MIN(width, (size_t)80));
}

static const struct yaml_node *follow(const struct yaml_node *node)
{
	while (node && node->kind == YAML_NODE_ALIAS)
		node = node->target;
	return node;
}

static const char *kind_text(const struct yaml_node *node)
{
	static const char *const names[] = { "a single value", "a list", "a map", "an alias" };
	return names[node->kind];
}

bool schema_parse(const struct schema_file *file, const struct yaml_node **root, struct err *err)
{
	struct yaml_docs docs;
	struct yaml_options opt = { .rules = YAML_HELM, .file = file->name };
	if (!yaml_parse(file->text, &opt, file->arena, &docs, err))
		return false;
	if (docs.n > 1)
		return schema_fail(file, docs.p[1], err, "a second document; this file holds one");
	if (docs.n == 0 || !docs.p[0])
		return schema_fail(file, NULL, err, "the file is empty");
	*root = docs.p[0];
	return true;
}

/* Whether a plain scalar stands for null, a boolean or a number. */
static bool resolve(const struct schema_file *file, const struct yaml_node *node, enum yaml_numbers numbers, struct value *v, struct err *err)
{
	struct yaml_options opt = { .rules = YAML_HELM, .numbers = numbers, .file = file->name };
	return yaml_resolve(node, &opt, file->arena, v, err);
}

static bool scalar(const struct schema_file *file, const struct yaml_node *node, struct str key, const char *wanted, struct value *v,
		   struct err *err)
{
	if (node->kind != YAML_NODE_SCALAR)
		return schema_fail(file, node, err, "'%.*s' must be %s, not %s", STR_ARG(key), wanted, kind_text(node));
	return resolve(file, node, YAML_INTS, v, err);
}

static bool take_str(const struct schema_file *file, const struct yaml_node *node, const struct schema_key *key, struct str *out, struct err *err)
{
	struct value v;
	if (!scalar(file, node, key->name, "a string", &v, err))
		return false;
	if (v.kind != VAL_STR && key->kind == SCHEMA_TEXT) {
		schema_fail(file, node, err, "'%.*s' must be a string, and this is a %s", STR_ARG(key->name), value_kind_name(v.kind));
		return err_hint(err, "put it in quotes: \"%.*s\"", STR_ARG(node->text));
	}
	*out = node->text;
	return true;
}

static bool take_strs(const struct schema_file *file, const struct yaml_node *node, const struct schema_key *key, schema_strs *out, struct err *err)
{
	schema_strs strs = { 0 };
	if (node->kind != YAML_NODE_LIST)
		return schema_fail(file, node, err, "'%.*s' must be a list of strings, not %s", STR_ARG(key->name), kind_text(node));
	for (const struct yaml_node *n = node->child; n; n = n->next) {
		struct str s;
		struct schema_key item = { .name = key->name, .kind = SCHEMA_STR };
		if (!take_str(file, follow(n), &item, &s, err))
			return false;
		vec_push_in(&strs, file->arena, s);
	}
	*out = strs;
	return true;
}

static bool take_str_map(const struct schema_file *file, const struct yaml_node *node, const struct schema_key *key, struct value *out,
			 struct err *err)
{
	struct value map = value_map_new(file->arena);
	if (node->kind != YAML_NODE_MAP)
		return schema_fail(file, node, err, "'%.*s' must be a map of strings, not %s", STR_ARG(key->name), kind_text(node));
	for (const struct yaml_node *k = node->child; k; k = k->next->next) {
		struct str s;
		struct schema_key item = { .name = k->text, .kind = SCHEMA_TEXT };
		if (!take_str(file, follow(k->next), &item, &s, err))
			return false;
		value_map_set(map, k->text, value_str(s));
	}
	*out = map;
	return true;
}

static bool take(const struct schema_file *file, const struct yaml_node *node, const struct schema_key *key, void *member, struct err *err)
{
	struct value v;
	switch (key->kind) {
	case SCHEMA_STR:
	case SCHEMA_TEXT:
		return take_str(file, node, key, member, err);
	case SCHEMA_BOOL:
		if (!scalar(file, node, key->name, "true or false", &v, err))
			return false;
		if (v.kind != VAL_BOOL)
			return schema_fail(file, node, err, "'%.*s' must be true or false", STR_ARG(key->name));
		*(bool *)member = v.b;
		return true;
	case SCHEMA_INT:
		if (!scalar(file, node, key->name, "a whole number", &v, err))
			return false;
		if (v.kind != VAL_INT)
			return schema_fail(file, node, err, "'%.*s' must be a whole number", STR_ARG(key->name));
		*(int64_t *)member = v.i;
		return true;
	case SCHEMA_STRS:
		return take_strs(file, node, key, member, err);
	case SCHEMA_STR_MAP:
		return take_str_map(file, node, key, member, err);
	case SCHEMA_VALUE:
		return resolve(file, node, YAML_FLOATS, member, err);
	case SCHEMA_NODE:
		*(const struct yaml_node **)member = node;
		return true;
	}
	return true;
}

static const struct schema_key *find_key(const struct schema_key *keys, struct str name, struct str *near)
{
	size_t best = 4;
	*near = STR_NONE;
	for (; keys->name.n; keys++) {
		if (str_eq(keys->name, name))
			return keys;
		size_t d = str_eq_nocase(keys->name, name) ? 0 : str_distance(keys->name, name, best);
		if (d < best && d < MAX(name.n, (size_t)2)) {
			best = d;
			*near = keys->name;
		}
	}
	return NULL;
}

static bool unknown_key(const struct schema_file *file, const struct yaml_node *k, const char *what, const struct schema_key *keys,
			struct str near, struct err *err)
{
	schema_fail(file, k, err, "unknown key '%.*s' in %s", STR_ARG(k->text), what);
	if (near.p)
		return err_hint(err, "did you mean '%.*s'?", STR_ARG(near));
	struct str known = STR("");
	for (; keys->name.n; keys++)
		known = arena_fmt(file->arena, "%.*s%s%.*s", STR_ARG(known), known.n ? ", " : "", STR_ARG(keys->name));
	return err_hint(err, "known keys: %.*s", STR_ARG(known));
}

static bool is_null(const struct yaml_node *n)
{
	static const struct str nulls[] = { STR_INIT(""), STR_INIT("~"), STR_INIT("null"), STR_INIT("Null"), STR_INIT("NULL") };
	if (n->kind != YAML_NODE_SCALAR || n->style != YAML_STYLE_PLAIN)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
		if (str_eq(n->text, nulls[i]))
			return true;
	return false;
}

bool schema_decode(const struct schema_file *file, const struct yaml_node *node, const char *what, const struct schema_key *keys, void *out,
		   struct err *err)
{
	struct map seen;
	map_init(&seen, 0, file->arena);
	node = follow(node);
	if (!node || node->kind != YAML_NODE_MAP)
		return schema_fail(file, node, err, "%s must be a map%s%s", what, node ? ", not " : "", node ? kind_text(node) : "");
	for (const struct yaml_node *k = node->child; k; k = k->next->next) {
		struct str near;
		const struct schema_key *key = find_key(keys, k->text, &near);
		const struct yaml_node *v = follow(k->next);
		if (!key)
			return unknown_key(file, k, what, keys, near, err);
		if (map_has(&seen, k->text))
			return schema_fail(file, k, err, "'%.*s' stands twice in %s", STR_ARG(k->text), what);
		map_put(&seen, k->text);
		if (!is_null(v) && !take(file, v, key, (char *)out + key->offset, err))
			return false;
	}
	for (; keys->name.n; keys++)
		if (keys->required && !map_has(&seen, keys->name))
			return schema_fail(file, node, err, "%s needs '%.*s'", what, STR_ARG(keys->name));
	return true;
}

bool schema_list(const struct schema_file *file, const struct yaml_node *node, const char *key, schema_nodes *out, struct err *err)
{
	schema_nodes nodes = { 0 };
	node = follow(node);
	if (node && !is_null(node)) {
		if (node->kind != YAML_NODE_LIST)
			return schema_fail(file, node, err, "'%s' must be a list, not %s", key, kind_text(node));
		for (const struct yaml_node *n = node->child; n; n = n->next)
			vec_push_in(&nodes, file->arena, follow(n));
	}
	*out = nodes;
	return true;
}
