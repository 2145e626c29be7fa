/*
 * A jsonnet program keeps no lines of where a value was put together. But most objects of an environment come out of charts that it renders: the
 * object is looked for in each of them once more, watched, and a field that came through unchanged is explained by the chart's template and value. What the
 * program added or changed is told by the path in its result.
 */
#include "step/program_chart.h"
#include "step/render_jsonnet.h"
#include "step/why_search.h"

bool why_program_look(struct why_search *s, struct err *err)
{
	struct render_program program = { .name = STR("") };
	rendered_files files = { 0 };
	s->asked.remember = true;
	if (!render_program(s->ctx, s->env, &program, &s->asked, &files, err))
		return false;
	for (size_t i = 0; i < files.n; i++) {
		origin_nodes objects;
		if (!origin_objects(files.p[i].bytes, s->ctx->arena, &objects, err))
			return false;
		for (size_t k = 0; k < objects.n; k++)
			why_consider(s, files.p[i].origin, files.p[i].bytes, objects.p[k], STR(""));
	}
	return true;
}

/* *answered: the chart made the object, and its field came through. */
static bool ask_chart(struct program_charts *all, const struct why_search *s, const struct tanka_chart *asked, const source_path *path,
		      const struct yaml_node *node, struct buf *out, bool *answered, struct err *err)
{
	struct program_chart chart;
	struct field_origin f;
	bool ok = program_chart_open(all, asked, &chart, err);
	struct origin_object *object = ok ? program_chart_find(&chart, s->object.node) : NULL;
	const struct yaml_node *own = object ? origin_node(object->node, path, NULL) : NULL;
	if (own && own->kind == node->kind && (own->kind != YAML_NODE_SCALAR || str_eq(own->text, node->text))) {
		*answered = origin_find(object, path, &f);
		if (*answered)
			why_add_origin(&f, out);
	} else if (object) {
		buf_addf(out, "  %s by the program over what the chart '%.*s' made\n", own ? "changed" : "added", STR_ARG(asked->name));
	}
	program_chart_close(&chart);
	return ok;
}

bool why_program_answer(struct why_search *s, const source_path *path, const struct yaml_node *node, struct buf *out, struct err *err)
{
	struct program_charts all = { .ctx = s->ctx, .env = s->env, .parsed = s->parsed };
	bool answered = false;
	for (size_t i = 0; !answered && i < s->asked.asked.n; i++)
		if (!ask_chart(&all, s, &s->asked.asked.p[i], path, node, out, &answered, err))
			return false;
	/* The rendered file says where in the program's result the object stands. */
	buf_addf(out, "  given by    %.*s\n", STR_ARG(s->object.source));
	return true;
}
