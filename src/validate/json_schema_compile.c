/*
 * From text to the compiled form, in four steps: read the JSON; check it against its draft's metaschema, which is itself compiled from
 * its text by the same code; walk it once to find the parts that have URLs and anchors of their own; compile the root and whatever it
 * refers to, from a queue, so that references may run in circles.
 */
#include <stdio.h>
#include <string.h>

#include "data/json.h"
#include "validate/json_schema_internal.h"

static const char root_url[] = "file:///values.schema.json";

struct compiler {
	struct arena *arena;
	struct map roots;     /* URL to struct js_root * */
	struct map resources; /* URL to struct js_resource * */
	js_list queue;
	bool track;
	struct err *err;
};

static bool load_root(struct compiler *c, struct str url, struct js_root **out);
static struct json_schema *get(struct compiler *c, const struct js_resource *r, struct str pointer);
static bool drain(struct compiler *c);

/* Where subschemas are. */
enum shape { ONE, LIST, MAP, ONE_OR_LIST, MAP_OR_NAMES };
static const struct keyword {
	struct str name;
	enum shape shape;
	enum js_draft since, until;
} keywords[] = {
	{ STR_INIT("$defs"), MAP, JS_2019, JS_2020 },
	{ STR_INIT("definitions"), MAP, JS_4, JS_2020 },
	{ STR_INIT("properties"), MAP, JS_4, JS_2020 },
	{ STR_INIT("patternProperties"), MAP, JS_4, JS_2020 },
	{ STR_INIT("additionalProperties"), ONE, JS_4, JS_2020 },
	{ STR_INIT("propertyNames"), ONE, JS_6, JS_2020 },
	{ STR_INIT("dependencies"), MAP_OR_NAMES, JS_4, JS_2020 },
	{ STR_INIT("dependentSchemas"), MAP, JS_2019, JS_2020 },
	{ STR_INIT("unevaluatedProperties"), ONE, JS_2019, JS_2020 },
	{ STR_INIT("items"), ONE_OR_LIST, JS_4, JS_2020 },
	{ STR_INIT("prefixItems"), LIST, JS_2020, JS_2020 },
	{ STR_INIT("additionalItems"), ONE, JS_4, JS_2019 },
	{ STR_INIT("unevaluatedItems"), ONE, JS_2019, JS_2020 },
	{ STR_INIT("contains"), ONE, JS_6, JS_2020 },
	{ STR_INIT("allOf"), LIST, JS_4, JS_2020 },
	{ STR_INIT("anyOf"), LIST, JS_4, JS_2020 },
	{ STR_INIT("oneOf"), LIST, JS_4, JS_2020 },
	{ STR_INIT("not"), ONE, JS_4, JS_2020 },
	{ STR_INIT("if"), ONE, JS_7, JS_2020 },
	{ STR_INIT("then"), ONE, JS_7, JS_2020 },
	{ STR_INIT("else"), ONE, JS_7, JS_2020 },
	{ STR_INIT("contentSchema"), ONE, JS_2019, JS_2020 },
};

static const struct {
	struct str url;
	enum js_draft draft;
} drafts[] = {
	{ STR_INIT("json-schema.org/draft/2020-12/schema"), JS_2020 },
	{ STR_INIT("json-schema.org/schema"), JS_2020 },
	{ STR_INIT("json-schema.org/draft/2019-09/schema"), JS_2019 },
	{ STR_INIT("json-schema.org/draft-07/schema"), JS_7 },
	{ STR_INIT("json-schema.org/draft-06/schema"), JS_6 },
	{ STR_INIT("json-schema.org/draft-04/schema"), JS_4 },
};

/* The draft's own URL, as messages print it. */
static struct str draft_url(enum js_draft draft)
{
	static const struct str urls[] = {
		[JS_4] = STR_INIT("http://json-schema.org/draft-04/schema"),
		[JS_6] = STR_INIT("http://json-schema.org/draft-06/schema"),
		[JS_7] = STR_INIT("http://json-schema.org/draft-07/schema"),
		[JS_2019] = STR_INIT("https://json-schema.org/draft/2019-09/schema"),
		[JS_2020] = STR_INIT("https://json-schema.org/draft/2020-12/schema"),
	};
	return urls[draft];
}

