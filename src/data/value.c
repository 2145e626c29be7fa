/* Containers of values in arenas. Depth of recursion is bounded by the readers, which cap nesting (json.h, yaml.h). */
#include "data/value.h"

#include <string.h>

struct value value_str(struct str s)
{
	if (s.n > VALUE_STR_MAX)
		base_die("string value of %zu bytes", s.n);
	return (struct value){ .kind = VAL_STR, .len = (uint32_t)s.n, .s = s.p };
}

struct value value_list_new(struct arena *a)
{
	return (struct value){ .kind = VAL_LIST, .list = arena_new(a, struct list) };
}

struct value value_map_new(struct arena *a)
{
	struct map *m = arena_new(a, struct map);
	map_init(m, sizeof(struct value), a);
	return (struct value){ .kind = VAL_MAP, .map = m };
}

void value_list_add(struct value v, struct value item, struct arena *a)
{
	struct list *l = v.list;
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 4;
		l->p = arena_grow(a, l->p, l->cap * sizeof(*l->p), cap * sizeof(*l->p));
		l->cap = cap;
	}
	l->p[l->n++] = item;
}

void value_map_set(struct value map, struct str key, struct value v)
{
	*(struct value *)map_put(map.map, key) = v;
}

struct value *value_map_get(struct value map, struct str key)
{
	return map.kind == VAL_MAP ? map_find(map.map, key) : NULL;
}

bool value_map_remove(struct value map, struct str key)
{
	return map_remove(map.map, key);
}

struct value *value_find(struct value root, const char *path)
{
	struct str rest = str_c(path), key;
	struct value *v = NULL;
	while (str_next(&rest, '.', &key)) {
		v = value_map_get(root, key);
		if (!v)
			return NULL;
		root = *v;
	}
	return v;
}

struct str value_find_str(struct value root, const char *path)
{
	struct value *v = value_find(root, path);
	return v && v->kind == VAL_STR ? value_as_str(*v) : STR_NONE;
}

static bool list_equal(const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!value_equal(a->p[i], b->p[i]))
			return false;
	return true;
}

static bool map_equal(struct value a, struct value b)
{
	if (value_map_len(a) != value_map_len(b))
		return false;
	for (size_t i = 0; i < value_map_len(a); i++) {
		struct value *other = value_map_get(b, map_key(a.map, i));
		if (!other || !value_equal(*value_map_at(a, i), *other))
			return false;
	}
	return true;
}

bool value_equal(struct value a, struct value b)
{
	if (a.kind != b.kind)
		return false;
	switch ((enum value_kind)a.kind) {
	case VAL_NULL: return true;
	case VAL_BOOL: return a.b == b.b;
	case VAL_INT: return a.i == b.i;
	case VAL_FLOAT: return a.f == b.f;
	case VAL_STR: return str_eq(value_as_str(a), value_as_str(b));
	case VAL_LIST: return list_equal(a.list, b.list);
	case VAL_MAP: return map_equal(a, b);
	case VAL_OBJECT: return a.object == b.object;
	}
	return false;
}

struct value value_copy(struct value v, struct arena *a)
{
	struct value copy = v;
	switch ((enum value_kind)v.kind) {
	case VAL_STR:
		copy.s = arena_str(a, value_as_str(v)).p;
		break;
	case VAL_LIST:
		copy.list = arena_new(a, struct list);
		for (size_t i = 0; i < v.list->n; i++)
			value_list_add(copy, value_copy(v.list->p[i], a), a);
		break;
	case VAL_MAP:
		copy.map = value_map_new(a).map;
		for (size_t i = 0; i < value_map_len(v); i++)
			value_map_set(copy, arena_str(a, map_key(v.map, i)), value_copy(*value_map_at(v, i), a));
		break;
	default:
		break;
	}
	return copy;
}

const char *value_kind_name(enum value_kind kind)
{
	static const char *const names[] = { "null", "bool", "int", "float", "string", "list", "map", "object" };
	return names[kind];
}
