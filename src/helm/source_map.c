/*
 * Pieces of output form a tree: those of a template's own output, and below each action those of the templates that ran within it. The frames of
 * actions that are being evaluated stand on a stack; a piece belongs to the innermost one.
 */
#include "helm/source_map.h"

#include "base/buf.h"
#include "base/map.h"
#include "gotmpl/gofmt.h"

/* An entry of a table or list that was read, or a value that was used as it is. */
struct read {
	const struct map *map;   /* NULL: `list` */
	const struct list *list; /* NULL too: `used` */
	struct source_key key;
	struct value used;
};
typedef VEC(struct read) reads;

struct piece;
typedef VEC(struct piece) pieces;

struct piece {
	size_t from, to; /* in the buffer it was written to */
	struct str text; /* of what was included; the file's own pieces have none */
	struct str file;
	uint32_t line;
	bool is_action;
	reads reads;
	pieces inner;
	struct value printed;
};

/* An action that is being evaluated. */
struct frame {
	reads reads;
	pieces inner;
};

struct traced_file {
	pieces pieces;
	struct str written; /* before Helm takes each "<no value>" out of it */
	VEC(size_t) gaps;   /* where in the output one stood */
	VEC(size_t) newlines; /* in what was written */
	const struct go_types *types;
};

/* Where a table or list of the values stands: below another one. */
struct table {
	const void *parent; /* struct map or struct list; NULL: the root */
	struct source_key key;
};

struct source_map {
	struct arena *a;
	struct template_trace trace;
	VEC(struct frame) frames;
	pieces top;         /* of the template that is executed */
	struct map files;   /* struct traced_file by name */
	struct map tables;  /* struct table by address */
	struct value values;
};

/* ---- Watching ---- */

static void add_piece(struct source_map *m, struct piece p, const struct buf *out)
{
	if (!m->frames.n) {
		vec_push_in(&m->top, m->a, p);
		return;
	}
	p.text = arena_str(m->a, str_slice(buf_str(out), p.from, p.to));
	vec_push_in(&m->frames.p[m->frames.n - 1].inner, m->a, p);
}

static void on_text(void *ctx, const struct buf *out, size_t from, struct str file, uint32_t line)
{
	add_piece(ctx, (struct piece){ .from = from, .to = out->n, .file = file, .line = line }, out);
}

static void on_begin(void *ctx)
{
	struct source_map *m = ctx;
	vec_push_in(&m->frames, m->a, (struct frame){ 0 });
}

static void on_end(void *ctx, const struct buf *out, size_t from, struct value v, struct str file, uint32_t line)
{
	struct source_map *m = ctx;
	struct frame f = m->frames.p[--m->frames.n];
	if (out->n > from)
		add_piece(m, (struct piece){ .from = from, .to = out->n, .file = file, .line = line, .is_action = true, .reads = f.reads,
					     .inner = f.inner, .printed = v }, out);
}

static void add_read(struct source_map *m, struct read r)
{
	if (m->frames.n)
		vec_push_in(&m->frames.p[m->frames.n - 1].reads, m->a, r);
}

static void on_read(void *ctx, const struct map *map, struct str key)
{
	add_read(ctx, (struct read){ .map = map, .key = { key, 0 } });
}

static void on_use(void *ctx, struct value v)
{
	add_read(ctx, (struct read){ .used = v });
}

/* The entries on a way of `count` keys and indexes below `v`, as far as there are such. */
static void read_way(struct source_map *m, struct value v, const struct value *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct value *next = NULL;
		if (v.kind == VAL_MAP && keys[i].kind == VAL_STR) {
			struct str key = arena_str(m->a, value_as_str(keys[i]));
			next = value_map_get(v, key);
			add_read(m, (struct read){ .map = v.map, .key = { key, 0 } });
		} else if (v.kind == VAL_LIST && keys[i].kind == VAL_INT && keys[i].i >= 0 && (size_t)keys[i].i < value_list_len(v)) {
			next = &v.list->p[keys[i].i];
			add_read(m, (struct read){ .list = v.list, .key = { STR_NONE, (size_t)keys[i].i } });
		}
		if (!next)
			return;
		v = *next;
	}
}

/* Functions that read entries as `.a.b` does: below their first argument, or as `dig` below the last, with a default before it. */
static const struct {
	struct str name;
	bool is_dig;
} readers[] = { { STR_INIT("index"), false }, { STR_INIT("get"), false }, { STR_INIT("dig"), true } };