static bool find_draft(struct compiler *c, struct value doc, enum js_draft *out)
{
	struct value *named = value_map_get(doc, STR("$schema"));
	struct str fragment;
	*out = JS_2020;
	if (!named || named->kind != VAL_STR)
		return true;
	struct str url = js_url_cut(value_as_str(*named), &fragment), bare = str_drop_prefix(str_drop_prefix(url, STR("http://")), STR("https://"));
	for (size_t i = 0; i < ARRAY_LEN(drafts) && bare.n < url.n; i++) {
		if (str_eq(bare, drafts[i].url)) {
			*out = drafts[i].draft;
			return true;
		}
	}
	struct js_root *unused;
	return load_root(c, url, &unused);
}

static bool is_schema(struct value v)
{
	return v.kind == VAL_MAP || v.kind == VAL_BOOL;
}

/* pointer/key with key's ~ and / escaped. */
static struct str child(struct compiler *c, struct str pointer, struct str key)
{
	size_t room = pointer.n + 1 + 2 * key.n, n = pointer.n;
	char *p = arena_alloc(c->arena, room);
	if (n)
		memcpy(p, pointer.p, n);
	p[n++] = '/';
	for (size_t i = 0; i < key.n; i++) {
		bool is_escaped = key.p[i] == '~' || key.p[i] == '/';
		if (is_escaped)
			p[n++] = '~';
		p[n++] = is_escaped ? (key.p[i] == '~' ? '0' : '1') : key.p[i];
	}
	arena_trim(c->arena, p, room, n);
	return (struct str){ p, n };
}

static struct str child_at(struct compiler *c, struct str pointer, size_t i)
{
	return arena_fmt(c->arena, "%.*s/%zu", STR_ARG(pointer), i);
}

/*
 * A schema has some of sixty keywords, so most questions for one are in vain. Each name stands for one of 64 bits; where no key of the schema has that of a name, the
 * name is not there, which is known without looking.
 */
static uint64_t mark(struct str name)
{
	return name.n ? 1ULL << ((name.n + 5u * (uint8_t)name.p[0] + 11u * (uint8_t)name.p[name.n - 1]) % 64) : 0;
}

static uint64_t marks_of(struct value v)
{
	uint64_t marks = 0;
	for (size_t i = 0; i < value_map_len(v); i++)
		marks |= mark(map_key(v.map, i));
	return marks;
}

/* A map with its marks. */
struct marked {
	struct value v;
	uint64_t marks;
};

static struct value *look_up(const struct marked *m, struct str name)
{
	return m->marks & mark(name) ? value_map_get(m->v, name) : NULL;
}

static struct str look_up_str(const struct marked *m, struct str name)
{
	struct value *v = look_up(m, name);
	return v && v->kind == VAL_STR ? value_as_str(*v) : STR("");
}

/* --- the walk ------------------------------------------------------------------------------------------------------------------ */

struct walk {
	struct js_root *root;
	uint32_t depth;
};

static bool walk(struct compiler *c, struct walk *w, struct js_resource *r, struct value v, struct str pointer);

static struct js_resource *add_resource(struct compiler *c, struct js_root *root, struct str url, struct str pointer, struct value doc)
{
	struct js_resource *r = arena_new(c->arena, struct js_resource);
	*r = (struct js_resource){ .root = root, .url = url, .pointer = pointer, .doc = doc };
	map_init(&r->anchors, sizeof(struct str), c->arena);
	map_init(&r->dynamic, sizeof(struct json_schema *), c->arena);
	*(struct js_resource **)map_put(&c->resources, url) = r;
	return r;
}

static void add_anchor(struct js_resource *r, struct str name, struct str pointer)
{
	*(struct str *)map_put(&r->anchors, name) = pointer;
}

