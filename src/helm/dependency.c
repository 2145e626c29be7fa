/*
 * Two passes over the tree. The first goes down: each chart's declared dependencies are matched with what lies in charts/ (one chart may be
 * matched several times, under different aliases), then tags and conditions are read from the values. The second comes up: the values of a
 * chart become those of its tree, with what it imports from its children laid below them.
 *
 * A chart that declares nothing keeps all that lies in its charts/, and nothing below it is looked at.
 */
#include "helm/dependency.h"

#include "base/buf.h"
#include "gotmpl/gofmt.h"
#include "helm/values.h"
#include "text/semver.h"

bool dependency_is_in_range(struct str range, struct str version)
{
	struct arena a = { 0 };
	AUTO_ERR ignored = { 0 };
	struct semver v;
	const struct semver_range *r;
	bool is_in = semver_parse(version, SEMVER_LOOSE, &v, &ignored) && semver_range_parse(&a, range, SEMVER_HELM, &r, &ignored) &&
		     semver_range_has(r, &v);
	arena_deinit(&a);
	return is_in;
}

bool dependency_check(const struct chart *c, struct err *err)
{
	AUTO_BUF missing = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < c->metadata->dependencies.n; i++) {
		struct str name = chart_dependency_at(c->metadata, i)->name;
		bool found = false;
		for (size_t k = 0; k < c->dependencies.n; k++)
			found = found || str_eq(chart_name(c->dependencies.p[k]), name);
		if (!found)
			buf_addf(&missing, "%s%.*s", n++ ? ", " : "", STR_ARG(name));
	}
	if (!n)
		return true;
	return err_set(err, ERR_NOT_FOUND,
		       "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing "
		       "dependencies: found in Chart.yaml, but missing in charts/ directory: %.*s",
		       STR_ARG(buf_str(&missing)));
}

/* ---- Down: alias, tags, condition ---- */

/*
 * A copy of the first chart that fits the declaration, or NULL. Everything below it is shared, as in Helm 3.19: where one chart is declared twice, what the first
 * copy makes of its own declarations (names that became aliases, values that were imported) is what the second one finds, and a child that is
 * not declared belongs to the copy that was processed last, or, where nothing is declared, still to the chart as it lies in charts/.
 */
static struct chart *take_dependency(struct arena *a, const struct chart *c, const struct chart_dependency *dep)
{
	for (size_t i = 0; i < c->dependencies.n; i++) {
		const struct chart *found = c->dependencies.p[i];
		if (!str_eq(chart_name(found), dep->name) || !dependency_is_in_range(dep->version, found->metadata->version))
			continue;
		struct chart *copy = arena_new(a, struct chart);
		*copy = *found;
		copy->metadata = arena_new(a, struct chart_metadata);
		*copy->metadata = *found->metadata;
		if (dep->alias.n)
			copy->metadata->name = dep->alias;
		return copy;
	}
	return NULL;
}

static bool is_declared(const struct chart *c, const struct chart *child)
{
	for (size_t i = 0; i < c->metadata->dependencies.n; i++) {
		const struct chart_dependency *dep = chart_dependency_at(c->metadata, i);
		if (str_eq(chart_name(child), dep->name) && dependency_is_in_range(dep->version, child->metadata->version))
			return true;
	}
	return false;
}

static void set_dependencies(struct chart *c, const charts *list)
{
	c->dependencies = *list;
	for (size_t i = 0; i < list->n; i++)
		list->p[i]->parent = c;
}

/* Undeclared charts first, then the declared ones in the order of Chart.yaml. */
static void match_dependencies(struct arena *a, struct chart *c)
{
	charts list = { 0 };
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!is_declared(c, c->dependencies.p[i]))
			vec_push_in(&list, a, c->dependencies.p[i]);
	for (size_t i = 0; i < c->metadata->dependencies.n; i++) {
		struct chart_dependency *dep = chart_dependency_at(c->metadata, i);
		struct chart *found = take_dependency(a, c, dep);
		if (found)
			vec_push_in(&list, a, found);
		if (dep->alias.n)
			dep->name = dep->alias;
		dep->enabled = true;
	}
	set_dependencies(c, &list);
}

