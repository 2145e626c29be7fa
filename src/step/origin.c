/*
 * A value's path is looked for in the order in which Helm lets values win: the environment's inline values, its values files from the last to the first, the
 * chart's values.yaml, then those of the sub-charts on the way. A table `global` of a sub-chart is everybody's: it may have been set higher up.
 */
#include "step/origin.h"

#include "base/fs.h"
#include "base/path.h"

/* ---- Nodes ---- */

static const struct yaml_node *target(const struct yaml_node *n)
{
	return n && n->kind == YAML_NODE_ALIAS ? n->target : n;
}

/* The entry's key node, whose next sibling is the value. */
static const struct yaml_node *find_key(const struct yaml_node *map, struct str key)
{
	const struct yaml_node *found = NULL;
	for (const struct yaml_node *k = map->child; k && k->next; k = k->next->next)
		if (k->kind == YAML_NODE_SCALAR && str_eq(k->text, key))
			found = k; /* the last one counts */
	return found;
}

const struct yaml_node *origin_child(const struct yaml_node *node, const struct source_key *key)
{
	const struct yaml_node *n = target(node);
	if (!n)
		return NULL;
	if (key->key.p) {
		const struct yaml_node *k = n->kind == YAML_NODE_MAP ? find_key(n, key->key) : NULL;
		return k ? target(k->next) : NULL;
	}
	const struct yaml_node *item = n->kind == YAML_NODE_LIST ? n->child : NULL;
	for (size_t i = 0; item && i < key->index; i++)
		item = item->next;
	return target(item);
}

const struct yaml_node *origin_node(const struct yaml_node *root, const source_path *path, const struct yaml_node **mark)
{
	const struct yaml_node *n = root, *unused;
	mark = mark ? mark : &unused;
	*mark = root;
	for (size_t i = 0; n && i < path->n; i++) {
		const struct yaml_node *map = target(n);
		n = origin_child(n, &path->p[i]);
		*mark = n && path->p[i].key.p ? find_key(map, path->p[i].key) : n;
	}
	return n;
}

struct str origin_scalar(const struct yaml_node *object, const char *first, const char *second)
{
	struct source_key a = { str_c(first), 0 }, b = { second ? str_c(second) : STR_NONE, 0 };
	const struct yaml_node *n = origin_child(object, &a);
	if (second)
		n = origin_child(n, &b);
	return n && n->kind == YAML_NODE_SCALAR ? n->text : STR("");
}

static bool is_list(const struct yaml_node *n, const struct yaml_node **items)
{
	struct source_key list = { STR("items"), 0 };
	*items = origin_child(n, &list);
	return str_ends(origin_scalar(n, "kind", NULL), STR("List")) && *items && (*items)->kind == YAML_NODE_LIST;
}

static void add_objects(const struct yaml_node *n, struct arena *a, origin_nodes *out)
{
	const struct yaml_node *items;
	if (!n || (n->kind == YAML_NODE_SCALAR && !n->text.n))
		return;
	if (!is_list(n, &items)) {
		vec_push_in(out, a, n);
		return;
	}
	for (const struct yaml_node *item = items->child; item; item = item->next)
		add_objects(target(item), a, out);
}

bool origin_objects(struct str text, struct arena *a, origin_nodes *out, struct err *err)
{
	struct yaml_docs docs;
	*out = (origin_nodes){ 0 };
	if (!yaml_parse(text, NULL, a, &docs, err))
		return false;
	for (size_t i = 0; i < docs.n; i++)
		add_objects(docs.p[i], a, out);
	return true;
}

/* ---- Who set a value ---- */

/* The file's first document, or NULL; `text` is empty where the file is still to be read. */
static const struct yaml_node *parsed(const struct origin_object *o, struct str file, struct str text)
{
	struct arena *a = o->ctx->arena;
	const struct yaml_node **root = map_find(o->parsed, file);
	struct yaml_docs docs;
	AUTO_ERR ignored = { 0 };
	if (root)
		return *root;
	root = map_put(o->parsed, file);
	if ((text.n || fs_read(file, CHART_MAX_BYTES, a, &text, &ignored)) && yaml_parse(text, NULL, a, &docs, &ignored) && docs.n)
		*root = docs.p[0];
	return *root;
}

static source_path from(const source_path *path, size_t at)
{
	return (source_path){ .p = path->p + at, .n = path->n - at, .cap = 0 };
}

