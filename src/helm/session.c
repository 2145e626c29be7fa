/*
 * Rendering again. The chart's bytes and its parsed templates are kept; a render builds the chart's tree and values anew, which is cheap, and compares the values
 * with those of the render before. Of each template is known what it read: fields of tables, there or not, and tables as a whole, where a function, a
 * condition or a loop looked into one. It is executed again if something of that changed.
 *
 * Tables of values are told apart by their place in the tree (struct node), since each render has tables of its own. A template that changes values, as `set`
 * and `merge` can, is always executed, and so is each that reads a table which was ever changed so.
 */
#include <stdlib.h>

#include "helm/render.h"

struct node {
	struct node *parent;
	struct map children; /* struct node * by key */
	const struct map *now; /* the table itself in this render; NULL where there is none */
	struct map changed;  /* uint64_t by key: the render in which the entry was last another */
	uint64_t changed_below; /* the same for anything in the table */
	bool written;        /* a template changes it, or puts it where it is */
};

/* What a template depends on. */
struct dep {
	struct node *node;
	struct str key; /* .p is NULL: all of the table */
};

struct record {
	struct arena arena; /* all that is in it */
	bool is_valid, is_lost; /* lost: it depends on what cannot be followed */
	bool writes;
	struct helm_file file;
	struct map seen;    /* deps, by node and hash of the key */
	VEC(struct dep) deps;
};

struct helm_session {
	struct helm_render_options options; /* `values` unused */
	struct template_reads reads;
	struct chart_tree source; /* read whole, never processed */
	struct arena arena;       /* of the source and of nodes */
	struct arena parsed;      /* of the set */
	struct arena output;      /* of the template that is executed */
	struct arena turns[2];    /* of this render and the one before, whose values are compared */
	struct chart_tree tree;   /* of this render, unless it is the next */
	struct chart_tree parsed_tree; /* whose texts the set was made of: those of packed sub-charts are the tree's */
	uint64_t turn;
	struct template_set *set;
	struct template_source *sources; /* what the set was made of */
	size_t n;
	struct record *records;   /* one a source */
	struct record *record;    /* of the template that is executed */
	struct node root;
	struct map by_table;      /* struct node * by the address of the table */
	uint64_t compared;        /* the render that last compared values */
	size_t reached;           /* in that one: the template that failed, and n where none did */
	size_t executed;
};

/* ---- Values of one render against those of the one before ---- */

static struct node *child_of(struct helm_session *s, struct node *n, struct str key)
{
	struct node **found = map_find(&n->children, key);
	if (found)
		return *found;
	struct node *child = arena_new(&s->arena, struct node);
	child->parent = n;
	map_init(&child->children, sizeof(struct node *), &s->arena);
	map_init(&child->changed, sizeof(uint64_t), &s->arena);
	*(struct node **)map_put(&n->children, arena_str(&s->arena, key)) = child;
	return child;
}

static void mark_changed(struct helm_session *s, struct node *n, struct str key)
{
	uint64_t *turn = map_find(&n->changed, key);
	if (!turn)
		turn = map_put(&n->changed, arena_str(&s->arena, key));
	*turn = s->turn;
	for (struct node *up = n; up && up->changed_below != s->turn; up = up->parent)
		up->changed_below = s->turn;
}

static void forget_tables(struct node *n)
{
	n->now = NULL;
	for (size_t i = 0; i < map_len(&n->children); i++)
		forget_tables(*(struct node **)map_at(&n->children, i));
}

static void compare_tables(struct helm_session *s, struct node *n, const struct map *now);

static void compare_entry(struct helm_session *s, struct node *n, struct str key, const struct value *old, const struct value *now)
{
	if (now && now->kind == VAL_MAP) {
		if (!old || old->kind != VAL_MAP || !old->map->n != !now->map->n)
			mark_changed(s, n, key);
		compare_tables(s, child_of(s, n, key), now->map);
		return;
	}
	if (old && now && value_equal(*old, *now))
		return;
	mark_changed(s, n, key);
	if (old && old->kind == VAL_MAP)
		forget_tables(child_of(s, n, key));
}