/* The $id, with which a resource of its own begins or, before 2019-09, an anchor. */
static struct js_resource *read_id(struct compiler *c, struct js_root *root, struct js_resource *r, const struct marked *m, struct str pointer)
{
	struct str id = look_up_str(m, root->draft == JS_4 ? STR("id") : STR("$id")), fragment;
	if (id.n == 0 || (root->draft <= JS_7 && look_up(m, STR("$ref"))))
		return r;
	struct str url = js_url_cut(id, &fragment);
	if (url.n)
		r = add_resource(c, root, js_url_resolve(c->arena, r->url, url), pointer, m->v);
	if (fragment.n && root->draft <= JS_7)
		add_anchor(r, fragment, pointer);
	return r;
}

static void read_anchors(struct compiler *c, struct js_root *root, struct js_resource *r, const struct marked *m, struct str pointer)
{
	struct str anchor = look_up_str(m, STR("$anchor")), dynamic = look_up_str(m, STR("$dynamicAnchor"));
	struct value *recursive = look_up(m, STR("$recursiveAnchor"));
	if (root->draft >= JS_2019 && anchor.n)
		add_anchor(r, anchor, pointer);
	if (root->draft >= JS_2020 && dynamic.n) {
		add_anchor(r, dynamic, pointer);
		*(struct json_schema **)map_put(&r->dynamic, dynamic) = get(c, r, pointer);
	}
	if (root->draft == JS_2019 && recursive && recursive->kind == VAL_BOOL && recursive->b && str_eq(pointer, r->pointer))
		r->recursive = get(c, r, pointer);
}

static bool walk_list(struct compiler *c, struct walk *w, struct js_resource *r, struct value v, struct str pointer)
{
	for (size_t i = 0; i < value_list_len(v); i++)
		if (!walk(c, w, r, v.list->p[i], child_at(c, pointer, i)))
			return false;
	return true;
}

static bool walk_map(struct compiler *c, struct walk *w, struct js_resource *r, struct value v, struct str pointer)
{
	for (size_t i = 0; i < value_map_len(v); i++)
		if (is_schema(*value_map_at(v, i)) && !walk(c, w, r, *value_map_at(v, i), child(c, pointer, map_key(v.map, i))))
			return false;
	return true;
}

static bool walk_keyword(struct compiler *c, struct walk *w, struct js_resource *r, struct value v, const struct keyword *k, struct str pointer)
{
	if (v.kind == VAL_LIST)
		return k->shape == LIST || k->shape == ONE_OR_LIST ? walk_list(c, w, r, v, pointer) : true;
	if (k->shape == MAP || k->shape == MAP_OR_NAMES)
		return v.kind == VAL_MAP ? walk_map(c, w, r, v, pointer) : true;
	return is_schema(v) ? walk(c, w, r, v, pointer) : true;
}

static bool walk(struct compiler *c, struct walk *w, struct js_resource *r, struct value v, struct str pointer)
{
	if (w->depth >= JSON_SCHEMA_MAX_DEPTH)
		return err_set(c->err, ERR_LIMIT, "schema nested deeper than %d levels", JSON_SCHEMA_MAX_DEPTH);
	const struct js_resource **known = map_put(&w->root->known, pointer);
	*known = r;
	if (v.kind != VAL_MAP)
		return true;
	struct marked m = { v, marks_of(v) };
	w->depth++;
	*known = r = read_id(c, w->root, r, &m, pointer);
	read_anchors(c, w->root, r, &m, pointer);
	for (const struct keyword *k = keywords; k < keywords + ARRAY_LEN(keywords); k++) {
		struct value *sub = look_up(&m, k->name);
		if (sub && w->root->draft >= k->since && w->root->draft <= k->until && !walk_keyword(c, w, r, *sub, k, child(c, pointer, k->name)))
			return false;
	}
	w->depth--;
	return true;
}

/* --- documents ----------------------------------------------------------------------------------------------------------------- */

static struct js_root *add_root(struct compiler *c, struct str url, struct value doc, enum js_draft draft)
{
	struct js_root *root = arena_new(c->arena, struct js_root);
	*root = (struct js_root){ .url = url, .doc = doc, .draft = draft };
	map_init(&root->known, sizeof(struct js_resource *), c->arena);
	map_init(&root->schemas, sizeof(struct json_schema *), c->arena);
	*(struct js_root **)map_put(&c->roots, url) = root;
	return root;
}