static void on_call(void *ctx, const struct go_func *func, const struct value *argv, size_t argc)
{
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		if (!str_eq(func->name, readers[i].name) || argc < (readers[i].is_dig ? 3 : 2))
			continue;
		if (readers[i].is_dig)
			read_way(ctx, argv[argc - 1], argv, argc - 2);
		else
			read_way(ctx, argv[0], argv + 1, argc - 1);
	}
}

struct source_map *source_map_new(struct arena *a)
{
	struct source_map *m = arena_new(a, struct source_map);
	m->a = a;
	m->trace = (struct template_trace){ on_text, on_begin, on_end, on_read, on_use, on_call, m };
	map_init(&m->files, sizeof(struct traced_file), a);
	map_init(&m->tables, sizeof(struct table), a);
	return m;
}

const struct template_trace *source_map_trace(struct source_map *m)
{
	return &m->trace;
}

void source_map_begin(struct source_map *m)
{
	m->top = (pieces){ 0 };
	m->frames.n = 0;
}

static const struct str no_value = STR_INIT("<no value>");

void source_map_end(struct source_map *m, struct str file, struct str written, const struct go_types *types)
{
	struct traced_file f = { .pieces = m->top, .written = arena_str(m->a, written), .types = types };
	struct str rest = written;
	for (size_t at, gone = 0; (at = str_find(rest, no_value)) != STR_NPOS; gone += no_value.n) {
		vec_push_in(&f.gaps, m->a, (size_t)(rest.p - written.p) + at - gone);
		rest = str_slice(rest, at + no_value.n, rest.n);
	}
	for (size_t i = 0; i < written.n; i++)
		if (written.p[i] == '\n')
			vec_push_in(&f.newlines, m->a, i);
	*(struct traced_file *)map_put(&m->files, file) = f;
	m->top = (pieces){ 0 };
}

/* ---- The values ---- */

static struct str address(struct source_map *m, const void *p)
{
	return arena_str(m->a, (struct str){ (const char *)&p, sizeof(p) });
}

static const struct table *find_table(const struct source_map *m, const void *p)
{
	return map_find(&m->tables, (struct str){ (const char *)&p, sizeof(p) });
}

/* What makes a value the same one wherever it is passed on to; NULL for what has no such thing. */
static const void *identity(struct value v)
{
	switch (v.kind) {
	case VAL_MAP: return v.map;
	case VAL_LIST: return v.list;
	case VAL_STR: return v.len ? v.s : NULL;
	default: return NULL;
	}
}

/* Texts are known by their address too: a loop over a list of them prints them without reading a field. Depth is that of the values, which their reader caps. */
static void name_tables(struct source_map *m, const void *parent, struct source_key key, struct value v)
{
	const void *p = identity(v);
	if (!p || find_table(m, p))
		return;
	*(struct table *)map_put(&m->tables, address(m, p)) = (struct table){ parent, key };
	for (size_t i = 0; v.kind == VAL_MAP && i < value_map_len(v); i++)
		name_tables(m, p, (struct source_key){ map_key(v.map, i), 0 }, *value_map_at(v, i));
	for (size_t i = 0; v.kind == VAL_LIST && i < value_list_len(v); i++)
		name_tables(m, p, (struct source_key){ STR_NONE, i }, v.list->p[i]);
}

void source_map_values(struct source_map *m, struct value values)
{
	m->values = values;
	name_tables(m, NULL, (struct source_key){ STR_NONE, 0 }, values);
}

/* The path of a table; false where it is none of the values'. */
static bool path_of(struct source_map *m, const void *p, source_path *out)
{
	const struct table *t = find_table(m, p);
	if (!t)
		return false;
	if (!t->parent)
		return true;
	if (!path_of(m, t->parent, out))
		return false;
	vec_push_in(out, m->a, t->key);
	return true;
}

void source_path_text(const source_path *path, struct buf *out)
{
	for (size_t i = 0; i < path->n; i++) {
		const struct source_key *k = &path->p[i];
		if (!k->key.p)
			buf_addf(out, "[%zu]", k->index);
		else if (str_find_char(k->key, '.') != STR_NPOS)
			buf_addf(out, "[%.*s]", STR_ARG(k->key));
		else
			buf_addf(out, "%s%.*s", i ? "." : "", STR_ARG(k->key));
	}
}

/* ---- Which value ---- */

/* What is searched for, narrowed on the way in. */
struct search {
	struct source_map *m;
	const struct traced_file *file;
	const struct source_query *q;
	struct str line; /* of the output, without white space around it */
	struct source_origin *out;
};

