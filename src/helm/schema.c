/* Charts without a schema cost nothing but a look; each schema is compiled in an arena of its own, gone after its check. */
#include "helm/schema.h"

#include "validate/json_schema.h"

static void check_one(const struct chart *c, struct value values, struct buf *report)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF findings = { 0 };
	const struct json_schema *schema;
	if (!json_schema_compile(c->schema, &a, &schema, &err))
		buf_add_c(&findings, err.message);
	else if (json_schema_check(schema, values, &findings))
		buf_clear(&findings);
	if (findings.n) {
		buf_addf(report, "%.*s:\n", STR_ARG(chart_name(c)));
		buf_add(report, buf_str(&findings));
	}
	arena_deinit(&a);
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