static bool walk_root(struct compiler *c, struct js_root *root)
{
	struct walk w = { .root = root };
	return walk(c, &w, add_resource(c, root, root->url, STR(""), root->doc), root->doc, STR(""));
}

static bool cannot_load(struct compiler *c, struct str url)
{
	struct str file = str_drop_prefix(url, STR("file://"));
	if (file.n < url.n)
		return err_set(c->err, ERR_SYNTAX, "failing loading \"%.*s\": open %.*s: no such file or directory", STR_ARG(url), STR_ARG(file));
	if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://")) && !str_starts(url, STR("urn:")))
		return err_set(c->err, ERR_SYNTAX, "failing loading \"%.*s\": no URLLoader registered for \"%.*s\"", STR_ARG(url), STR_ARG(url));
	err_set(c->err, ERR_SYNTAX, "failing loading \"%.*s\": schemas are not fetched while charts are rendered", STR_ARG(url));
	return err_hint(c->err, "copy that schema into the chart's values.schema.json, under $defs, and refer to it there");
}

/* A metaschema; nothing else can be loaded. */
static bool load_root(struct compiler *c, struct str url, struct js_root **out)
{
	struct js_root **there = map_find(&c->roots, url);
	if (there) {
		*out = *there;
		return true;
	}
	struct str text = js_metaschema(url);
	struct value doc;
	if (!text.p)
		return cannot_load(c, url);
	if (!json_parse(text, &(struct json_read_options){ .numbers = JSON_INTS }, c->arena, &doc, c->err))
		return false;
	enum js_draft draft;
	if (!find_draft(c, doc, &draft))
		return false;
	*out = add_root(c, url, doc, draft);
	(*out)->meta = true;
	return walk_root(c, *out);
}

/* Checks a part of the document against its draft's metaschema. */
static bool check_meta(struct compiler *c, struct value v, enum js_draft draft, struct str url, struct str pointer)
{
	struct js_root *meta;
	if (!load_root(c, draft_url(draft), &meta))
		return false;
	struct js_resource **r = map_find(&c->resources, meta->url);
	const struct json_schema *schema = get(c, *r, STR(""));
	struct arena a = { 0 };
	bool ok = drain(c);
	const struct js_failure *f = ok ? js_check(schema, v, &a) : NULL;
	if (f) {
		AUTO_BUF b = { 0 };
		buf_addf(&b, "\"%.*s#%.*s\" is not valid against metaschema: jsonschema validation failed with '%.*s#'\n", STR_ARG(url),
		         STR_ARG(pointer), STR_ARG(meta->url));
		js_report(f, &b);
		b.n--;
		ok = err_set(c->err, ERR_SYNTAX, "%s", buf_str(&b).p);
	}
	arena_deinit(&a);
	return ok;
}

/* --- references ---------------------------------------------------------------------------------------------------------------- */

static bool unescape(struct compiler *c, struct str token, struct str *out)
{
	AUTO_BUF b = { 0 };
	*out = token;
	if (str_find_char(token, '~') == STR_NPOS)
		return true;
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] != '~') {
			buf_add_char(&b, token.p[i]);
			continue;
		}
		i++;
		if (i >= token.n || (token.p[i] != '0' && token.p[i] != '1'))
			return false;
		buf_add_char(&b, token.p[i] == '0' ? '~' : '/');
	}
	*out = buf_to_arena(&b, c->arena);
	return true;
}

static struct str decode_percent(struct compiler *c, struct str s)
{
	AUTO_BUF b = { 0 };
	if (str_find_char(s, '%') == STR_NPOS)
		return s;
	for (size_t i = 0; i < s.n; i++) {
		unsigned byte;
		char hex[3] = { 0 };
		if (s.p[i] == '%' && i + 2 < s.n) {
			memcpy(hex, s.p + i + 1, 2);
			if (sscanf(hex, "%2x", &byte) == 1) {
				buf_add_char(&b, (char)byte);
				i += 2;
				continue;
			}
		}
		buf_add_char(&b, s.p[i]);
	}
	return buf_to_arena(&b, c->arena);
}

