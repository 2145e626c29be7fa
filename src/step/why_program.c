/*
 * A jsonnet program keeps no lines of where a value was put together. But most objects of an environment come out of charts that it renders: the
 * object is looked for in each of them once more, watched, and a field that came through unchanged is explained by the chart's template and value. What the
 * program added or changed is told by the path in its result.
 */
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

struct chart_search {
	struct why_search *s;
	struct origin_object object; /* node is NULL until it is found */
};

static bool visit(void *arg, struct str source, struct str text, struct err *err)
{
	struct chart_search *c = arg;
	const struct yaml_node *wanted = c->s->object.node;
	origin_nodes objects;
	if (!origin_objects(text, c->s->ctx->arena, &objects, err))
		return false;
	for (size_t i = 0; i < objects.n; i++) {
		const struct yaml_node *o = objects.p[i];
		if (!str_eq(why_scalar(o, "kind", NULL), why_scalar(wanted, "kind", NULL)) || !str_eq(why_scalar(o, "metadata", "name"), c->s->name))
			continue;
		c->object.source = source;
		c->object.text = text;
		c->object.node = o;
	}
	return true;
}

/* The declaration of a release that renders what the program asked for. */
static struct env_release release_of(const struct tanka_chart *chart, struct arena *a)
{
	struct env_release r = {
		.name = chart->name,
		.chart = chart->path,
		.namespace = chart->namespace,
		.kube_version = chart->kube_version,
		.values = chart->values,
		.include_crds = chart->include_crds,
		.no_hooks = chart->no_hooks,
		.skip_tests = chart->skip_tests,
	};
	for (size_t i = 0; i < chart->api_versions.n; i++)
		vec_push_in(&r.api_versions, a, chart->api_versions.p[i]);
	return r;
}

/* *answered: the chart made the object, and its field came through. */
static bool ask_chart(struct why_search *s, const struct tanka_chart *chart, const source_path *path, const struct yaml_node *node,
		      struct buf *out, bool *answered, struct err *err)
{
	struct arena *a = s->ctx->arena;
	struct env_release def = release_of(chart, a);
	struct release release = { s->env, &def, chart->path };
	struct helm_release done = { 0 };
	struct chart_search c = { .s = s, .object = { .ctx = s->ctx, .release = &release, .done = &done, .parsed = &s->parsed } };
	struct field_origin f;
	c.object.sources = source_map_new(a);
	bool ok = release_render(s->ctx, &release, c.object.sources, &done, err) && release_documents(&release, &done, visit, &c, err);
	const struct yaml_node *own = ok && c.object.node ? origin_node(c.object.node, path, NULL) : NULL;
	if (own && own->kind == node->kind && (own->kind != YAML_NODE_SCALAR || str_eq(own->text, node->text))) {
		origin_prepare(&c.object);
		*answered = origin_find(&c.object, path, &f);
		if (*answered)
			why_add_origin(&f, out);
	} else if (ok && c.object.node) {
		buf_addf(out, "  %s by the program over what the chart '%.*s' made\n", own ? "changed" : "added", STR_ARG(chart->name));
	}
	helm_release_close(&done);
	return ok || err_wrap(err, "release '%.*s'", STR_ARG(chart->name));
}

bool why_program_answer(struct why_search *s, const source_path *path, const struct yaml_node *node, struct buf *out, struct err *err)
{
	bool answered = false;
	for (size_t i = 0; !answered && i < s->asked.asked.n; i++)
		if (!ask_chart(s, &s->asked.asked.p[i], path, node, out, &answered, err))
			return false;
	/* The rendered file says where in the program's result the object stands. */
	buf_addf(out, "  given by    %.*s\n", STR_ARG(s->object.source));
	return true;
}