/* Depth is that of the values, which their readers cap. */
static void compare_tables(struct helm_session *s, struct node *n, const struct map *now)
{
	const struct map *old = n->now;
	n->now = now;
	*(struct node **)map_put(&s->by_table, (struct str){ (const char *)&n->now, sizeof(n->now) }) = n;
	for (size_t i = 0; i < map_len(now); i++)
		compare_entry(s, n, map_key(now, i), old ? map_find(old, map_key(now, i)) : NULL, map_at(now, i));
	for (size_t i = 0; old && i < map_len(old); i++)
		if (!map_has(now, map_key(old, i)))
			compare_entry(s, n, map_key(old, i), map_at(old, i), NULL);
}

static struct node *node_of(const struct helm_session *s, const struct map *table)
{
	struct node **n = map_find(&s->by_table, (struct str){ (const char *)&table, sizeof(table) });
	return n ? *n : NULL;
}

/* ---- What a template reads ---- */

static void add_dep(struct helm_session *s, struct node *n, struct str key, uint64_t hash)
{
	struct record *r = s->record;
	struct {
		struct node *node;
		uint64_t hash;
	} id = { n, hash };
	struct str name = { (const char *)&id, sizeof(id) };
	if (map_has(&r->seen, name))
		return;
	map_put(&r->seen, arena_str(&r->arena, name));
	vec_push_in(&r->deps, &r->arena, ((struct dep){ n, key.p ? arena_str(&r->arena, key) : STR_NONE }));
}

static void on_read(void *ctx, const struct map *map, const struct str *key, uint64_t hash)
{
	struct helm_session *s = ctx;
	struct node *n = node_of(s, map);
	if (n)
		add_dep(s, n, *key, hash);
}

/* How far tables are looked for in what templates have built of them. */
enum { LOOK_DEPTH = 6, LOOK_MOST = 2000 };

struct look {
	struct helm_session *s;
	bool writes; /* all that is found is changed */
	size_t count;
};