static bool step_into(struct value *v, struct str token)
{
	int64_t i;
	if (v->kind == VAL_MAP) {
		struct value *next = value_map_get(*v, token);
		if (next)
			*v = *next;
		return next != NULL;
	}
	if (v->kind != VAL_LIST || !str_to_int(token, &i) || i < 0 || (size_t)i >= value_list_len(*v))
		return false;
	*v = v->list->p[i];
	return true;
}

enum found { FOUND, MISSING, MALFORMED };

/* The value at a pointer that begins with '/', below `v`. */
static enum found follow(struct compiler *c, struct value v, struct str pointer, struct value *out)
{
	struct str rest = str_slice(pointer, 1, pointer.n), token;
	for (bool more = true; more;) {
		more = str_find_char(rest, '/') != STR_NPOS;
		str_cut(rest, '/', &token, &rest);
		if (!unescape(c, token, &token))
			return MALFORMED;
		if (!step_into(&v, token))
			return MISSING;
	}
	*out = v;
	return FOUND;
}

/* The resource that a place belongs to: the one of the nearest place above that the walk has seen. */
static const struct js_resource *owner_of(struct js_root *root, struct str pointer)
{
	for (;;) {
		struct js_resource **r = map_find(&root->known, pointer);
		if (r)
			return *r;
		size_t slash = str_rfind_char(pointer, '/');
		pointer = str_slice(pointer, 0, slash == STR_NPOS ? 0 : slash);
	}
}

/* A reference may lead to a place that no keyword makes a schema: it becomes one. */
static bool learn_place(struct compiler *c, const struct js_resource *r, struct str pointer, struct value v)
{
	struct js_root *root = r->root;
	if (map_has(&root->known, pointer))
		return true;
	if (!js_is_plain(v, root->draft) && !check_meta(c, v, root->draft, root->url, pointer))
		return false;
	struct walk w = { .root = root };
	return walk(c, &w, (struct js_resource *)owner_of(root, pointer), v, pointer);
}

static bool find_pointer(struct compiler *c, const struct js_resource *r, struct str fragment, struct json_schema **out)
{
	struct value v;
	struct str decoded = decode_percent(c, fragment), pointer = arena_concat(c->arena, r->pointer, decoded), url = r->root->url;
	switch (follow(c, r->doc, decoded, &v)) {
	case MALFORMED:
		return err_set(c->err, ERR_SYNTAX, "invalid json-pointer \"%.*s#%.*s\"", STR_ARG(url), STR_ARG(pointer));
	case MISSING:
		return err_set(c->err, ERR_SYNTAX, "json-pointer in \"%.*s#%.*s\" not found", STR_ARG(url), STR_ARG(pointer));
	case FOUND: break;
	}
	if (!learn_place(c, r, pointer, v))
		return false;
	*out = get(c, owner_of(r->root, pointer), pointer);
	return true;
}

static bool find_reference(struct compiler *c, const struct js_resource *from, struct str ref, struct json_schema **out)
{
	struct str fragment, url = js_url_cut(js_url_resolve(c->arena, from->url, ref), &fragment);
	struct js_resource **found = map_find(&c->resources, url);
	struct js_root *root;
	if (!found) {
		if (!load_root(c, url, &root))
			return false;
		found = map_find(&c->resources, url);
	}
	const struct js_resource *r = *found;
	if (fragment.n == 0) {
		*out = get(c, r, r->pointer);
		return true;
	}
	if (*fragment.p == '/')
		return find_pointer(c, r, fragment, out);
	const struct str *anchor = map_find(&r->anchors, fragment);
	if (!anchor)
		return err_set(c->err, ERR_SYNTAX, "anchor in \"%.*s#%.*s\" not found in schema \"%.*s\"", STR_ARG(url), STR_ARG(fragment),
		               STR_ARG(r->root->url));
	*out = get(c, r, *anchor);
	return true;
}

/* --- compiling ----------------------------------------------------------------------------------------------------------------- */

