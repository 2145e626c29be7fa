/*
 * The order of the steps is Helm's, because the first thing that is wrong is what the user is told: load, check that the chart can be
 * installed and is complete, check the release's name, take part the dependencies, coalesce, check against schemas, check the cluster's
 * version, execute, sort.
 */
#include <string.h>

#include "base/path.h"
#include "helm/coalesce.h"
#include "helm/dependency.h"
#include "helm/render.h"
#include "helm/schema.h"
#include "text/semver.h"
#include "validate/names.h"

#define NAME_MAX_BYTES 53

bool helm_check_release_name(struct str name, struct err *err)
{
	if (!name.n)
		return err_set(err, ERR_USAGE, "release name \"\": no name provided");
	if (name.n <= NAME_MAX_BYTES && names_is_subdomain(name))
		return true;
	return err_set(err, ERR_USAGE,
		       "release name \"%.*s\": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ "
		       "and the length must not be longer than %d",
		       STR_ARG(name), NAME_MAX_BYTES);
}

static bool check_installable(const struct chart *c, struct err *err)
{
	struct str type = c->metadata->type;
	if (!type.n || str_eq(type, STR("application")))
		return true;
	return err_set(err, ERR_SYNTAX, "%.*s charts are not installable", STR_ARG(type));
}

bool render_check_chart(const struct helm_render_options *options, const struct chart *root, struct err *err)
{
	if (!check_installable(root, err))
		return false;
	if (root->metadata->deprecated && options->log.line)
		options->log.line(options->log.ctx, STR("WARNING: This chart is deprecated"));
	return dependency_check(root, err) && helm_check_release_name(options->release, err);
}

static bool load(struct str path, const struct helm_render_options *options, struct arena *a, struct helm_release *out, struct err *err)
{
	struct chart_options chart = { .follow_links = options->follow_links, .warn = options->log.line, .warn_ctx = options->log.ctx,
				       .read_later = true, .crew = options->crew };
	return chart_load(path, &chart, a, &out->tree, err) && render_check_chart(options, out->tree.root, err);
}

bool render_kube_version(const struct helm_render_options *options, struct arena *a, struct helm_kube_version *out, struct err *err)
{
	struct str s = options->kube_version;
	if (!helm_kube_version_parse(s.n ? s : HELM_KUBE_VERSION, a, out, err))
		return err_wrap(err, "invalid kube version '%.*s'", STR_ARG(s));
	return true;
}

static struct value release_map(const struct helm_render_options *options, struct arena *a)
{
	struct value release = value_map_new(a);
	value_map_set(release, STR("Name"), value_str(options->release));
	value_map_set(release, STR("Namespace"), value_str(options->ns.n ? options->ns : STR("default")));
	value_map_set(release, STR("IsUpgrade"), value_bool(options->is_upgrade));
	value_map_set(release, STR("IsInstall"), value_bool(!options->is_upgrade));
	value_map_set(release, STR("Revision"), go_int(1));
	value_map_set(release, STR("Service"), value_str(STR("Helm")));
	return release;
}

struct value helm_top(const struct helm_render_options *options, const struct helm_kube_version *kube, struct value values, struct arena *a)
{
	struct value top = value_map_new(a);
	value_map_set(top, STR("Release"), release_map(options, a));
	value_map_set(top, STR("Capabilities"), helm_capabilities_object(kube, options->api_versions, options->api_version_count, a));
	value_map_set(top, STR("Values"), values);
	return top;
}

/* Takes dependencies apart and makes the values. */
static bool make_values(const struct helm_render_options *options, struct chart *root, struct arena *a, struct value *values, struct err *err)
{
	struct coalesce_ctx ctx = { a, &options->log };
	return dependency_process(&ctx, root, options->values, err) &&
	       coalesce_chart(&ctx, root, options->values, COALESCE_DROP_NULLS, values, err);
}

bool render_prepare(const struct helm_render_options *options, const struct helm_kube_version *kube, struct chart *root, struct arena *a,
		    struct value *top, struct err *err)
{
	struct value values;
	if (!make_values(options, root, a, &values, err) || (!options->skip_schema_validation && !schema_check_values(root, values, err)))
		return false;
	*top = helm_top(options, kube, values, a);
	return true;
}

bool render_check_kube_version(const struct chart *c, const struct helm_kube_version *kube, struct err *err)
{
	struct str range = c->metadata->kube_version;
	if (!range.n || dependency_is_in_range(range, kube->version))
		return true;
	return err_set(err, ERR_FAILED, "chart requires kubeVersion: %.*s which is incompatible with Kubernetes %.*s", STR_ARG(range),
		       STR_ARG(kube->version));
}

void render_part_notes(struct helm_release *out, struct arena *a)
{
	size_t n = 0;
	for (size_t i = 0; i < out->files.n; i++) {
		if (manifest_is_notes(out->files.p[i].name))
			vec_push_in(&out->notes, a, out->files.p[i]);
		else
			out->files.p[n++] = out->files.p[i];
	}
	out->files.n = n;
}

/* ---- Two threads ---- */