static void look_into(struct look *l, struct value v, int depth)
{
	struct node *n = v.kind == VAL_MAP ? node_of(l->s, v.map) : NULL;
	if (n) {
		add_dep(l->s, n, STR_NONE, 0);
		n->written |= l->writes;
		l->s->record->writes |= l->writes;
		return;
	}
	if (v.kind != VAL_MAP && v.kind != VAL_LIST)
		return;
	size_t count = v.kind == VAL_MAP ? map_len(v.map) : v.list->n;
	l->count += count;
	if (depth == LOOK_DEPTH || l->count > LOOK_MOST) {
		l->s->record->is_lost = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		look_into(l, v.kind == VAL_MAP ? *(struct value *)map_at(v.map, i) : v.list->p[i], depth + 1);
}

static void on_look(void *ctx, struct value v)
{
	look_into(&(struct look){ .s = ctx }, v, 0);
}

/* `get` and its like: one entry of a table, or of tables in it. */
static void read_entries(struct helm_session *s, const struct value *argv, size_t argc)
{
	struct value v = argc ? argv[0] : value_null();
	for (size_t i = 1; i < argc; i++) {
		struct node *n = v.kind == VAL_MAP && argv[i].kind == VAL_STR ? node_of(s, v.map) : NULL;
		if (!n)
			break;
		struct str key = value_as_str(argv[i]);
		const struct value *inner = map_find(v.map, key);
		add_dep(s, n, key, str_hash(key));
		if (!inner)
			return;
		v = *inner;
		if (i + 1 == argc)
			return;
	}
	look_into(&(struct look){ .s = s }, v, 0);
}

/* `set` and `unset`: what is at that key from now on is not what the values say. In the context itself (`.`) nothing can be followed. */
static void write_entry(struct helm_session *s, const struct value *argv, size_t argc)
{
	if (argc < 2 || argv[0].kind != VAL_MAP || argv[1].kind != VAL_STR)
		return;
	struct node *n = node_of(s, argv[0].map);
	if (n) {
		child_of(s, n, value_as_str(argv[1]))->written = true;
		s->record->writes = true;
	} else if (map_has(argv[0].map, STR("Values")) && map_has(argv[0].map, STR("Release"))) {
		s->root.written = true;
		s->record->writes = true;
	}
}

static void merge_tables(struct helm_session *s, const struct value *argv, size_t argc)
{
	for (size_t i = 0; i < argc; i++)
		look_into(&(struct look){ .s = s, .writes = i == 0 }, argv[i], 0);
}

static void hand_on(struct helm_session *s, const struct value *argv, size_t argc)
{
	(void)s;
	(void)argv;
	(void)argc;
}

/* What functions do with tables; all others look into those that they are given. */
static const struct doing {
	struct str name;
	void (*fn)(struct helm_session *s, const struct value *argv, size_t argc);
} doings[] = {
	{ STR_INIT("include"), hand_on },	   { STR_INIT("tpl"), hand_on },
	{ STR_INIT("dict"), hand_on },		   { STR_INIT("list"), hand_on },
	{ STR_INIT("tuple"), hand_on },		   { STR_INIT("get"), read_entries },
	{ STR_INIT("hasKey"), read_entries },	   { STR_INIT("index"), read_entries },
	{ STR_INIT("set"), write_entry },	   { STR_INIT("unset"), write_entry },
	{ STR_INIT("merge"), merge_tables },	   { STR_INIT("mergeOverwrite"), merge_tables },
	{ STR_INIT("mustMerge"), merge_tables },   { STR_INIT("mustMergeOverwrite"), merge_tables },
};

static void on_call(void *ctx, const struct go_func *func, const struct value *argv, size_t argc)
{
	for (size_t i = 0; i < ARRAY_LEN(doings); i++)
		if (str_eq(func->name, doings[i].name)) {
			doings[i].fn(ctx, argv, argc);
			return;
		}
	for (size_t i = 0; i < argc; i++)
		look_into(&(struct look){ .s = ctx }, argv[i], 0);
}

static bool is_written(const struct node *n)
{
	for (; n; n = n->parent)
		if (n->written)
			return true;
	return false;
}

static bool has_written_below(const struct node *n)
{
	if (n->written)
		return true;
	for (size_t i = 0; i < map_len(&n->children); i++)
		if (has_written_below(*(struct node *const *)map_at(&n->children, i)))
			return true;
	return false;
}

static bool is_stale(const struct helm_session *s, const struct record *r)
{
	if (!r->is_valid || r->is_lost || r->writes)
		return true;
	for (size_t i = 0; i < r->deps.n; i++) {
		const struct dep *d = &r->deps.p[i];
		const uint64_t *turn = d->key.p ? map_find(&d->node->changed, d->key) : &d->node->changed_below;
		struct node *const *child = d->key.p ? map_find(&d->node->children, d->key) : NULL;
		if ((turn && *turn == s->turn) || is_written(d->node) || (child && (*child)->written) || (!d->key.p && has_written_below(d->node)))
			return true;
	}
	return false;
}

/* ---- A render ---- */

static void forget_record(struct record *r)
{
	helm_files one = { &r->file, 1, 1 };
	manifest_forget(&one);
	arena_deinit(&r->arena);
	*r = (struct record){ 0 };
}

static void forget_templates(struct helm_session *s)
{
	for (size_t i = 0; i < s->n; i++)
		forget_record(&s->records[i]);
	free(s->records);
	s->records = NULL;
	s->n = 0;
	arena_deinit(&s->parsed);
	chart_close(&s->parsed_tree);
}

static bool is_same_plan(const struct helm_session *s, const struct engine_plan *p)
{
	if (!s->records || s->n != p->n)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!str_eq(s->sources[i].name, p->sources[i].name) || !str_eq(s->sources[i].text, p->sources[i].text))
			return false;
	return true;
}

/* Parses what is not the same as last time: other sub-charts may be switched on. */
static bool parse(struct helm_session *s, struct engine_plan *p, struct err *err)
{
	if (is_same_plan(s, p))
		return true;
	forget_templates(s);
	s->parsed_tree = s->tree;
	s->tree = (struct chart_tree){ 0 };
	s->sources = arena_array(&s->parsed, struct template_source, p->n);
	for (size_t i = 0; i < p->n; i++)
		s->sources[i] = (struct template_source){ arena_str(&s->parsed, p->sources[i].name), p->sources[i].text };
	if (!engine_plan_parse(p, &s->parsed, &s->set, err)) {
		forget_templates(s);
		return false;
	}
	s->n = p->n;
	s->records = xcalloc(p->n + 1, sizeof(*s->records));
	return true;
}

static bool execute(struct helm_session *s, const struct engine_plan *p, size_t i, struct err *err)
{
	struct record *r = s->record = &s->records[i];
	forget_record(r);
	struct buf b = { .arena = &s->output };
	struct helm_file file;
	map_init(&r->seen, 0, &r->arena);
	s->executed++;
	arena_reset(&s->output);
	if (!engine_plan_execute(p, i, s->set, &(struct engine_place){ p->a, &b, p->dots.p, NULL }, &file, err))
		return false;
	r->file.name = s->sources[i].name;
	r->file.text = arena_str(&r->arena, file.text);
	r->file.documents = arena_new(&r->arena, struct helm_documents);
	r->file.documents->text = r->file.text;
	manifest_read(r->file.documents, &r->arena);
	r->is_valid = true;
	return true;
}