static struct json_schema *get(struct compiler *c, const struct js_resource *r, struct str pointer)
{
	struct json_schema **slot = map_put(&r->root->schemas, pointer);
	if (!*slot) {
		struct json_schema *s = arena_new(c->arena, struct json_schema);
		*s = (struct json_schema){
			.resource = r, .pointer = pointer, .min_properties = -1, .max_properties = -1, .min_items = -1, .max_items = -1,
			.min_contains = -1, .max_contains = -1, .min_length = -1, .max_length = -1,
		};
		*slot = s;
		vec_push_in(&c->queue, c->arena, s);
	}
	return *slot;
}

/* The schema that is being compiled, with the value that it comes from. */
struct site {
	struct compiler *c;
	struct json_schema *s;
	struct marked m;
	enum js_draft draft;
};

static struct value *keyword(const struct site *t, const char *name)
{
	return look_up(&t->m, str_c(name));
}

/* The schema at a pointer, whose value is `v`. */
static struct json_schema *sub(const struct site *t, struct str pointer, const struct value *v)
{
	struct json_schema *s = get(t->c, owner_of(t->s->resource->root, pointer), pointer);
	s->source = v;
	return s;
}

static struct str below(const struct site *t, const char *name)
{
	return child(t->c, t->s->pointer, str_c(name));
}

static void one(const struct site *t, const char *name, struct json_schema **out)
{
	struct value *v = keyword(t, name);
	if (v && is_schema(*v))
		*out = sub(t, below(t, name), v);
}

static bool list(const struct site *t, const char *name, js_list *out)
{
	struct value *v = keyword(t, name);
	if (!v || v->kind != VAL_LIST)
		return false;
	struct str pointer = below(t, name);
	for (size_t i = 0; i < value_list_len(*v); i++)
		vec_push_in(out, t->c->arena, sub(t, child_at(t->c, pointer, i), &v->list->p[i]));
	return true;
}

static void map(const struct site *t, const char *name, js_map *out)
{
	struct value *v = keyword(t, name);
	if (!v || v->kind != VAL_MAP)
		return;
	struct str pointer = below(t, name);
	for (size_t i = 0; i < value_map_len(*v); i++) {
		size_t k = map_sorted(v->map, i);
		struct js_named named = { .name = map_key(v->map, k) };
		const struct value *item = value_map_at(*v, k);
		if (item->kind == VAL_LIST)
			named.names = item;
		else
			named.schema = sub(t, child(t->c, pointer, named.name), item);
		vec_push_in(out, t->c->arena, named);
	}
}

static bool regex(const struct site *t, struct str pattern, const char *name, const struct regex **out)
{
	AUTO_ERR err = { 0 };
	if (regex_compile(t->c->arena, pattern, 0, out, &err))
		return true;
	return err_set(t->c->err, ERR_SYNTAX, "invalid regex \"%.*s\" at \"%.*s#%.*s/%s\": %s", STR_ARG(pattern),
	               STR_ARG(t->s->resource->root->url), STR_ARG(t->s->pointer), name, err.message);
}

static void count(const struct site *t, const char *name, int64_t *out)
{
	struct value *v = keyword(t, name);
	if (v && v->kind == VAL_INT)
		*out = v->i;
	else if (v && v->kind == VAL_FLOAT && v->f >= 0 && v->f < 0x1p63)
		*out = (int64_t)v->f;
}

static void number(const struct site *t, const char *name, struct js_number *out)
{
	struct value *v = keyword(t, name);
	if (v && (v->kind == VAL_INT || v->kind == VAL_FLOAT))
		*out = (struct js_number){ true, v->kind == VAL_INT ? (double)v->i : v->f };
}

static unsigned type_bit(struct str name)
{
	for (unsigned i = 0; i < ARRAY_LEN(js_type_names); i++)
		if (str_eq_c(name, js_type_names[i]))
			return 1u << i;
	return 0;
}

