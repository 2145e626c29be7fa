/*
 * The walk keeps its path as a chain of names on the stack; text is made of it only for objects that were found, and for errors.
 */
#include "tanka/manifest.h"

#include "base/buf.h"
#include "data/yaml_write.h"
#include "tanka/gojson.h"

/* --- checking one object --- */

static bool has_items(struct value object)
{
	struct value *items = value_map_get(object, STR("items"));
	return items && items->kind == VAL_LIST;
}

static void check_str(struct value map, struct str key, const char *shown, struct buf *out)
{
	struct value *v = value_map_get(map, key);
	if (!v || v->kind != VAL_STR)
		buf_addf(out, "  - %s: missing or not of string type\n", shown);
}

static void check_str_map(struct value metadata, struct str key, struct buf *out)
{
	struct value *v = value_map_get(metadata, key);
	if (!v || v->kind == VAL_NULL)
		return;
	if (v->kind != VAL_MAP) {
		buf_addf(out, "  - metadata.%.*s: must be object, but got '%s' instead\n", STR_ARG(key), gojson_type_name(*v));
		return;
	}
	for (size_t i = 0; i < value_map_len(*v); i++) {
		size_t k = map_sorted(v->map, i);
		struct value item = *value_map_at(*v, k);
		if (item.kind == VAL_STR)
			continue;
		buf_addf(out, "  - metadata.%.*s: contains non-string field '%.*s' of type '%s'\n", STR_ARG(key), STR_ARG(map_key(v->map, k)),
			 gojson_type_name(item));
		return;
	}
}

/* In order of the fields' names; Tanka's own order is random. */
static void check_fields(struct value object, struct buf *out)
{
	struct value *metadata = value_map_get(object, STR("metadata"));
	check_str(object, STR("apiVersion"), "apiVersion", out);
	check_str(object, STR("kind"), "kind", out);
	if (has_items(object))
		return;
	if (!metadata || metadata->kind != VAL_MAP) {
		buf_add_c(out, "  - metadata: missing or not an object\n");
		buf_add_c(out, "  - metadata.name: missing or not of string type\n");
		return;
	}
	check_str_map(*metadata, STR("annotations"), out);
	check_str_map(*metadata, STR("labels"), out);
	struct value *generated = value_map_get(*metadata, STR("generateName"));
	if (!generated || generated->kind != VAL_STR)
		check_str(*metadata, STR("name"), "metadata.name", out);
}

/* Of an object with wrong fields that many lines are shown, as Tanka does. */
#define SHOWN_LINES 10

static void add_yaml(struct value v, enum yaml_dialect dialect, struct buf *out)
{
	AUTO_ERR ignored = { 0 };
	if (!yaml_write(v, &(struct yaml_write_options){ .dialect = dialect }, out, &ignored))
		buf_clear(out);
}

static void add_sample(struct value v, struct buf *out)
{
	AUTO_BUF text = { 0 };
	struct str line;
	size_t n = 0;
	add_yaml(v, YAML_OUT_V2, &text);
	struct str rest = buf_str(&text);
	for (; n < SHOWN_LINES && str_next_line(&rest, &line); n++)
		buf_addf(out, "%s  %.*s", n ? "\n" : "", STR_ARG(line));
	if (n == SHOWN_LINES)
		buf_add_c(out, "\n  ...");
}

bool tanka_verify(struct value object, struct str name, struct err *err)
{
	AUTO_BUF fields = { 0 };
	AUTO_BUF text = { 0 };
	check_fields(object, &fields);
	if (!fields.n)
		return true;
	add_sample(object, &text);
	return err_set(err, ERR_SYNTAX, "%.*s has missing or invalid fields:\n%.*s\nPlease check below object:\n%.*s", STR_ARG(name),
		       STR_ARG(buf_str(&fields)), STR_ARG(buf_str(&text)));
}

/* --- the walk --- */

struct place {
	const struct place *up; /* NULL at the top */
	struct str key;         /* of a map; empty within a list */
	size_t index;
	bool in_list;
};

struct walk {
	struct arena *a;
	struct map *found; /* of struct value by path: of two objects of one path the later one stays */
	size_t depth;
	struct err *err;
};

/* What surrounds a value that is no object. */
struct around {
	const struct value *map; /* the nearest map, or NULL */
};

static void add_path(const struct place *p, struct buf *out)
{
	if (!p->up)
		return;
	add_path(p->up, out);
	if (p->in_list)
		buf_addf(out, ".[%zu]", p->index);
	else
		buf_addf(out, ".%.*s", STR_ARG(p->key));
}

static struct str path_text(const struct place *p, struct arena *a)
{
	AUTO_BUF b = { 0 };
	add_path(p, &b);
	return b.n ? buf_to_arena(&b, a) : STR(".");
}

/* Why a map is no object, or false where it is one. */
static bool lacks_attribute(struct value map, struct buf *why)
{
	static const struct str attributes[] = { STR_INIT("apiVersion"), STR_INIT("kind") };
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		struct value *v = value_map_get(map, attributes[i]);
		const char *name = attributes[i].p;
		if (!v || v->kind == VAL_NULL)
			buf_addf(why, "missing attribute \"%s\"", name);
		else if (v->kind != VAL_STR)
			buf_addf(why, "attribute \"%s\" is not a string, it is a %s", name, gojson_type_name(*v));
		else if (!v->len)
			buf_addf(why, "attribute \"%s\" is empty", name);
		else
			continue;
		return true;
	}
	return false;
}

