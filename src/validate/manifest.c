/*
 * Two passes: the first checks each manifest by itself and enters what it makes (objects, and what controllers will make of it) into one map; the
 * second looks up what each refers to. A set of n fields costs O(n).
 */
#include "validate/manifest.h"

#include <stdlib.h>

#include "validate/names.h"
#include "validate/refs.h"

struct check {
	struct arena *a;
	const struct manifest_options *options;
	findings *out;
	const struct manifest *m; /* under check */
	struct map made;          /* ids of what the set, or Kubernetes, makes */
	struct map awaited;       /* ids of what something in the set expects to be made while it runs */
};

static void add(struct check *c, enum finding_severity severity, struct str path, struct str hint, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
static void add(struct check *c, enum finding_severity severity, struct str path, struct str hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct finding f = { severity, c->m, path, arena_vfmt(c->a, fmt, ap), hint };
	va_end(ap);
	vec_push_in(c->out, c->a, f);
}

/* The string at `path`, or STR_NONE with a finding if it is missing, empty or no string. */
static struct str required(struct check *c, const char *path)
{
	struct value *v = value_find(c->m->value, path);
	if (!v || v->kind == VAL_NULL)
		add(c, FINDING_ERROR, str_c(path), STR(""), "is missing");
	else if (v->kind != VAL_STR)
		add(c, FINDING_ERROR, str_c(path), STR("put it in quotes"), "is a %s, not a string", value_kind_name(v->kind));
	else if (v->len == 0)
		add(c, FINDING_ERROR, str_c(path), STR(""), "is empty");
	else
		return value_as_str(*v);
	return STR_NONE;
}

static void check_name(struct check *c, struct str kind)
{
	struct str generate = value_find_str(c->m->value, "metadata.generateName");
	const char *why;
	if (generate.n) {
		/* The server adds five characters of its own. */
		struct str tried = arena_concat(c->a, generate, STR("x"));
		if (!names_object(kind, tried, &why))
			add(c, FINDING_ERROR, STR("metadata.generateName"), STR(""), "'%.*s' cannot begin a name: %s", STR_ARG(generate), why);
		return;
	}
	struct str name = required(c, "metadata.name");
	if (name.n && !names_object(kind, name, &why))
		add(c, FINDING_ERROR, STR("metadata.name"), STR(""), "'%.*s' is no name for a %.*s: %s", STR_ARG(name), STR_ARG(kind), why);
}

static void check_strings(struct check *c, const char *at, bool labels)
{
	struct value *map = value_find(c->m->value, at);
	size_t total = 0;
	if (!map || map->kind == VAL_NULL)
		return;
	if (map->kind != VAL_MAP) {
		add(c, FINDING_ERROR, str_c(at), STR(""), "is a %s, not a map", value_kind_name(map->kind));
		return;
	}
	for (size_t i = 0; i < value_map_len(*map); i++) {
		struct str key = map_key(map->map, i), path = arena_fmt(c->a, "%s[%.*s]", at, STR_ARG(key));
		struct value v = *value_map_at(*map, i);
		const char *why;
		if (!names_qualified(key, &why))
			add(c, FINDING_ERROR, path, STR(""), "is no valid key: %s", why);
		if (v.kind != VAL_STR)
			add(c, FINDING_ERROR, path, STR("put the value in quotes"), "is a %s, not a string", value_kind_name(v.kind));
		else if (labels && !names_label_value(value_as_str(v), &why))
			add(c, FINDING_ERROR, path, STR(""), "'%.*s' is no valid label value: %s", STR_ARG(value_as_str(v)), why);
		total += key.n + (v.kind == VAL_STR ? v.len : 0);
	}
	if (!labels && total > NAMES_ANNOTATIONS_MAX)
		add(c, FINDING_ERROR, str_c(at), STR(""), "are %zu bytes together; at most %d are allowed", total, NAMES_ANNOTATIONS_MAX);
}

static bool known_namespace(const struct check *c, struct str ns)
{
	static const struct str own[] = { STR_INIT("default"), STR_INIT("kube-system"), STR_INIT("kube-public"),
					  STR_INIT("kube-node-lease") };
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_eq(own[i], ns))
			return true;
	for (size_t i = 0; c->options && i < c->options->namespace_count; i++)
		if (str_eq(c->options->namespaces[i], ns))
			return true;
	return map_has(&c->made, refs_id(c->a, STR("Namespace"), STR(""), ns));
}

static void check_object(struct check *c)
{
	struct value v = c->m->value;
	if (v.kind != VAL_MAP) {
		add(c, FINDING_ERROR, STR(""), STR(""), "the document is a %s, not an object", value_kind_name(v.kind));
		return;
	}
	const char *why;
	struct str version = required(c, "apiVersion"), kind = required(c, "kind");
	if (version.n && !names_api_version(version, &why))
		add(c, FINDING_ERROR, STR("apiVersion"), STR(""), "'%.*s' is no API version: %s", STR_ARG(version), why);
	if (kind.n && !names_kind(kind))
		add(c, FINDING_ERROR, STR("kind"), STR(""), "'%.*s' is no kind", STR_ARG(kind));
	struct value *meta = value_map_get(v, STR("metadata"));
	if (!meta || meta->kind != VAL_MAP) {
		add(c, FINDING_ERROR, STR("metadata"), STR(""), "is missing");
		return;
	}
	check_name(c, kind);
	struct str ns = value_find_str(v, "metadata.namespace");
	if (ns.n && !names_dns_label(ns, &why))
		add(c, FINDING_ERROR, STR("metadata.namespace"), STR(""), "'%.*s' is no namespace: %s", STR_ARG(ns), why);
	check_strings(c, "metadata.labels", true);
	check_strings(c, "metadata.annotations", false);
}

