/*
 * Two recursions: one over the tree of charts (coalesce_into), one over tables (merge_tables). Order is what matters: a sub-chart's table is
 * first given the globals of its parent, then its own defaults.
 *
 * Helm visits maps in no order; only its warnings show that. Here the order is that of the files.
 */
#include "helm/coalesce.h"

#include "base/buf.h"
#include "gotmpl/gofmt.h"

#define GLOBAL STR("global")

struct value values_copy(struct value v, struct arena *a)
{
	if (v.kind == VAL_MAP) {
		struct value copy = v;
		copy.map = arena_alloc(a, sizeof(*copy.map));
		map_clone(v.map, copy.map, a);
		for (size_t i = 0; i < map_len(copy.map); i++) {
			struct value *item = value_map_at(copy, i);
			if (item->kind >= VAL_LIST)
				*item = values_copy(*item, a);
		}
		return copy;
	}
	if (v.kind == VAL_LIST) {
		struct value copy = v;
		copy.list = arena_new(a, struct list);
		*copy.list = (struct list){ arena_alloc(a, v.list->n * sizeof(struct value)), v.list->n, v.list->n };
		for (size_t i = 0; i < v.list->n; i++)
			copy.list->p[i] = values_copy(v.list->p[i], a);
		return copy;
	}
	return v;
}

static bool is_table(struct value v)
{
	return v.kind == VAL_MAP;
}

/* A place in the values, for warnings: "chart.key.key". Built only when a warning is written. */
struct prefix {
	const struct prefix *up;
	struct str name;
};

static void add_prefix(struct buf *b, const struct prefix *p)
{
	if (!p)
		return;
	add_prefix(b, p->up);
	if (b->n && p->name.n)
		buf_add_char(b, '.');
	buf_add(b, p->name);
}

/* "<before><place><after>", followed by the value in parentheses where there is one. */
static void warn(const struct coalesce_ctx *ctx, const char *where, const char *before, const struct prefix *place, const char *after,
		 const struct value *v)
{
	if (!ctx->log || !ctx->log->line)
		return;
	AUTO_BUF b = { 0 };
	add_prefix(&b, place);
	buf_add_c(&b, after);
	if (v) {
		buf_add_c(&b, " (");
		gofmt_value(&b, NULL, *v);
		buf_add_char(&b, ')');
	}
	helm_log_line(ctx->log, where, "warning: %s%.*s", before, STR_ARG(buf_str(&b)));
}

/* ---- Tables ---- */

static void merge_key(const struct coalesce_ctx *ctx, struct value dst, struct str key, struct value val, const struct prefix *prefix,
		      enum coalesce_nulls nulls);

static void merge_tables(const struct coalesce_ctx *ctx, struct value dst, struct value src, const struct prefix *prefix,
			 enum coalesce_nulls nulls)
{
	for (size_t i = 0; i < value_map_len(src); i++)
		merge_key(ctx, dst, map_key(src.map, i), *value_map_at(src, i), prefix, nulls);
}

static void merge_key(const struct coalesce_ctx *ctx, struct value dst, struct str key, struct value val, const struct prefix *prefix,
		      enum coalesce_nulls nulls)
{
	struct prefix here = { prefix, key };
	struct value *has = value_map_get(dst, key);
	if (!has)
		value_map_set(dst, key, val);
	else if (has->kind == VAL_NULL && nulls == COALESCE_DROP_NULLS)
		value_map_remove(dst, key);
	else if (is_table(val) && is_table(*has))
		merge_tables(ctx, *has, val, &here, nulls);
	else if (is_table(val))
		warn(ctx, "coalesce.go:298", "cannot overwrite table with non table for ", &here, "", &val);
	else if (is_table(*has) && val.kind != VAL_NULL)
		warn(ctx, "coalesce.go:301", "destination for ", &here, " is a table. Ignoring non-table value", &val);
}

void coalesce_tables(const struct coalesce_ctx *ctx, struct value dst, struct value src, enum coalesce_nulls nulls)
{
	merge_tables(ctx, dst, src, NULL, nulls);
}

/* ---- Globals ---- */

/* The table of globals in `values`; a new one where there is none. False where it is something else. */
static bool globals_of(const struct coalesce_ctx *ctx, struct value values, struct value *out)
{
	struct value *v = value_map_get(values, GLOBAL);
	if (v && !is_table(*v))
		return false;
	*out = v ? *v : value_map_new(ctx->a);
	return true;
}

