/*
 * What an update changes in a chart, for the one who has to decide about it: the application's version, dependencies, keys of the default values, and
 * how many files. Both
 * trees are at hand for a moment, so they are compared as they are; nothing is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "chart/metadata.h"
#include "data/json.h"
#include "data/yaml.h"
#include "pkg/work.h"

/* No more keys are named, and no more text shown of a value. */
enum { NAMED = 12, SHOWN = 40, MAX_TEXT = 8 << 20, MAX_KEYS = 20000, DEEPEST = 100 };

struct side {
	struct str dir;
	struct map files;  /* of struct digest, by path */
	struct map values; /* of struct str, by dotted key */
	struct chart_metadata metadata;
};

struct comparing {
	struct arena *a;
	struct side *side;
	struct buf *out;
};

static bool add_file(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct comparing *c = ctx;
	struct digest d = { 0 };
	if (!S_ISREG(st->st_mode))
		return true;
	if (!sha256_file(path_join(c->a, c->side->dir, path), &d, NULL, err))
		return false;
	*(struct digest *)map_put(&c->side->files, arena_str(c->a, path)) = d;
	return true;
}

static void flatten(struct comparing *c, struct value v, struct str key, int depth)
{
	AUTO_BUF text = { 0 };
	AUTO_ERR ignored = { 0 };
	if (map_len(&c->side->values) >= MAX_KEYS || depth > DEEPEST)
		return;
	if (v.kind == VAL_MAP && value_map_len(v)) {
		for (size_t i = 0; i < value_map_len(v); i++) {
			struct str name = map_key(v.map, i);
			flatten(c, *value_map_at(v, i), key.n ? arena_fmt(c->a, "%.*s.%.*s", STR_ARG(key), STR_ARG(name)) : name, depth + 1);
		}
		return;
	}
	if (json_write(v, NULL, &text, &ignored))
		*(struct str *)map_put(&c->side->values, key) = buf_to_arena(&text, c->a);
}

static bool read_yaml(struct comparing *c, const char *name, struct str *text)
{
	AUTO_ERR ignored = { 0 };
	return fs_read(path_join(c->a, c->side->dir, str_c(name)), MAX_TEXT, c->a, text, &ignored);
}

static bool load_side(struct comparing *c, struct side *s)
{
	AUTO_ERR ignored = { 0 };
	struct str text;
	struct value values;
	c->side = s;
	map_init(&s->files, sizeof(struct digest), c->a);
	map_init(&s->values, sizeof(struct str), c->a);
	if (!fs_walk(s->dir, add_file, c, &ignored) || !read_yaml(c, "Chart.yaml", &text) ||
	    !chart_metadata_parse(text, c->a, &s->metadata, &ignored))
		return false;
	if (read_yaml(c, "values.yaml", &text) &&
	    yaml_read_map(text, &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_INTS }, c->a, &values, &ignored) && values.kind == VAL_MAP)
		flatten(c, values, STR(""), 0);
	return true;
}

static void line(struct comparing *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void line(struct comparing *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_addvf(c->out, fmt, ap);
	va_end(ap);
	buf_add_char(c->out, '\n');
}

static struct str short_of(struct comparing *c, struct str s)
{
	return s.n > SHOWN ? arena_fmt(c->a, "%.*s…", SHOWN, s.p) : s;
}

static const struct chart_dependency *dependency(const struct side *s, struct str name)
{
	for (size_t i = 0; i < s->metadata.dependencies.n; i++) {
		const struct chart_dependency *d = chart_dependency_at(&s->metadata, i);
		if (d && str_eq(d->alias.n ? d->alias : d->name, name))
			return d;
	}
	return NULL;
}

static void compare_metadata(struct comparing *c, const struct side *old, const struct side *new)
{
	const struct { const char *what; struct str old, new; } rows[] = {
		{ "app version", old->metadata.app_version, new->metadata.app_version },
		{ "kubeVersion", old->metadata.kube_version, new->metadata.kube_version },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!str_eq(rows[i].old, rows[i].new))
			line(c, "%s %.*s → %.*s", rows[i].what, STR_ARG(rows[i].old.n ? rows[i].old : STR("none")),
			     STR_ARG(rows[i].new.n ? rows[i].new : STR("none")));
	if (new->metadata.deprecated && !old->metadata.deprecated)
		line(c, "it is deprecated now");
	for (size_t i = 0; i < new->metadata.dependencies.n; i++) {
		const struct chart_dependency *d = chart_dependency_at(&new->metadata, i);
		struct str name = d->alias.n ? d->alias : d->name;
		const struct chart_dependency *was = dependency(old, name);
		if (!was)
			line(c, "depends on %.*s %.*s", STR_ARG(name), STR_ARG(d->version));
		else if (!str_eq(was->version, d->version))
			line(c, "depends on %.*s %.*s, was %.*s", STR_ARG(name), STR_ARG(d->version), STR_ARG(was->version));
	}
	for (size_t i = 0; i < old->metadata.dependencies.n; i++) {
		const struct chart_dependency *d = chart_dependency_at(&old->metadata, i);
		struct str name = d->alias.n ? d->alias : d->name;
		if (!dependency(new, name))
			line(c, "depends on %.*s no longer", STR_ARG(name));
	}
}

static void compare_files(struct comparing *c, const struct side *old, const struct side *new)
{
	size_t added = 0, changed = 0, removed = 0;
	for (size_t i = 0; i < map_len(&new->files); i++) {
		const struct digest *was = map_find(&old->files, map_key(&new->files, i));
		added += !was;
		changed += was && !digest_eq(was, map_at(&new->files, i));
	}
	for (size_t i = 0; i < map_len(&old->files); i++)
		removed += !map_find(&new->files, map_key(&old->files, i));
	if (added + changed + removed)
		line(c, "files: %zu changed, %zu added, %zu removed", changed, added, removed);
}

/* Keys that came or went, in order; how many it did not name. */
static void compare_values(struct comparing *c, struct side *old, struct side *new)
{
	size_t named = 0, more = 0;
	for (size_t i = 0; i < map_len(&new->values); i++) {
		size_t at = map_sorted(&new->values, i);
		struct str key = map_key(&new->values, at), value = *(struct str *)map_at(&new->values, at);
		const struct str *was = map_find(&old->values, key);
		if (was && str_eq(*was, value))
			continue;
		if (named++ >= NAMED)
			more++;
		else if (!was)
			line(c, "value + %.*s: %.*s", STR_ARG(key), STR_ARG(short_of(c, value)));
		else
			line(c, "value ~ %.*s: %.*s → %.*s", STR_ARG(key), STR_ARG(short_of(c, *was)), STR_ARG(short_of(c, value)));
	}
	for (size_t i = 0; i < map_len(&old->values); i++) {
		struct str key = map_key(&old->values, map_sorted(&old->values, i));
		if (map_find(&new->values, key))
			continue;
		if (named++ >= NAMED)
			more++;
		else
			line(c, "value - %.*s", STR_ARG(key));
	}
	if (more)
		line(c, "and %zu other default values", more);
}

struct str work_changes(struct work *w, struct str old_dir, struct str new_dir)
{
	AUTO_BUF out = { 0 };
	struct comparing c = { .a = w->arena, .out = &out };
	struct side old = { .dir = old_dir }, new = { .dir = new_dir };
	if (!load_side(&c, &old) || !load_side(&c, &new))
		return STR("");
	compare_metadata(&c, &old, &new);
	compare_files(&c, &old, &new);
	compare_values(&c, &old, &new);
	return buf_to_arena(&out, w->arena);
}
