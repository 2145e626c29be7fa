/* Charts without a schema cost nothing but a look; each schema is compiled in an arena of its own, gone after its check. */
#include "helm/schema.h"

#include "validate/json_schema.h"

bool schema_check_single(struct str text, struct value values, struct err *err)
{
	struct arena a = { 0 };
	AUTO_BUF findings = { 0 };
	const struct json_schema *schema;
	bool ok = json_schema_compile(text, &a, &schema, err);
	if (ok && !json_schema_check(schema, values, &findings) && findings.n)
		ok = err_set(err, ERR_FAILED, "%.*s", STR_ARG(buf_str(&findings)));
	arena_deinit(&a);
	return ok;
}

static void check_one(const struct chart *c, struct value values, struct buf *report)
{
	AUTO_ERR err = { 0 };
	if (schema_check_single(c->schema, values, &err))
		return;
	buf_addf(report, "%.*s:\n", STR_ARG(chart_name(c)));
	buf_add_c(report, err.message);
}

/* Depth is that of the charts, which chart_load caps. */
static void check_tree(const struct chart *c, struct value values, struct buf *report)
{
	if (c->schema.p)
		check_one(c, values, report);
	for (size_t i = 0; i < c->dependencies.n; i++) {
		const struct chart *sub = c->dependencies.p[i];
		const struct value *part = value_map_get(values, chart_name(sub));
		if (part && part->kind == VAL_MAP)
			check_tree(sub, *part, report);
	}
}

bool schema_check_values(const struct chart *root, struct value values, struct err *err)
{
	AUTO_BUF report = { 0 };
	check_tree(root, values, &report);
	if (report.n == 0)
		return true;
	return err_set(err, ERR_FAILED, "values don't meet the specifications of the schema(s) in the following chart(s):\n%.*s",
	               STR_ARG(buf_str(&report)));
}
