/*
 * A reader of lines, not of YAML: in the block style, in which all repositories' tools write an index, a line that is indented as far as the first key
 * below `entries:` and does not begin an item is the next chart's name, whatever the lines between hold (scalars that go over several lines are always indented
 * further). The wanted charts' lines are kept as they are and parsed as YAML in the end. An index in JSON, or with `entries` in braces, has no such lines: it
 * is kept whole.
 */
#include "pkg/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "data/yaml.h"

enum where { BEFORE, IN_ENTRIES, AFTER, WHOLE };

struct wanted {
	struct str name;
	struct buf text;
	struct str nearest; /* of the other names, by distance */
	size_t distance;
};

struct pkg_index {
	struct arena arena;
	struct wanted *wanted;
	size_t count;
	struct wanted *current; /* whose lines these are, or NULL */
	struct buf line;        /* a line's beginning from the last piece */
	struct buf whole;
	enum where where;
	bool began, has_entries;
	size_t indent;          /* of the names below entries; 0: not known yet */
	size_t kept;
	struct value root;      /* WHOLE: parsed */
	bool parsed;
};

enum { NEAR = 4 };

struct pkg_index *pkg_index_new(const struct str *names, size_t n)
{
	struct pkg_index *x = xcalloc(1, sizeof(*x));
	x->wanted = arena_array(&x->arena, struct wanted, n);
	x->count = n;
	for (size_t i = 0; i < n; i++)
		x->wanted[i] = (struct wanted){ .name = arena_str(&x->arena, names[i]), .distance = NEAR };
	return x;
}

void pkg_index_free(struct pkg_index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->count; i++)
		buf_deinit(&x->wanted[i].text);
	buf_deinit(&x->line);
	buf_deinit(&x->whole);
	arena_deinit(&x->arena);
	free(x);
}

struct str pkg_index_names(const struct pkg_index *x, struct arena *a)
{
	AUTO_BUF names = { 0 };
	for (size_t i = 0; i < x->count; i++)
		buf_addf(&names, "%s%.*s", i ? " " : "", STR_ARG(x->wanted[i].name));
	return buf_to_arena(&names, a);
}

void pkg_index_reset(struct pkg_index *x)
{
	for (size_t i = 0; i < x->count; i++)
		buf_clear(&x->wanted[i].text);
	buf_clear(&x->line);
	buf_clear(&x->whole);
	x->current = NULL;
	x->where = BEFORE;
	x->began = x->has_entries = false;
	x->indent = x->kept = 0;
}

static bool keep(struct pkg_index *x, struct buf *to, struct str line, struct err *err)
{
	x->kept += line.n + 1;
	if (x->kept > PKG_INDEX_MAX_KEPT)
		return err_set(err, ERR_LIMIT, "the index holds more than %zu MiB about the charts asked for", PKG_INDEX_MAX_KEPT >> 20);
	buf_add(to, line);
	buf_add_char(to, '\n');
	return true;
}

static struct str unquoted(struct str key)
{
	if (key.n >= 2 && (key.p[0] == '"' || key.p[0] == '\'') && key.p[key.n - 1] == key.p[0])
		return str_slice(key, 1, key.n - 1);
	return key;
}

/* A chart's name begins: are its lines wanted? */
static void begin_chart(struct pkg_index *x, struct str name)
{
	x->current = NULL;
	for (size_t i = 0; i < x->count; i++) {
		struct wanted *w = &x->wanted[i];
		if (str_eq(w->name, name)) {
			x->current = w;
			continue;
		}
		size_t distance = str_distance(w->name, name, w->distance);
		if (distance < w->distance) {
			w->distance = distance;
			w->nearest = arena_str(&x->arena, name);
		}
	}
}

static bool top_line(struct pkg_index *x, struct str line, struct err *err)
{
	struct str key, value;
	x->where = x->where == IN_ENTRIES ? AFTER : x->where;
	if (!str_cut(line, ':', &key, &value) || !str_eq(unquoted(str_trim(key)), STR("entries")))
		return true;
	value = str_trim(value);
	x->has_entries = true;
	if (value.n && value.p[0] != '#') {
		x->where = WHOLE;
		return keep(x, &x->whole, line, err);
	}
	x->where = IN_ENTRIES;
	return true;
}

static bool first_line(struct pkg_index *x, struct str text, struct err *err)
{
	x->began = true;
	if (text.p[0] == '<') {
		err_set(err, ERR_SYNTAX, "the server answered with a page of HTML, not with an index");
		return err_hint(err, "check the repository's url; a login page looks like this too");
	}
	if (text.p[0] == '{') {
		x->where = WHOLE;
		x->has_entries = true;
	}
	return true;
}