static bool execute_stale(struct helm_session *s, const struct engine_plan *p, helm_files *out, struct err *err)
{
	for (size_t i = 0; i < p->n; i++) {
		if (engine_plan_is_partial(p, i))
			continue;
		s->reached = i;
		if (is_stale(s, &s->records[i]) && !execute(s, p, i, err))
			return false;
		vec_push_in(out, p->a, s->records[i].file);
	}
	s->reached = p->n;
	engine_sort(out);
	return true;
}

/* After a failure. What was not compared any more will be taken for changed; templates that were not reached have missed what changed. */
static void forget_uncertain(struct helm_session *s)
{
	if (s->compared != s->turn)
		forget_tables(&s->root);
	else
		for (size_t i = s->reached; i < s->n; i++)
			forget_record(&s->records[i]);
	for (size_t i = 0; i < s->n; i++)
		if (s->records[i].file.documents && s->records[i].file.documents->head_count < s->records[i].file.documents->texts.n)
			forget_record(&s->records[i]); /* its error was told */
}

static bool render(struct helm_session *s, const struct helm_render_options *options, struct arena *a, struct helm_release *out, struct err *err)
{
	struct chart_options chart = { .warn = options->log.line, .warn_ctx = options->log.ctx };
	struct helm_kube_version kube;
	struct value top;
	struct engine_plan plan;
	struct engine_options engine = options->engine;
	engine.log = &options->log;
	engine.reads = &s->reads;
	if (!render_kube_version(options, a, &kube, err) || !chart_again(&s->source, &chart, a, &s->tree, err))
		return false;
	out->tree = s->tree;
	if (!render_check_chart(options, s->tree.root, err) || !render_prepare(options, &kube, s->tree.root, a, &top, err))
		return false;
	out->stage = HELM_RENDERING;
	if (!render_check_kube_version(s->tree.root, &kube, err))
		return false;
	engine_plan_make(s->tree.root, top, &engine, a, &plan);
	map_init(&s->by_table, sizeof(struct node *), a);
	compare_tables(s, &s->root, value_map_get(top, STR("Values"))->map);
	s->compared = s->turn;
	s->reached = 0;
	if (!parse(s, &plan, err) || !execute_stale(s, &plan, &out->files, err))
		return false;
	render_part_notes(out, a);
	out->stage = HELM_SORTING;
	chart_find_crds(out->tree.root, a, &out->crds);
	if (!manifest_sort(&out->files, &options->log, a, &out->manifests, &out->hooks, err))
		return false;
	out->stage = HELM_DONE;
	return true;
}

bool helm_session_render(struct helm_session *s, struct value values, struct helm_release *out, struct err *err)
{
	struct helm_render_options options = s->options;
	struct arena *a = &s->turns[++s->turn % 2];
	options.values = values;
	*out = (struct helm_release){ .stage = HELM_LOADING };
	s->executed = 0;
	chart_close(&s->tree);
	arena_reset(a);
	bool ok = render(s, &options, a, out, err);
	if (!ok) {
		forget_uncertain(s);
		out->files = (helm_files){ 0 };
	}
	return ok;
}

size_t helm_session_executed(const struct helm_session *s)
{
	return s->executed;
}

bool helm_session_open(struct str path, const struct helm_render_options *options, struct helm_session **out, struct err *err)
{
	struct helm_session *s = xcalloc(1, sizeof(*s));
	struct chart_options chart = { .follow_links = options->follow_links };
	s->options = *options;
	s->options.engine.source_map = NULL;
	s->reads = (struct template_reads){ on_read, on_look, on_call, s };
	map_init(&s->root.children, sizeof(struct node *), &s->arena);
	map_init(&s->root.changed, sizeof(uint64_t), &s->arena);
	if (!chart_load(path, &chart, &s->arena, &s->source, err)) {
		helm_session_close(s);
		return false;
	}
	*out = s;
	return true;
}

void helm_session_close(struct helm_session *s)
{
	if (!s)
		return;
	forget_templates(s);
	chart_close(&s->tree);
	chart_close(&s->source);
	arena_deinit(&s->output);
	arena_deinit(&s->turns[0]);
	arena_deinit(&s->turns[1]);
	arena_deinit(&s->arena);
	free(s);
}