static struct str group_of(struct str api_version)
{
	struct str group, version;
	return str_cut(api_version, '/', &group, &version) ? group : STR("");
}

/* Two manifests of one group, kind, namespace and name: the later would overwrite the former. */
static void enter_object(struct check *c, struct map *ids)
{
	struct value v = c->m->value;
	struct str kind = value_find_str(v, "kind"), ns = value_find_str(v, "metadata.namespace"), name = value_find_str(v, "metadata.name");
	if (!kind.n || !name.n)
		return;
	struct str id = arena_fmt(c->a, "%.*s/%.*s", STR_ARG(group_of(value_find_str(v, "apiVersion"))), STR_ARG(refs_id(c->a, kind, ns, name)));
	const struct manifest **first = map_find(ids, id);
	if (first) {
		add(c, FINDING_ERROR, STR("metadata.name"), STR("rename one of them, or leave one out"), "the same object stands in %.*s (document %u)",
		    STR_ARG((*first)->file), (*first)->document);
		return;
	}
	*(const struct manifest **)map_put(ids, id) = c->m;
	map_put(&c->made, refs_id(c->a, kind, ns, name));
	refs_enter_made(v, c->a, &c->made);
}

/* Where one object says that it can do without, or a role names what its holder may create, a controller is going to make it. */
static void enter_awaited(void *arg, const struct reference *r)
{
	struct check *c = arg;
	if (r->optional || r->created)
		map_put(&c->awaited, refs_id(c->a, r->kind, r->namespace.n ? r->namespace : STR("default"), r->name));
}

static void check_reference(void *arg, const struct reference *r)
{
	struct check *c = arg;
	struct str ns = r->namespace.n ? r->namespace : STR("default");
	if (r->created || map_has(&c->made, refs_id(c->a, r->kind, ns, r->name)))
		return;
	bool awaited = r->made_elsewhere || map_has(&c->awaited, refs_id(c->a, r->kind, ns, r->name));
	if (!map_has(&c->made, refs_id(c->a, STR("Namespace"), STR(""), ns))) {
		if (!r->optional)
			add(c, FINDING_WARNING, r->path, STR(""), "%.*s '%.*s' is not in the set, nor is its namespace '%.*s'", STR_ARG(r->kind),
			    STR_ARG(r->name), STR_ARG(ns));
		return;
	}
	if (r->optional)
		add(c, FINDING_WARNING, r->path, STR(""), "optional %.*s '%.*s' is not in namespace '%.*s' of the set", STR_ARG(r->kind),
		    STR_ARG(r->name), STR_ARG(ns));
	else
		add(c, awaited ? FINDING_WARNING : FINDING_ERROR, r->path, STR(""), "%.*s '%.*s' is not in namespace '%.*s' of the set",
		    STR_ARG(r->kind), STR_ARG(r->name), STR_ARG(ns));
}

static void check_namespace(struct check *c)
{
	struct str ns = value_find_str(c->m->value, "metadata.namespace");
	if (ns.n && !known_namespace(c, ns))
		add(c, FINDING_ERROR, STR("metadata.namespace"), STR("add a Namespace object, or say --namespace-exists NAME if another makes it"),
		    "namespace '%.*s' is not in the set", STR_ARG(ns));
}

static int finding_cmp(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->manifest != y->manifest)
		return x->manifest < y->manifest ? -1 : 1;
	return str_cmp(x->path, y->path);
}

void manifest_check(const struct manifest *manifests, size_t n, const struct manifest_options *options, struct arena *a, findings *out)
{
	struct check c = { .a = a, .options = options, .out = out };
	struct map ids;
	map_init(&c.made, 0, a);
	map_init(&c.awaited, 0, a);
	map_init(&ids, sizeof(struct manifest *), a);
	*out = (findings){ 0 };
	for (size_t i = 0; i < n; i++) {
		c.m = &manifests[i];
		check_object(&c);
		enter_object(&c, &ids);
		if (c.m->value.kind == VAL_MAP)
			refs_each(c.m->value, a, enter_awaited, &c);
	}
	for (size_t i = 0; i < n; i++) {
		c.m = &manifests[i];
		if (c.m->value.kind != VAL_MAP)
			continue;
		check_namespace(&c);
		refs_each(c.m->value, a, check_reference, &c);
	}
	if (out->n)
		qsort(out->p, out->n, sizeof(*out->p), finding_cmp);
}

void finding_text(const struct finding *f, struct buf *out)
{
	const struct manifest *m = f->manifest;
	struct str kind = value_find_str(m->value, "kind"), ns = value_find_str(m->value, "metadata.namespace");
	struct str name = value_find_str(m->value, "metadata.name");
	buf_addf(out, "%s: %.*s", f->severity == FINDING_ERROR ? "error" : "warning", STR_ARG(m->file));
	if (m->line)
		buf_addf(out, ":%u", m->line);
	buf_addf(out, " (document %u): ", m->document);
	if (kind.n)
		buf_addf(out, "%.*s %.*s%s%.*s: ", STR_ARG(kind), STR_ARG(ns), ns.n ? "/" : "", STR_ARG(name));
	if (f->path.n)
		buf_addf(out, "%.*s: ", STR_ARG(f->path));
	buf_add(out, f->message);
	if (m->source.n)
		buf_addf(out, "\n  from %.*s", STR_ARG(m->source));
	if (f->hint.n)
		buf_addf(out, "\n  hint: %.*s", STR_ARG(f->hint));
	buf_add_char(out, '\n');
}