static void apply_tags(const struct coalesce_ctx *ctx, struct chart *c, struct value values)
{
	struct value tags;
	AUTO_ERR ignored = { 0 };
	if (!values_table(values, STR("tags"), &tags, &ignored))
		return;
	for (size_t i = 0; i < c->metadata->dependencies.n; i++) {
		struct chart_dependency *dep = chart_dependency_at(c->metadata, i);
		bool any_true = false, any_false = false;
		for (size_t k = 0; dep->tags.kind == VAL_LIST && k < dep->tags.list->n; k++) {
			struct str tag = value_as_str(dep->tags.list->p[k]);
			struct value *v = value_map_get(tags, tag);
			if (v && v->kind == VAL_BOOL)
				*(v->b ? &any_true : &any_false) = true;
			else if (v)
				helm_log_line(ctx->log, "dependencies.go:95", "Warning: Tag '%.*s' for chart %.*s returned non-bool value",
					      STR_ARG(tag), STR_ARG(dep->name));
		}
		dep->enabled = any_true || !any_false;
	}
}

/* The first of a dependency's conditions that stands in the values decides. `path` is "parent.child." of the chart, empty for the root. */
static void apply_condition(const struct coalesce_ctx *ctx, struct chart_dependency *dep, struct value values, struct str path)
{
	struct str rest = str_trim(dep->condition), condition;
	while (str_next(&rest, ',', &condition)) {
		struct value v;
		AUTO_ERR ignored = { 0 };
		if (!condition.n || !values_at(values, arena_concat(ctx->a, path, condition), &v, &ignored))
			continue;
		if (v.kind == VAL_BOOL) {
			dep->enabled = v.b;
			return;
		}
		helm_log_line(ctx->log, "dependencies.go:64", "Warning: Condition path '%.*s' for chart %.*s returned non-bool value",
			      STR_ARG(condition), STR_ARG(dep->name));
	}
}

static void remove_disabled(struct arena *a, struct chart *c)
{
	struct map disabled;
	decode_structs kept = { 0 };
	charts list = { 0 };
	map_init(&disabled, 0, a);
	for (size_t i = 0; i < c->metadata->dependencies.n; i++) {
		struct chart_dependency *dep = chart_dependency_at(c->metadata, i);
		if (dep->enabled)
			vec_push_in(&kept, a, dep);
		else
			map_put(&disabled, dep->name);
	}
	/* A name is removed with all its entries, even where another one of them is enabled. */
	decode_structs names = { 0 };
	for (size_t i = 0; i < kept.n; i++)
		if (!map_has(&disabled, ((struct chart_dependency *)kept.p[i])->name))
			vec_push_in(&names, a, kept.p[i]);
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!map_has(&disabled, chart_name(c->dependencies.p[i])))
			vec_push_in(&list, a, c->dependencies.p[i]);
	c->metadata->dependencies = names;
	set_dependencies(c, &list);
}

static bool enable(const struct coalesce_ctx *ctx, struct chart *c, struct value values, struct str path, struct err *err)
{
	struct value all;
	if (!c->metadata->dependencies.p)
		return true;
	match_dependencies(ctx->a, c);
	if (!coalesce_chart(ctx, c, values, COALESCE_DROP_NULLS, &all, err))
		return false;
	apply_tags(ctx, c, all);
	for (size_t i = 0; i < c->metadata->dependencies.n; i++)
		apply_condition(ctx, chart_dependency_at(c->metadata, i), all, path);
	remove_disabled(ctx->a, c);
	for (size_t i = 0; i < c->dependencies.n; i++) {
		struct chart *child = c->dependencies.p[i];
		struct str below = arena_fmt(ctx->a, "%.*s%.*s.", STR_ARG(path), STR_ARG(chart_name(child)));
		if (!enable(ctx, child, all, below, err))
			return false;
	}
	return true;
}

/* ---- Up: import-values ---- */

