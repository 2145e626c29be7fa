/* A program keeps no lines of where a value was put together, but its charts do: what it asked for is known (tanka_host.h). */
#include "step/program_chart.h"

struct opening {
	struct program_charts *all;
	struct program_chart *chart;
};

static bool visit(void *arg, struct str source, struct str text, struct err *err)
{
	struct opening *o = arg;
	struct arena *a = o->all->ctx->arena;
	origin_nodes objects;
	if (!origin_objects(text, a, &objects, err))
		return false;
	for (size_t i = 0; i < objects.n; i++) {
		struct origin_object object = { .ctx = o->all->ctx, .release = &o->chart->release, .done = &o->chart->done, .sources = o->chart->sources,
						.parsed = &o->all->parsed, .source = source, .text = text, .node = objects.p[i] };
		vec_push_in(&o->chart->objects, a, object);
	}
	return true;
}

bool program_chart_open(struct program_charts *all, const struct tanka_chart *chart, struct program_chart *out, struct err *err)
{
	struct arena *a = all->ctx->arena;
	struct opening o = { all, out };
	*out = (struct program_chart){ .def = release_of_chart(chart, a), .sources = source_map_new(a) };
	out->release = (struct release){ all->env, &out->def, chart->path, all->kept_as };
	return (release_render(all->ctx, &out->release, out->sources, &out->done, err) &&
		release_documents(&out->release, &out->done, visit, &o, err)) ||
	       err_wrap(err, "release '%.*s'", STR_ARG(chart->name));
}

void program_chart_close(struct program_chart *c)
{
	helm_release_close(&c->done);
}

struct origin_object *program_chart_find(struct program_chart *c, const struct yaml_node *like)
{
	struct str ns = origin_scalar(like, "metadata", "namespace");
	for (size_t i = 0; i < c->objects.n; i++) {
		const struct yaml_node *o = c->objects.p[i].node;
		struct str own = origin_scalar(o, "metadata", "namespace");
		bool is_like = str_eq(origin_scalar(o, "kind", NULL), origin_scalar(like, "kind", NULL)) &&
			       str_eq(origin_scalar(o, "metadata", "name"), origin_scalar(like, "metadata", "name"));
		if (!is_like || (own.n && ns.n && !str_eq(own, ns)))
			continue;
		origin_prepare(&c->objects.p[i]);
		return &c->objects.p[i];
	}
	return NULL;
}