static void pass_global(const struct coalesce_ctx *ctx, struct value dst, struct str key, struct value val, const struct prefix *prefix)
{
	struct value *has = value_map_get(dst, key);
	if (!is_table(val)) {
		if (has && is_table(*has))
			helm_log_line(ctx->log, "coalesce.go:175", "key %.*s is table. Skipping", STR_ARG(key));
		else
			value_map_set(dst, key, val);
		return;
	}
	struct value copy = val; /* of this level only: tables further down are shared by parent and child */
	copy.map = arena_alloc(ctx->a, sizeof(*copy.map));
	map_clone(val.map, copy.map, ctx->a);
	if (has && !is_table(*has)) {
		AUTO_BUF quoted = { 0 };
		gofmt_quote(&quoted, key);
		helm_log_line(ctx->log, "coalesce.go:161", "Conflict: cannot merge map onto non-map for %.*s. Skipping.",
			      STR_ARG(buf_str(&quoted)));
		return;
	}
	if (has) {
		/* The other way round than for values: the parent's globals win. */
		struct prefix here = { prefix, key };
		merge_tables(ctx, copy, *has, &here, COALESCE_KEEP_NULLS);
	}
	value_map_set(dst, key, copy);
}

static void pass_globals(const struct coalesce_ctx *ctx, struct value child, struct value parent, const struct prefix *prefix)
{
	struct value dst, src;
	if (!globals_of(ctx, child, &dst)) {
		helm_log_line(ctx->log, "coalesce.go:138", "warning: skipping globals because destination global is not a table.");
		return;
	}
	if (!globals_of(ctx, parent, &src)) {
		helm_log_line(ctx->log, "coalesce.go:145", "warning: skipping globals because source global is not a table.");
		return;
	}
	for (size_t i = 0; i < value_map_len(src); i++)
		pass_global(ctx, dst, map_key(src.map, i), *value_map_at(src, i), prefix);
	value_map_set(child, GLOBAL, dst);
}

/* ---- Charts ---- */

static bool is_dependency(const struct chart *c, struct str name)
{
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (str_eq(chart_name(c->dependencies.p[i]), name))
			return true;
	return false;
}

static void lay_over_default(const struct coalesce_ctx *ctx, const struct chart *c, struct value dst, struct str key, struct value val,
			     const struct prefix *prefix, enum coalesce_nulls nulls)
{
	struct prefix here = { prefix, key };
	struct value *has = value_map_get(dst, key);
	if (!has) {
		value_map_set(dst, key, val);
	} else if (has->kind == VAL_NULL && nulls == COALESCE_DROP_NULLS) {
		value_map_remove(dst, key);
	} else if (is_table(*has)) {
		/* Nulls meant for a sub-chart's defaults must live until its own turn. */
		if (is_table(val))
			merge_tables(ctx, *has, val, &here, is_dependency(c, key) ? COALESCE_KEEP_NULLS : nulls);
		else if (val.kind != VAL_NULL)
			warn(ctx, "coalesce.go:237", "skipped value for ", &here, ": Not a table.", NULL);
	}
}

static bool coalesce_into(const struct coalesce_ctx *ctx, const struct chart *c, struct value dst, const struct prefix *prefix,
			  enum coalesce_nulls nulls, struct err *err);

static bool coalesce_dependency(const struct coalesce_ctx *ctx, const struct chart *sub, struct value dst, const struct prefix *prefix,
				enum coalesce_nulls nulls, struct err *err)
{
	struct str name = chart_name(sub);
	struct value *has = value_map_get(dst, name);
	if (has && !is_table(*has)) {
		AUTO_BUF b = { 0 };
		gofmt_printf(&b, NULL, STR("%t"), has, 1);
		return err_set(err, ERR_SYNTAX, "type mismatch on %.*s: %.*s", STR_ARG(name), STR_ARG(buf_str(&b)));
	}
	struct value table = has ? *has : value_map_new(ctx->a);
	if (!has)
		value_map_set(dst, name, table);
	pass_globals(ctx, table, dst, prefix);
	return coalesce_into(ctx, sub, table, prefix, nulls, err);
}

static bool coalesce_into(const struct coalesce_ctx *ctx, const struct chart *c, struct value dst, const struct prefix *prefix,
			  enum coalesce_nulls nulls, struct err *err)
{
	struct prefix here = { prefix, chart_name(c) };
	if (c->values.kind == VAL_MAP) {
		struct value defaults = values_copy(c->values, ctx->a);
		for (size_t i = 0; i < value_map_len(defaults); i++)
			lay_over_default(ctx, c, dst, map_key(defaults.map, i), *value_map_at(defaults, i), &here, nulls);
	}
	for (size_t i = 0; i < c->dependencies.n; i++)
		if (!coalesce_dependency(ctx, c->dependencies.p[i], dst, &here, nulls, err))
			return false;
	return true;
}

bool coalesce_chart(const struct coalesce_ctx *ctx, const struct chart *chart, struct value values, enum coalesce_nulls nulls,
		    struct value *out, struct err *err)
{
	struct value dst = values.kind == VAL_MAP ? values_copy(values, ctx->a) : value_map_new(ctx->a);
	if (!coalesce_into(ctx, chart, dst, NULL, nulls, err))
		return false;
	*out = dst;
	return true;
}
