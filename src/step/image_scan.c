/*
 * A container's `image` is one whatever it looks like. Any other string counts if it is a reference with a tag or a digest and cannot well be
 * something else: a digest is always meant;
 * a tag alone wants a slash in the name, or a key that speaks of an image. Of a text of several lines only lines "image: X" count, of an argument or
 * an assignment what is
 * behind its first '='.
 */
#include "step/image_scan.h"

enum { MAX_DEPTH = 100, MAX_TEXT = 1024 };

struct scan {
	struct image_uses *uses;
	struct str object;
	struct str *bad;
};

void image_uses_init(struct image_uses *uses, struct arena *a)
{
	uses->arena = a;
	map_init(&uses->by_text, sizeof(struct image_use), a);
}

const struct image_use *image_uses_at(struct image_uses *uses, size_t i)
{
	return map_at(&uses->by_text, map_sorted(&uses->by_text, i));
}

static void add(struct scan *s, struct str text, const struct oci_ref *ref, bool guessed, struct str path)
{
	struct arena *a = s->uses->arena;
	struct image_use *u = map_find(&s->uses->by_text, text);
	if (!u) {
		u = map_put(&s->uses->by_text, arena_str(a, text));
		*u = (struct image_use){ .text = arena_str(a, text), .ref = *ref, .guessed = true };
	}
	u->guessed = u->guessed && guessed;
	for (size_t i = 0; i < u->places.n; i++)
		if (str_eq(u->places.p[i].object, s->object) && str_eq(u->places.p[i].path, path))
			return;
	vec_push_in(&u->places, a, (struct image_place){ s->object, path });
}

static bool speaks_of_images(struct str key)
{
	for (size_t i = 0; i + 5 <= key.n; i++)
		if (str_eq_nocase(str_slice(key, i, i + 5), STR("image")))
			return true;
	return false;
}

/* Whether a tag looks like one: host:port, time and ratio do not. */
static bool is_image_like(const struct oci_ref *ref, struct str text, struct str key)
{
	struct str name, digest;
	if (ref->digest.n)
		return true;
	str_cut(text, '@', &name, &digest);
	size_t colon = str_rfind_char(name, ':'), slash = str_rfind_char(name, '/');
	if (colon == STR_NPOS || (slash != STR_NPOS && colon < slash))
		return false;
	return slash != STR_NPOS || speaks_of_images(key);
}

static void guess(struct scan *s, struct str text, struct str key, struct str path)
{
	AUTO_ERR ignored = { 0 };
	struct oci_ref ref;
	text = str_trim(text);
	if (text.n == 0 || text.n > MAX_TEXT || str_find_char(text, ':') == STR_NPOS || str_find_char(text, ' ') != STR_NPOS)
		return;
	if (oci_ref_parse(text, s->uses->arena, &ref, &ignored) && is_image_like(&ref, text, key))
		add(s, text, &ref, true, path);
}

/* "  - image: \"x/y:1\"" */
static void scan_line(struct scan *s, struct str line, struct str path)
{
	struct str key, value;
	line = str_trim(line);
	if (str_starts(line, STR("- ")))
		line = str_trim(str_slice(line, 2, line.n));
	if (!str_cut(line, ':', &key, &value) || !speaks_of_images(key))
		return;
	value = str_trim(value);
	if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') && value.p[value.n - 1] == value.p[0])
		value = str_slice(value, 1, value.n - 1);
	guess(s, value, key, path);
}

static void scan_text(struct scan *s, struct str text, struct str key, struct str path)
{
	struct str rest = text, line, left, right;
	if (str_find_char(text, '\n') == STR_NPOS) {
		guess(s, text, key, path);
		if (str_cut(text, '=', &left, &right))
			guess(s, right, left, path);
		return;
	}
	while (str_next_line(&rest, &line))
		scan_line(s, line, path);
}

static bool is_container_list(struct str key)
{
	return str_eq(key, STR("containers")) || str_eq(key, STR("initContainers")) || str_eq(key, STR("ephemeralContainers"));
}

static void scan_image(struct scan *s, struct str text, struct str path)
{
	AUTO_ERR why = { 0 };
	struct oci_ref ref;
	if (oci_ref_parse(text, s->uses->arena, &ref, &why))
		add(s, text, &ref, false, path);
	else if (s->bad && text.n)
		*s->bad = arena_fmt(s->uses->arena, "%.*s %.*s: %s", STR_ARG(s->object), STR_ARG(path), why.message);
}

static void scan(struct scan *s, struct value v, struct str key, struct str path, bool in_container, int depth)
{
	struct arena *a = s->uses->arena;
	if (depth > MAX_DEPTH)
		return;
	if (v.kind == VAL_STR) {
		if (in_container && str_eq(key, STR("image")))
			scan_image(s, value_as_str(v), path);
		else
			scan_text(s, value_as_str(v), key, path);
	}
	for (size_t i = 0; v.kind == VAL_LIST && i < v.list->n; i++)
		scan(s, v.list->p[i], key, arena_fmt(a, "%.*s[%zu]", STR_ARG(path), i), is_container_list(key), depth + 1);
	if (v.kind != VAL_MAP)
		return;
	/* The variable's name speaks for its value: RELATED_IMAGE. */
	struct str named = value_find_str(v, "name");
	for (size_t i = 0; i < value_map_len(v); i++) {
		struct str name = map_key(v.map, i);
		struct str below = path.n ? arena_fmt(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)) : name;
		scan(s, *value_map_at(v, i), str_eq(name, STR("value")) && named.n ? named : name, below, in_container, depth + 1);
	}
}

void image_uses_add(struct image_uses *uses, struct value object, struct str *bad)
{
	struct str kind = value_find_str(object, "kind"), ns = value_find_str(object, "metadata.namespace"), name = value_find_str(object, "metadata.name");
	struct scan s = { .uses = uses, .bad = bad };
	s.object = arena_fmt(uses->arena, "%.*s %.*s%s%.*s", STR_ARG(kind), STR_ARG(ns), ns.n ? "/" : "", STR_ARG(name));
	/* Secrets are nobody's list, and CRDs only describe. */
	if (str_eq(kind, STR("Secret")) || str_eq(kind, STR("CustomResourceDefinition")))
		return;
	scan(&s, object, STR(""), STR(""), false, 0);
}