static const struct value *child(struct value v, const struct source_key *k)
{
	if (k->key.p)
		return v.kind == VAL_MAP ? value_map_get(v, k->key) : NULL;
	return v.kind == VAL_LIST && k->index < value_list_len(v) ? &v.list->p[k->index] : NULL;
}

static bool is_scalar(struct value v)
{
	return v.kind == VAL_BOOL || v.kind == VAL_INT || v.kind == VAL_FLOAT || v.kind == VAL_STR;
}

static struct str text_of(const struct search *s, struct value v)
{
	AUTO_BUF b = { 0 };
	if (v.kind == VAL_STR)
		return value_as_str(v);
	if (is_scalar(v) && !gofmt_value(&b, s->file->types, v))
		buf_clear(&b);
	return buf_to_arena(&b, s->m->a);
}

/* Within a table that was printed whole: the longest end of the field's path that leads to this text in it. */
static bool find_below(const struct search *s, struct value v, source_path *path)
{
	const source_path *field = s->q->field;
	for (size_t i = 0; field && i < field->n; i++) {
		const struct value *at = &v;
		for (size_t k = i; at && k < field->n; k++)
			at = child(*at, &field->p[k]);
		if (!at || (is_scalar(*at) ? !str_eq(text_of(s, *at), s->q->text) : s->q->text.n != 0))
			continue;
		for (size_t k = i; k < field->n; k++)
			vec_push_in(path, s->m->a, field->p[k]);
		return true;
	}
	return false;
}

enum match { MATCH_NONE, MATCH_PART, MATCH_WHOLE };

/* How well what stands at `path` explains the text; lengthens the path where it is a table. */
static enum match match_value(const struct search *s, struct value v, source_path *path)
{
	struct str text = text_of(s, v);
	if (!is_scalar(v))
		return find_below(s, v, path) ? MATCH_WHOLE : MATCH_NONE;
	if (str_eq(text, s->q->text))
		return MATCH_WHOLE;
	return text.n && str_contains(s->q->text, text) ? MATCH_PART : MATCH_NONE;
}

struct best {
	enum match match;
	size_t length; /* of the value's text */
	source_path path;
};

static void consider(const struct search *s, source_path path, struct value v, struct best *best)
{
	enum match match = match_value(s, v, &path);
	size_t length = is_scalar(v) ? text_of(s, v).n : 0;
	if (match > best->match || (match == MATCH_PART && match == best->match && length > best->length))
		*best = (struct best){ match, length, path };
}

static bool read_path(const struct search *s, const struct read *r, source_path *path, struct value *v)
{
	if (!r->map && !r->list) {
		*v = r->used;
		return identity(*v) && path_of(s->m, identity(*v), path) && path->n;
	}
	const struct value *found = r->map ? map_find(r->map, r->key.key) : &r->list->p[r->key.index];
	if (!found || !path_of(s->m, r->map ? (const void *)r->map : r->list, path))
		return false;
	*v = *found;
	vec_push_in(path, s->m->a, r->key);
	return true;
}

/* The value that an action's text comes from: what it printed, or what it read that fits best; where nothing fits, the one scalar that it read. */
static void find_value(const struct search *s, const struct piece *p, enum match least)
{
	struct best best = { 0 };
	struct value v;
	source_path only_path = { 0 };
	size_t scalars = 0;
	const void *printed = identity(p->printed);
	source_path path = { 0 };
	if (printed && path_of(s->m, printed, &path) && path.n)
		consider(s, path, p->printed, &best);
	for (size_t i = 0; i < p->reads.n; i++) {
		path = (source_path){ 0 };
		if (!read_path(s, &p->reads.p[i], &path, &v))
			continue;
		consider(s, path, v, &best);
		if (is_scalar(v) && text_of(s, v).n) {
			scalars++;
			only_path = path;
		}
	}
	if (best.match == MATCH_NONE && least == MATCH_NONE && scalars == 1 && s->q->text.n)
		best.path = only_path;
	if (best.path.n)
		vec_push_in(&s->out->values, s->m->a, best.path);
}

/* ---- Which piece ---- */

/* A run of pieces that stand behind each other: one included template's output. */
struct run {
	const struct piece *p;
	size_t n;
	struct str text;
};