static bool take_line(struct pkg_index *x, struct str line, struct err *err)
{
	line = str_drop_suffix(line, STR("\r"));
	if (!x->began)
		line = str_drop_prefix(line, STR("\xef\xbb\xbf"));
	size_t indent = 0;
	while (indent < line.n && line.p[indent] == ' ')
		indent++;
	struct str text = str_slice(line, indent, line.n);
	bool blank = text.n == 0 || text.p[0] == '#';
	if (!x->began && !blank && !first_line(x, text, err))
		return false;
	if (x->where == WHOLE)
		return keep(x, &x->whole, line, err);
	if (!blank && indent == 0 && text.p[0] != '-')
		return top_line(x, line, err);
	if (x->where != IN_ENTRIES)
		return true;
	if (!blank && x->indent == 0)
		x->indent = indent;
	if (!blank && indent == x->indent && text.p[0] != '-') {
		size_t colon = str_rfind(text, STR(":"));
		begin_chart(x, unquoted(str_trim(str_slice(text, 0, colon == STR_NPOS ? text.n : colon))));
	}
	return !x->current || keep(x, &x->current->text, line, err);
}

bool pkg_index_feed(struct pkg_index *x, struct str bytes, struct err *err)
{
	while (bytes.n) {
		const char *end = memchr(bytes.p, '\n', bytes.n);
		size_t n = end ? (size_t)(end - bytes.p) : bytes.n;
		struct str piece = str_slice(bytes, 0, n);
		bytes = str_slice(bytes, end ? n + 1 : n, bytes.n);
		if (!end || x->line.n) {
			if (x->line.n + piece.n > (x->where == WHOLE ? PKG_INDEX_MAX_KEPT : PKG_INDEX_MAX_LINE))
				return err_set(err, ERR_LIMIT, "the index has a line of more than %zu MiB", PKG_INDEX_MAX_LINE >> 20);
			buf_add(&x->line, piece);
		}
		if (!end)
			return true;
		if (!take_line(x, x->line.n ? buf_str(&x->line) : piece, err))
			return false;
		buf_clear(&x->line);
	}
	return true;
}

bool pkg_index_end(struct pkg_index *x, struct err *err)
{
	if (x->line.n && !take_line(x, buf_str(&x->line), err))
		return false;
	buf_clear(&x->line);
	return x->has_entries || err_set(err, ERR_SYNTAX, "it is no index of charts: it has no entries");
}

bool pkg_index_extract(const struct pkg_index *x, struct buf *out)
{
	if (!x->has_entries || x->where == WHOLE)
		return false;
	buf_add_c(out, "entries:\n");
	for (size_t i = 0; i < x->count; i++) {
		/* A name that is not there would have to be asked for again: the nearest ones are not kept. */
		if (!x->wanted[i].text.n)
			return false;
		buf_add(out, buf_str(&x->wanted[i].text));
	}
	return true;
}

/* The list of releases, from the kept lines or from the whole. */
static bool chart_value(struct pkg_index *x, const struct wanted *w, struct arena *a, struct value *out, struct err *err)
{
	struct yaml_options options = { .rules = YAML_HELM, .numbers = YAML_INTS };
	struct value map;
	*out = value_null();
	if (x->where == WHOLE) {
		if (!x->parsed && !yaml_read_map(buf_str(&x->whole), &options, &x->arena, &x->root, err))
			return false;
		x->parsed = true;
		struct value *entries = value_map_get(x->root, STR("entries"));
		map = entries ? *entries : value_null();
	} else if (w->text.n == 0) {
		return true;
	} else if (!yaml_read_map(buf_str(&w->text), &options, a, &map, err)) {
		return false;
	}
	struct value *list = value_map_get(map, w->name);
	if (list)
		*out = *list;
	return true;
}

static void add_release(struct value entry, struct arena *a, pkg_releases *out)
{
	struct value *urls = value_map_get(entry, STR("urls"));
	struct pkg_release r = { .version = value_find_str(entry, "version"), .digest = value_find_str(entry, "digest") };
	if (urls && urls->kind == VAL_LIST && value_list_len(*urls) && urls->list->p[0].kind == VAL_STR)
		r.url = value_as_str(urls->list->p[0]);
	if (r.version.n && r.url.n)
		vec_push_in(out, a, r);
}

bool pkg_index_find(struct pkg_index *x, struct str name, struct arena *a, pkg_releases *out, struct err *err)
{
	const struct wanted *w = NULL;
	struct value list;
	for (size_t i = 0; i < x->count; i++)
		if (str_eq(x->wanted[i].name, name))
			w = &x->wanted[i];
	*out = (pkg_releases){ 0 };
	if (!w || !chart_value(x, w, a, &list, err))
		return false;
	if (list.kind != VAL_LIST) {
		err_set(err, ERR_NOT_FOUND, "the index has no chart '%.*s'", STR_ARG(name));
		return w->nearest.n ? err_hint(err, "did you mean '%.*s'?", STR_ARG(w->nearest)) : false;
	}
	for (size_t i = 0; i < value_list_len(list); i++)
		add_release(list.list->p[i], a, out);
	return true;
}