/* The table `data` at `path` in new tables around it. */
static struct value wrap_table(struct arena *a, struct str path, struct value data)
{
	if (str_eq(path, STR(".")))
		return data;
	for (;;) {
		size_t dot = str_rfind_char(path, '.');
		struct str key = dot == STR_NPOS ? path : str_slice(path, dot + 1, path.n);
		struct value outer = value_map_new(a);
		value_map_set(outer, key, data);
		data = outer;
		if (dot == STR_NPOS)
			return data;
		path = str_slice(path, 0, dot);
	}
}

static struct str path_text(struct arena *a, struct value import, struct str key)
{
	AUTO_BUF b = { 0 };
	struct value *v = value_map_get(import, key);
	gofmt_value(&b, NULL, v ? *v : (struct value){ .kind = VAL_NULL, .extra = GO_IFACE });
	return buf_to_arena(&b, a);
}

static struct value import_record(struct arena *a, struct str child, struct str parent)
{
	struct value record = value_map_new(a);
	record.type = GO_MAP_STRING;
	value_map_set(record, STR("child"), value_str(child));
	value_map_set(record, STR("parent"), value_str(parent));
	return record;
}

/* One entry of import-values, added to `imported`; what templates see of it goes to `seen`. */
static void import_one(const struct coalesce_ctx *ctx, const struct chart_dependency *dep, struct value values, struct value import,
		       struct value imported, struct value seen)
{
	struct str child, parent = STR(".");
	AUTO_ERR err = { 0 };
	struct value table;
	bool by_name = import.kind == VAL_STR;
	if (by_name) {
		child = arena_concat(ctx->a, STR("exports."), value_as_str(import));
	} else if (import.kind == VAL_MAP && import.type == 0) { /* another type: imported already, by another copy of the chart */
		child = path_text(ctx->a, import, STR("child"));
		parent = path_text(ctx->a, import, STR("parent"));
	} else {
		return;
	}
	value_list_add(seen, import_record(ctx->a, child, parent), ctx->a);
	if (values_table(values, arena_fmt(ctx->a, "%.*s.%.*s", STR_ARG(dep->name), STR_ARG(child)), &table, &err))
		coalesce_tables(ctx, imported, wrap_table(ctx->a, parent, table), COALESCE_KEEP_NULLS);
	else if (by_name)
		helm_log_line(ctx->log, "dependencies.go:287", "Warning: ImportValues missing table: %s", err.message);
	else
		helm_log_line(ctx->log, "dependencies.go:270", "Warning: ImportValues missing table from chart %.*s: %s", STR_ARG(dep->name),
			      err.message);
}

static bool import_values(const struct coalesce_ctx *ctx, struct chart *c, struct err *err)
{
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!import_values(ctx, c->dependencies.p[i], err))
			return false;
	if (!c->metadata->dependencies.p)
		return true;

	struct value all, imported = value_map_new(ctx->a);
	if (!coalesce_chart(ctx, c, value_null(), COALESCE_KEEP_NULLS, &all, err))
		return false;
	for (size_t i = 0; i < c->metadata->dependencies.n; i++) {
		struct chart_dependency *dep = chart_dependency_at(c->metadata, i);
		if (dep->import_values.kind != VAL_LIST)
			continue;
		struct value seen = value_list_new(ctx->a);
		for (size_t k = 0; k < dep->import_values.list->n; k++)
			import_one(ctx, dep, all, dep->import_values.list->p[k], imported, seen);
		dep->import_values = seen.list->n ? seen : value_null();
	}
	if (!value_map_len(imported)) {
		c->values = all;
		return true;
	}
	/* A copy, since `imported` may hold tables of `all` by now. */
	c->values = values_copy(all, ctx->a);
	coalesce_tables(ctx, c->values, imported, COALESCE_KEEP_NULLS);
	return true;
}

bool dependency_process(const struct coalesce_ctx *ctx, struct chart *c, struct value values, struct err *err)
{
	return enable(ctx, c, values, STR(""), err) && import_values(ctx, c, err);
}