static bool next_run(struct source_map *m, const pieces *all, size_t *at, struct run *run)
{
	AUTO_BUF b = { 0 };
	if (*at >= all->n)
		return false;
	run->p = &all->p[*at];
	run->n = 0;
	while (*at < all->n && (run->n == 0 || all->p[*at].from == all->p[*at - 1].to)) {
		buf_add(&b, all->p[*at].text);
		run->n++;
		++*at;
	}
	run->text = buf_to_arena(&b, m->a);
	return true;
}

/* The line of an included text that is, without its white space, `line`, or else one that is a part of it and not a trifle. */
static bool find_line(struct str text, struct str line, bool whole, size_t *from, size_t *to)
{
	struct str rest = text, at;
	while (str_next(&rest, '\n', &at)) {
		struct str trimmed = str_trim(at);
		if (!trimmed.n || !(whole ? str_eq(trimmed, line) : trimmed.n > 1 && str_contains(line, trimmed)))
			continue;
		*from = (size_t)(trimmed.p - text.p);
		*to = *from + trimmed.n;
		return true;
	}
	return false;
}

/* How many of the sorted numbers are less than `at`. */
static size_t count_below(const size_t *p, size_t n, size_t at)
{
	size_t low = 0;
	while (low < n) {
		size_t middle = (low + n) / 2;
		if (p[middle] < at)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* Lines between two places of what the pieces wrote: looked up for a whole file, counted in an included text. */
static uint32_t lines_between(const struct search *s, struct str text, size_t from, size_t to)
{
	uint32_t lines = 0;
	if (text.p == s->file->written.p)
		return (uint32_t)(count_below(s->file->newlines.p, s->file->newlines.n, to) -
				  count_below(s->file->newlines.p, s->file->newlines.n, from));
	for (size_t i = from; i < to && i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines;
}

static void search_pieces(const struct search *s, const struct piece *p, size_t n, struct str text, size_t base, size_t from, size_t to);

/* Goes on in what the action included; the value is looked for where the line was last found. */
static void search_inner(const struct search *s, const struct piece *p)
{
	for (int whole = 1; whole >= 0; whole--) {
		struct run run;
		size_t from, to;
		for (size_t at = 0; next_run(s->m, &p->inner, &at, &run);) {
			if (!find_line(run.text, s->line, whole, &from, &to))
				continue;
			search_pieces(s, run.p, run.n, run.text, run.p[0].from, from, to);
			return;
		}
	}
	find_value(s, p, MATCH_NONE);
}

/* Bytes from `from` to `to` of `text`, which the pieces wrote from `base` on. An action there counts more than the text around it. */
static void search_pieces(const struct search *s, const struct piece *p, size_t n, struct str text, size_t base, size_t from, size_t to)
{
	const struct piece *found = NULL;
	size_t low = 0, high = n;
	while (low < high) { /* the first that ends behind `from` */
		size_t middle = (low + high) / 2;
		if (p[middle].to - base > from)
			high = middle;
		else
			low = middle + 1;
	}
	for (size_t i = low; i < n && p[i].from - base < to; i++)
		if (!found || (p[i].is_action && !found->is_action))
			found = &p[i];
	if (!found)
		return;
	size_t start = found->from - base;
	if (found->is_action)
		search_inner(s, found);
	/* Several actions may have put the line together: "{{ .repository }}:{{ .tag }}". */
	for (const struct piece *more = found + 1; found->is_action && more < p + n && more->from - base < to; more++)
		if (more->is_action && !more->inner.n)
			find_value(s, more, MATCH_PART);
	uint32_t line = found->line + (found->is_action ? 0 : lines_between(s, text, start, MAX(from, start)));
	vec_push_in(&s->out->places, s->m->a, ((struct source_place){ found->file, line }));
}

/* The place in what was written of a byte of the output. */
static size_t written_at(const struct traced_file *f, size_t at)
{
	return at + count_below(f->gaps.p, f->gaps.n, at + 1) * no_value.n;
}

bool source_map_find(struct source_map *m, const struct source_query *q, struct source_origin *out)
{
	const struct traced_file *f = map_find(&m->files, q->file);
	size_t from = q->from, to = q->to, start = q->from, end = q->from;
	*out = (struct source_origin){ 0 };
	if (!f || from >= q->all.n)
		return false;
	while (start > 0 && q->all.p[start - 1] != '\n')
		start--;
	while (end < q->all.n && q->all.p[end] != '\n')
		end++;
	struct search s = { m, f, q, str_trim(str_slice(q->all, start, end)), out };
	search_pieces(&s, f->pieces.p, f->pieces.n, f->written, 0, written_at(f, from), written_at(f, to < end ? to : end));
	return out->places.n > 0;
}