/* A render has a helper, which does half of reading, parsing and executing. Its memory, `side`, is cut from the render's arena where that has room. */
struct team {
	struct crew *crew, own;
	struct arena *a, side;
	struct judgement *judgement;
};

/* Values are held against schemas by the helper while templates are parsed, if there is much of it. */
struct judgement {
	struct crew *crew;
	const struct chart *root;
	struct value values;
	bool is_awaited, ok;
	struct err err;
};

enum { TEAM_ROOM = 512 << 10, SCHEMA_LARGE = 16 << 10 };

static size_t schema_bytes(const struct chart *c)
{
	size_t n = c->schema.n;
	for (size_t i = 0; i < c->dependencies.n; i++)
		n += schema_bytes(c->dependencies.p[i]);
	return n;
}

static void judge(void *arg, enum crew_who who UNUSED)
{
	struct judgement *j = arg;
	j->ok = schema_check_values(j->root, j->values, &j->err);
}

/* Has it judged, at once or by a helper that is there already. */
static bool begin_judgement(struct judgement *j, struct err *err)
{
	if (!j->crew || !j->crew->has_thread || schema_bytes(j->root) < SCHEMA_LARGE)
		return schema_check_values(j->root, j->values, err);
	j->is_awaited = true;
	crew_add(j->crew, judge, j);
	return true;
}

/* What it found is told as often as it is asked. */
static bool await_judgement(void *ctx, struct err *err)
{
	struct judgement *j = ctx;
	if (j->is_awaited)
		crew_wait(j->crew);
	j->is_awaited = false;
	return j->ok || err_set(err, j->err.kind, "%s", j->err.message);
}

static void team_init(struct team *t, struct crew *crew, struct arena *a)
{
	*t = (struct team){ .crew = crew ? crew : &t->own, .a = a };
	if (!crew)
		crew_init(&t->own);
	arena_want(a, TEAM_ROOM);
	if (arena_room(a) >= TEAM_ROOM)
		arena_share(a, &t->side, arena_room(a) / 2);
}

static void team_deinit(struct team *t)
{
	if (t->crew == &t->own)
		crew_deinit(&t->own);
	arena_adopt(t->a, &t->side);
}

static bool execute(const struct helm_render_options *options, struct value top, struct team *t, struct helm_release *out, struct err *err)
{
	struct template_help help = { t->crew, &t->side };
	struct engine_options engine = options->engine;
	engine.log = &options->log;
	engine.help = &help;
	engine.tree = &out->tree;
	engine.may_begin = await_judgement;
	engine.may_begin_ctx = t->judgement;
	return engine_render(out->tree.root, top, &engine, t->a, &out->files, err);
}

/* Files are read while others are parsed, but what schemas find, and a file that cannot be read, are told before anything else that is wrong with the chart. */
static bool read_and_execute(const struct helm_render_options *options, const struct helm_kube_version *kube, struct value top, struct team *t,
			     struct helm_release *out, struct err *err)
{
	AUTO_ERR failed = { 0 };
	out->stage = HELM_RENDERING;
	if (render_check_kube_version(out->tree.root, kube, &failed) && execute(options, top, t, out, &failed))
		return true;
	out->stage = HELM_LOADING;
	if (!await_judgement(t->judgement, err))
		return false;
	if (!chart_read_all(&out->tree, t->a, err))
		return false;
	out->stage = HELM_RENDERING;
	if (!failed.message) /* what could not be read before can be now */
		return execute(options, top, t, out, err);
	err_move(err, &failed);
	return false;
}

static bool run(const struct helm_render_options *options, const struct helm_kube_version *kube, struct value top, struct team *t,
		struct helm_release *out, struct err *err)
{
	if (!read_and_execute(options, kube, top, t, out, err))
		return false;
	render_part_notes(out, t->a);
	out->stage = HELM_SORTING;
	chart_find_crds(out->tree.root, t->a, &out->crds);
	bool ok = manifest_sort(&out->files, &options->log, t->a, &out->manifests, &out->hooks, err);
	manifest_forget(&out->files);
	out->stage = ok ? HELM_DONE : HELM_SORTING;
	return ok;
}

bool helm_render(struct str path, const struct helm_render_options *options, struct arena *a, struct helm_release *out, struct err *err)
{
	struct helm_kube_version kube;
	struct value values;
	struct team team;
	*out = (struct helm_release){ .stage = HELM_LOADING };
	if (!render_kube_version(options, a, &kube, err) || !load(path, options, a, out, err) || !make_values(options, out->tree.root, a, &values, err))
		return false;
	struct judgement judgement = { .crew = options->crew, .root = out->tree.root, .values = values, .ok = true };
	if (!options->skip_schema_validation && !begin_judgement(&judgement, err))
		return false;
	team_init(&team, options->crew, a);
	team.judgement = &judgement;
	bool ok = run(options, &kube, helm_top(options, &kube, values, a), &team, out, err);
	team_deinit(&team);
	err_deinit(&judgement.err);
	return ok;
}

void helm_release_close(struct helm_release *release)
{
	chart_close(&release->tree);
	*release = (struct helm_release){ 0 };
}