static void compile_general(const struct site *t)
{
	struct value *types = keyword(t, "type"), *format = keyword(t, "format");
	if (types && types->kind == VAL_STR)
		t->s->types = type_bit(value_as_str(*types));
	for (size_t i = 0; types && types->kind == VAL_LIST && i < value_list_len(*types); i++)
		t->s->types |= type_bit(value_as_str(types->list->p[i]));
	t->s->enumeration = keyword(t, "enum");
	if (t->draft >= JS_6)
		t->s->constant = keyword(t, "const");
	/* Since 2019-09 a format is an annotation only, but for the metaschemas' own. */
	if (format && format->kind == VAL_STR && (t->draft <= JS_7 || t->s->resource->root->meta))
		t->s->format = js_format_find(value_as_str(*format));
	t->s->has_any_of = list(t, "anyOf", &t->s->any_of);
	t->s->has_one_of = list(t, "oneOf", &t->s->one_of);
	list(t, "allOf", &t->s->all_of);
	one(t, "not", &t->s->not);
	if (t->draft >= JS_7) {
		one(t, "if", &t->s->if_);
		one(t, "then", &t->s->then);
		one(t, "else", &t->s->else_);
	}
}

static bool compile_object(const struct site *t)
{
	struct json_schema *s = t->s;
	count(t, "minProperties", &s->min_properties);
	count(t, "maxProperties", &s->max_properties);
	s->required = keyword(t, "required");
	map(t, "properties", &s->properties);
	map(t, "patternProperties", &s->patterns);
	for (size_t i = 0; i < s->patterns.n; i++)
		if (!regex(t, s->patterns.p[i].name, "patternProperties", &s->patterns.p[i].pattern))
			return false;
	one(t, "additionalProperties", &s->additional);
	map(t, "dependencies", &s->dependencies);
	if (t->draft >= JS_6)
		one(t, "propertyNames", &s->property_names);
	if (t->draft >= JS_2019) {
		map(t, "dependentSchemas", &s->dependent_schemas);
		map(t, "dependentRequired", &s->dependent_required);
		one(t, "unevaluatedProperties", &s->unevaluated_properties);
	}
	return true;
}

static void compile_items(const struct site *t)
{
	struct json_schema *s = t->s;
	struct value *items = keyword(t, "items"), *more = keyword(t, "additionalItems");
	if (t->draft >= JS_2020) {
		list(t, "prefixItems", &s->prefix);
		one(t, "items", &s->items);
		return;
	}
	if (!items || items->kind != VAL_LIST) {
		one(t, "items", &s->items);
		return;
	}
	list(t, "items", &s->prefix);
	s->additional_items_never = more && more->kind == VAL_BOOL && !more->b;
	if (!s->additional_items_never)
		one(t, "additionalItems", &s->items);
}

static void compile_array(const struct site *t)
{
	struct json_schema *s = t->s;
	struct value *unique = keyword(t, "uniqueItems");
	count(t, "minItems", &s->min_items);
	count(t, "maxItems", &s->max_items);
	s->unique = unique && unique->kind == VAL_BOOL && unique->b;
	compile_items(t);
	if (t->draft >= JS_6)
		one(t, "contains", &s->contains);
	if (t->draft >= JS_2019) {
		count(t, "minContains", &s->min_contains);
		count(t, "maxContains", &s->max_contains);
		one(t, "unevaluatedItems", &s->unevaluated_items);
	}
	s->contains_evaluates = t->draft >= JS_2020;
}

static bool compile_string(const struct site *t)
{
	struct value *pattern = keyword(t, "pattern");
	count(t, "minLength", &t->s->min_length);
	count(t, "maxLength", &t->s->max_length);
	return !pattern || pattern->kind != VAL_STR || regex(t, value_as_str(*pattern), "pattern", &t->s->pattern);
}

static void compile_number(const struct site *t)
{
	struct json_schema *s = t->s;
	number(t, "minimum", &s->minimum);
	number(t, "maximum", &s->maximum);
	number(t, "multipleOf", &s->multiple_of);
	if (t->draft > JS_4) {
		number(t, "exclusiveMinimum", &s->exclusive_minimum);
		number(t, "exclusiveMaximum", &s->exclusive_maximum);
		return;
	}
	/* In draft 4 they are booleans that change minimum and maximum. */
	struct value *min = keyword(t, "exclusiveMinimum"), *max = keyword(t, "exclusiveMaximum");
	if (min && min->kind == VAL_BOOL && min->b) {
		s->exclusive_minimum = s->minimum;
		s->minimum.set = false;
	}
	if (max && max->kind == VAL_BOOL && max->b) {
		s->exclusive_maximum = s->maximum;
		s->maximum.set = false;
	}
}