/* The path without the sub-charts before `global`: what it is called at the level above. */
static bool is_global(const source_path *path, source_path *shorter, struct arena *a)
{
	for (size_t i = 1; i < path->n; i++) {
		if (!path->p[i].key.p || !str_eq(path->p[i].key, STR("global")))
			continue;
		*shorter = (source_path){ 0 };
		for (size_t k = 0; k < path->n; k++)
			if (k + 1 != i)
				vec_push_in(shorter, a, path->p[k]);
		return true;
	}
	return false;
}

static bool has_value(struct value v, const source_path *path)
{
	for (size_t i = 0; i < path->n; i++) {
		const struct source_key *k = &path->p[i];
		const struct value *next = k->key.p ? value_map_get(v, k->key)
						    : v.kind == VAL_LIST && k->index < value_list_len(v) ? &v.list->p[k->index] : NULL;
		if (!next)
			return false;
		v = *next;
	}
	return true;
}

static bool set_by_user(const struct origin_object *o, const source_path *path, struct origin_line *out)
{
	struct arena *a = o->ctx->arena;
	const struct environment *env = o->release->env;
	const struct env_release *def = o->release->def;
	struct source_key values = { STR("values"), 0 };
	const struct yaml_node *mark, *inline_values = origin_child(def->node, &values);
	if (inline_values && origin_node(inline_values, path, &mark)) {
		*out = (struct origin_line){ step_name_of(o->ctx, path_join(a, env->dir, STR("environment.yaml"))), mark->line };
		return true;
	}
	/* A program's values have no lines. */
	if (env->program.n && has_value(def->values, path)) {
		*out = (struct origin_line){ step_name_of(o->ctx, env->program), 0 };
		return true;
	}
	for (size_t i = def->values_files.n; i-- > 0;) {
		struct str file = path_in(a, env->dir, def->values_files.p[i]);
		if (!origin_node(parsed(o, file, STR("")), path, &mark))
			continue;
		*out = (struct origin_line){ step_name_of(o->ctx, file), mark->line };
		return true;
	}
	return false;
}

/* "charts/vendor/app/values.yaml"; of a packed chart "charts/app-1.0.0.tgz: app/values.yaml". */
static struct str chart_file(const struct origin_object *o, struct str name)
{
	struct str chart = step_name_of(o->ctx, o->release->chart), root, rest;
	struct arena *a = o->ctx->arena;
	if (!fs_is_dir(o->release->chart))
		return arena_fmt(a, "%.*s: %.*s", STR_ARG(chart), STR_ARG(name));
	(void)str_cut(name, '/', &root, &rest);
	return path_join(a, chart, rest);
}

static bool set_by_chart(const struct origin_object *o, const source_path *path, struct origin_line *out)
{
	struct arena *a = o->ctx->arena;
	const struct chart *c = o->done->tree.root;
	for (size_t at = 0; c && at < path->n; at++) {
		source_path rest = from(path, at);
		struct str file = path_join(a, chart_full_path(c, a), STR("values.yaml"));
		const struct yaml_node *mark;
		if (c->values_text.n && origin_node(parsed(o, file, c->values_text), &rest, &mark)) {
			*out = (struct origin_line){ chart_file(o, file), mark->line };
			return true;
		}
		const struct chart *sub = NULL;
		for (size_t i = 0; path->p[at].key.p && i < c->dependencies.n; i++)
			if (str_eq(chart_name(c->dependencies.p[i]), path->p[at].key))
				sub = c->dependencies.p[i];
		c = sub;
	}
	return false;
}

static void find_setter(const struct origin_object *o, const source_path *path, struct origin_line *out)
{
	source_path at = *path, shorter;
	for (bool more = true; more; at = shorter) {
		if (set_by_user(o, &at, out))
			return;
		more = is_global(&at, &shorter, o->ctx->arena);
	}
	at = *path;
	for (bool more = true; more; at = shorter) {
		if (set_by_chart(o, &at, out))
			return;
		more = is_global(&at, &shorter, o->ctx->arena);
	}
}

/* ---- A field ---- */

void origin_prepare(struct origin_object *o)
{
	o->file = NULL;
	o->lines.n = 0;
	for (size_t i = 0; i < o->done->files.n; i++)
		if (str_eq(o->done->files.p[i].name, o->source))
			o->file = &o->done->files.p[i];
	for (size_t i = 0; i < o->text.n; i++)
		if (i == 0 || o->text.p[i - 1] == '\n')
			vec_push_in(&o->lines, o->ctx->arena, i);
}