static bool refuse(struct walk *w, const struct place *at, const struct around *around)
{
	AUTO_BUF why = { 0 };
	AUTO_BUF text = { 0 };
	if (around->map) {
		lacks_attribute(*around->map, &why);
		add_yaml(*around->map, YAML_OUT_V3, &text);
	} else {
		buf_add_c(&why, "%!s(<nil>)");
		buf_add_c(&text, "{}\n");
	}
	struct str path = path_text(at->up ? at->up : at, w->a);
	return err_set(w->err, ERR_SYNTAX, "found invalid Kubernetes object (at %.*s): %.*s\n\n%.*s", STR_ARG(path), STR_ARG(buf_str(&why)),
		       STR_ARG(buf_str(&text)));
}

static bool walk(struct walk *w, struct value v, const struct place *at, const struct around *around);

static bool walk_list(struct walk *w, struct value list, const struct place *at, const struct around *around)
{
	for (size_t i = 0; i < list.list->n; i++) {
		struct place inner = { .up = at, .index = i, .in_list = true };
		if (!walk(w, list.list->p[i], &inner, around))
			return false;
	}
	return true;
}

static bool add_object(struct walk *w, struct value object, const struct place *at)
{
	struct str path = path_text(at, w->a);
	if (!tanka_verify(object, path, w->err))
		return false;
	*(struct value *)map_put(w->found, path) = object;
	return true;
}

static bool walk_map(struct walk *w, struct value map, const struct place *at)
{
	static const struct str private = STR_INIT("__ksonnet");
	AUTO_BUF why = { 0 };
	if (value_map_get(map, private)) {
		struct value copy = value_map_new(w->a);
		for (size_t i = 0; i < value_map_len(map); i++)
			if (!str_eq(map_key(map.map, i), private))
				value_map_set(copy, map_key(map.map, i), *value_map_at(map, i));
		map = copy;
	}
	if (!lacks_attribute(map, &why))
		return add_object(w, map, at);
	struct around around = { .map = &map };
	for (size_t i = 0; i < value_map_len(map); i++) {
		size_t k = map_sorted(map.map, i);
		struct place inner = { .up = at, .key = map_key(map.map, k) };
		/* null is what an `if` without else gives. */
		if (value_map_at(map, k)->kind != VAL_NULL && !walk(w, *value_map_at(map, k), &inner, &around))
			return false;
	}
	return true;
}

static bool walk(struct walk *w, struct value v, const struct place *at, const struct around *around)
{
	if (v.kind != VAL_MAP && v.kind != VAL_LIST)
		return refuse(w, at, around);
	if (++w->depth > TANKA_MAX_DEPTH)
		return err_set(w->err, ERR_LIMIT, "the value is nested more than %d levels deep", TANKA_MAX_DEPTH);
	bool ok = v.kind == VAL_MAP ? walk_map(w, v, at) : walk_list(w, v, at, around);
	w->depth--;
	return ok;
}

bool tanka_extract(struct value data, struct arena *a, tanka_objects *out, struct err *err)
{
	struct map found;
	struct walk w = { .a = a, .found = &found, .err = err };
	struct place top = { 0 };
	struct around nothing = { 0 };
	tanka_objects objects = { 0 };
	map_init(&found, sizeof(struct value), a);
	if (data.kind != VAL_NULL && !walk(&w, data, &top, &nothing))
		return false;
	for (size_t i = 0; i < map_len(&found); i++)
		vec_push_in(&objects, a, (struct tanka_object){ map_key(&found, i), *(struct value *)map_at(&found, i) });
	*out = objects;
	return true;
}

/* --- lists --- */

static bool unwrap(const struct tanka_object *o, size_t depth, struct arena *a, tanka_objects *out, struct err *err)
{
	if (!has_items(o->value)) {
		vec_push_in(out, a, *o);
		return true;
	}
	if (depth > TANKA_MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "lists are nested more than %d levels deep", TANKA_MAX_DEPTH);
	struct list *items = value_map_get(o->value, STR("items"))->list;
	for (size_t i = 0; i < items->n; i++) {
		struct tanka_object item = { arena_fmt(a, "%.*s.items[%zu]", STR_ARG(o->path), i), items->p[i] };
		if (item.value.kind != VAL_MAP)
			return err_set(err, ERR_SYNTAX, "unwrapped list item is not an object, but 'map[string]interface {}'");
		if (!tanka_verify(item.value, item.path, err) || !unwrap(&item, depth + 1, a, out, err))
			return false;
	}
	return true;
}

bool tanka_unwrap(const tanka_objects *objects, struct arena *a, tanka_objects *out, struct err *err)
{
	tanka_objects all = { 0 };
	for (size_t i = 0; i < objects->n; i++)
		if (!unwrap(&objects->p[i], 0, a, &all, err))
			return false;
	*out = all;
	return true;
}