static bool reference(const struct site *t, const char *name, struct json_schema **out)
{
	struct value *v = keyword(t, name);
	return !v || v->kind != VAL_STR || find_reference(t->c, t->s->resource, value_as_str(*v), out);
}

static bool compile_references(const struct site *t)
{
	if (!reference(t, "$ref", &t->s->ref))
		return false;
	if (t->draft >= JS_2019 && !reference(t, "$recursiveRef", &t->s->recursive_ref))
		return false;
	if (t->draft < JS_2020)
		return true;
	if (!reference(t, "$dynamicRef", &t->s->dynamic_ref))
		return false;
	if (t->s->dynamic_ref) {
		struct str fragment;
		js_url_cut(look_up_str(&t->m, STR("$dynamicRef")), &fragment);
		if (map_has(&t->s->dynamic_ref->resource->dynamic, fragment))
			t->s->dynamic_anchor = fragment;
	}
	return true;
}

static bool compile_one(struct compiler *c, struct json_schema *s)
{
	struct js_root *root = s->resource->root;
	struct site t = { c, s, { root->doc, 0 }, root->draft };
	if (s->source)
		t.m.v = *s->source;
	else if (s->pointer.n && follow(c, root->doc, s->pointer, &t.m.v) != FOUND)
		return err_set(c->err, ERR_SYNTAX, "json-pointer in \"%.*s#%.*s\" not found", STR_ARG(root->url), STR_ARG(s->pointer));
	if (t.m.v.kind == VAL_BOOL)
		s->never = !t.m.v.b;
	if (t.m.v.kind != VAL_MAP)
		return true;
	t.m.marks = marks_of(t.m.v);
	if (!compile_references(&t))
		return false;
	/* Up to draft 7 a $ref makes all its siblings void. */
	if (s->ref && t.draft <= JS_7)
		return true;
	compile_general(&t);
	compile_array(&t);
	compile_number(&t);
	if (!compile_object(&t) || !compile_string(&t))
		return false;
	c->track |= s->unevaluated_items || s->unevaluated_properties;
	return true;
}

static bool drain(struct compiler *c)
{
	while (c->queue.n) {
		struct json_schema *s = c->queue.p[--c->queue.n];
		if (!s->compiled && !compile_one(c, s))
			return false;
		s->compiled = true;
	}
	return true;
}

/* What json.Decoder says of a text that is no JSON differs a little from json.Unmarshal. */
static bool read_json(struct compiler *c, struct str text, struct value *out)
{
	AUTO_ERR err = { 0 };
	if (json_parse(text, &(struct json_read_options){ .numbers = JSON_INTS }, c->arena, out, &err))
		return true;
	if (str_trim(text).n == 0)
		return err_set(c->err, ERR_SYNTAX, "EOF");
	if (strcmp(err.message, "unexpected end of JSON input") == 0)
		return err_set(c->err, ERR_SYNTAX, "unexpected EOF");
	if (str_ends(str_c(err.message), STR("after top-level value")))
		return err_set(c->err, ERR_SYNTAX, "invalid character after top-level value");
	return err_set(c->err, err.kind, "%s", err.message);
}

bool json_schema_compile(struct str text, struct arena *a, const struct json_schema **out, struct err *err)
{
	struct compiler c = { .arena = a, .err = err };
	struct value doc;
	enum js_draft draft;
	map_init(&c.roots, sizeof(struct js_root *), a);
	map_init(&c.resources, sizeof(struct js_resource *), a);
	if (!read_json(&c, text, &doc) || !find_draft(&c, doc, &draft))
		return false;
	if (!js_is_plain(doc, draft) && !check_meta(&c, doc, draft, str_c(root_url), STR("")))
		return false;
	c.track = false;
	struct js_root *root = add_root(&c, str_c(root_url), doc, draft);
	if (!walk_root(&c, root))
		return false;
	struct json_schema *schema = get(&c, owner_of(root, STR("")), STR(""));
	if (!drain(&c))
		return false;
	schema->track = c.track;
	*out = schema;
	return true;
}