static size_t offset_of(const struct origin_object *o, const struct yaml_node *n)
{
	struct str text = o->text;
	size_t at = n->line <= o->lines.n ? o->lines.p[n->line - 1] : text.n;
	/* Columns count code points. */
	for (uint32_t column = 1; column < n->column && at < text.n; column++)
		do
			at++;
		while (at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80);
	return at;
}

/* Around a scalar at the most. */
enum { QUOTES = 2 };

bool origin_find(const struct origin_object *o, const source_path *path, struct field_origin *out)
{
	struct arena *a = o->ctx->arena;
	const struct yaml_node *mark, *node = origin_node(o->node, path, &mark);
	const struct helm_file *file = o->file;
	struct source_origin found;
	*out = (struct field_origin){ 0 };
	if (!node || !file || o->text.p < file->text.p || o->text.p > file->text.p + file->text.n)
		return false;
	size_t start = (size_t)(o->text.p - file->text.p), at = start + offset_of(o, node->kind == YAML_NODE_SCALAR ? node : mark);
	struct source_query q = { .file = o->source, .all = file->text, .from = at, .to = node->kind == YAML_NODE_SCALAR ? at + node->text.n + QUOTES : file->text.n,
				  .text = node->kind == YAML_NODE_SCALAR ? node->text : STR(""), .field = path };
	if (!source_map_find(o->sources, &q, &found))
		return false;
	for (size_t i = 0; i < found.places.n; i++) {
		struct origin_line l = { chart_file(o, found.places.p[i].file), found.places.p[i].line };
		vec_push_in(&out->written, a, l);
	}
	for (size_t i = 0; i < found.values.n; i++) {
		struct origin_value v = { .path = found.values.p[i] };
		find_setter(o, &v.path, &v.set);
		vec_push_in(&out->values, a, v);
	}
	return true;
}

/* ---- The whole object ---- */

struct mapping {
	const struct origin_object *o; /* NULL: no chart's */
	struct str program;
	struct arena *a;
	source_path path;
	struct buf *out;
};

/* Whether the scalar is the chart's: of a program's object, unless the program changed it. */
static bool is_of_chart(const struct mapping *m, const struct yaml_node *rendered)
{
	const struct yaml_node *own = m->o && m->program.n ? origin_node(m->o->node, &m->path, NULL) : NULL;
	return m->o && (!m->program.n || (own && own->kind == YAML_NODE_SCALAR && str_eq(own->text, rendered->text)));
}

static void map_scalar(struct mapping *m, const struct yaml_node *rendered)
{
	struct field_origin f = { 0 };
	bool known = is_of_chart(m, rendered) && origin_find(m->o, &m->path, &f) && f.written.n;
	if (!known && !m->program.n)
		return;
	source_path_text(&m->path, m->out);
	buf_addf(m->out, "\t%u\t", rendered->line);
	if (known)
		buf_addf(m->out, "%.*s:%u", STR_ARG(f.written.p[0].file), f.written.p[0].line);
	else
		buf_add(m->out, m->program);
	for (size_t i = 0; known && i < f.values.n; i++) {
		const struct origin_line *set = &f.values.p[i].set;
		buf_add_char(m->out, '\t');
		source_path_text(&f.values.p[i].path, m->out);
		buf_addf(m->out, set->line ? "\t%.*s:%u" : "\t%.*s", STR_ARG(set->file), set->line);
	}
	buf_add_char(m->out, '\n');
}

/* Depth is that of the object, which the YAML reader caps. */
static void map_node(struct mapping *m, const struct yaml_node *n)
{
	size_t index = 0;
	if (n->kind == YAML_NODE_SCALAR)
		map_scalar(m, n);
	for (const struct yaml_node *c = n->child; c && (n->kind != YAML_NODE_MAP || c->next); c = c->next) {
		struct source_key key = { STR_NONE, index++ };
		if (n->kind == YAML_NODE_MAP) {
			key = (struct source_key){ c->text, 0 };
			c = c->next;
		}
		vec_push_in(&m->path, m->a, key);
		map_node(m, c);
		m->path.n--;
	}
}

bool origin_map(const struct origin_object *o, struct str program, struct str rendered, struct arena *a, struct buf *out, struct err *err)
{
	struct mapping m = { .o = o, .program = program, .a = a, .out = out };
	struct yaml_docs docs;
	if (!yaml_parse(rendered, NULL, a, &docs, err))
		return false;
	if (docs.n && docs.p[0])
		map_node(&m, docs.p[0]);
	return true;
}
