/*
 * The environment's releases are rendered once more, watched, until the object is found; nothing has to be kept for it and nothing is written. Names may hold
 * dots as well as paths of fields do: of the objects whose name the words begin with, the one with the longest counts. One that has the field is the answer, so the releases are
 * asked that far only, those first which the object is likely to be of.
 */
#include "step/why_search.h"

#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/yaml_write.h"
#include "run/out.h"
#include "step/options.h"
#include "step/origin.h"
#include "step/step.h"

struct why_options {
	struct str env;
};
static const struct step_option options[] = {
	{ "--env", "-e", STEP_VALUE, offsetof(struct why_options, env) },
	{ .name = NULL },
};

bool why_field_is(struct str word)
{
	return str_find_char(word, '/') != STR_NPOS;
}

/* ---- The question ---- */

/* FILE.yaml:LINE: the object is the one that the file holds. */
static bool ask_for_line(struct step_ctx *ctx, struct str file, struct str number, struct why_question *q, struct err *err)
{
	int64_t line;
	struct str text;
	origin_nodes objects;
	if (!str_to_int(number, &line) || line < 1 || line > UINT32_MAX)
		return err_set(err, ERR_USAGE, "'%.*s' is no line of a file", STR_ARG(number));
	if (!fs_read(path_in(ctx->arena, ctx->cwd, file), 0, ctx->arena, &text, err) || !origin_objects(text, ctx->arena, &objects, err))
		return false;
	if (!objects.n)
		return err_set(err, ERR_NOT_FOUND, "%.*s holds no object", STR_ARG(file));
	/* More than one: the last that begins before the line. */
	const struct yaml_node *object = objects.p[0];
	for (size_t i = 1; i < objects.n; i++)
		if (objects.p[i]->line <= line)
			object = objects.p[i];
	AUTO_BUF field = { 0 };
	source_path path = { 0 };
	const struct yaml_node *n = object;
	while (n->kind != YAML_NODE_SCALAR) {
		const struct yaml_node *inside = NULL;
		struct source_key key = { STR_NONE, 0 }, at = { STR_NONE, 0 };
		for (const struct yaml_node *c = n->child; c && (n->kind != YAML_NODE_MAP || c->next); c = c->next, at.index++) {
			const struct yaml_node *begin = c;
			if (n->kind == YAML_NODE_MAP) {
				at.key = c->text;
				c = c->next;
			}
			if (begin->line > line)
				break;
			inside = c;
			key = at;
		}
		if (!inside)
			break;
		vec_push_in(&path, ctx->arena, key);
		n = inside;
	}
	source_path_text(&path, &field);
	*q = (struct why_question){ .ns = origin_scalar(object, "metadata", "namespace"), .kind = origin_scalar(object, "kind", NULL) };
	q->rest = arena_fmt(ctx->arena, "%.*s.%.*s", STR_ARG(origin_scalar(object, "metadata", "name")), STR_ARG(buf_str(&field)));
	return true;
}

static bool ask(struct step_ctx *ctx, struct str word, struct why_question *q, struct err *err)
{
	struct str first, second, third;
	size_t colon = str_rfind(word, STR(":"));
	if (colon != STR_NPOS && (str_ends(str_slice(word, 0, colon), STR(".yaml")) || str_ends(str_slice(word, 0, colon), STR(".yml"))))
		return ask_for_line(ctx, str_slice(word, 0, colon), str_slice(word, colon + 1, word.n), q, err);
	(void)str_cut(word, '/', &first, &second);
	*q = (struct why_question){ .kind = first, .rest = second };
	/* A path of a field may hold a slash too (an annotation's key), but only behind the name. */
	size_t dot = str_find_char(second, '.'), bracket = str_find_char(second, '[');
	struct str name = str_slice(second, 0, MIN(MIN(dot, bracket), second.n));
	if (str_find_char(name, '/') != STR_NPOS && str_cut(second, '/', &second, &third))
		*q = (struct why_question){ .ns = first, .kind = second, .rest = third };
	return true;
}

/* ---- The object ---- */

/* Whether the object is the one that is asked for; a longer name than the best so far. */
static bool is_better(const struct why_search *s, const struct yaml_node *object, struct str ns, struct str *name)
{
	struct str rest = s->q->rest;
	*name = origin_scalar(object, "metadata", "name");
	if (!str_eq_nocase(origin_scalar(object, "kind", NULL), s->q->kind) || !name->n || !str_starts(rest, *name))
		return false;
	bool ends = rest.n == name->n || rest.p[name->n] == '.' || rest.p[name->n] == '[';
	return ends && (!s->q->ns.n || str_eq(s->q->ns, ns)) && (!s->found || name->n > s->name.n);
}

void why_consider(struct why_search *s, struct str source, struct str text, const struct yaml_node *object, struct str default_ns)
{
	struct str ns = origin_scalar(object, "metadata", "namespace"), name;
	if (!ns.n)
		ns = default_ns;
	if (!is_better(s, object, ns, &name))
		return;
	s->found = true;
	s->ns = ns;
	s->name = name;
	s->object = (struct origin_object){ .ctx = s->ctx, .source = source, .text = text, .node = object };
}

static bool visit(void *arg, struct str source, struct str text, struct err *err)
{
	struct why_search *s = arg;
	origin_nodes objects;
	if (!origin_objects(text, s->ctx->arena, &objects, err))
		return false;
	for (size_t i = 0; i < objects.n; i++) {
		why_consider(s, source, text, objects.p[i], s->release.def->namespace);
		if (s->found && s->object.node == objects.p[i]) {
			struct release *release = arena_new(s->ctx->arena, struct release);
			*release = s->release;
			s->object.release = release;
			s->object.sources = s->sources;
		}
	}
	return true;
}

static bool look_in_manifest(struct why_search *s, struct str path, struct err *err)
{
	struct str text;
	origin_nodes objects;
	if (!step_read(s->ctx, path, s->ctx->arena, &text, err) || !origin_objects(text, s->ctx->arena, &objects, err))
		return false;
	for (size_t i = 0; i < objects.n; i++) {
		why_consider(s, STR(""), text, objects.p[i], s->env->namespace);
		if (s->found && s->object.node == objects.p[i])
			s->file = step_name_of(s->ctx, path);
	}
	return true;
}

static bool look_in_manifests(struct why_search *s, struct str path, struct err *err)
{
	struct arena *a = s->ctx->arena;
	fs_entries entries;
	if (!fs_is_dir(path))
		return look_in_manifest(s, path, err);
	if (!fs_list(path, a, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str name = entries.p[i].name, full = path_join(a, path, name);
		bool yaml = str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")) || str_ends(name, STR(".json"));
		if ((entries.p[i].kind == FS_DIR || yaml) && !look_in_manifests(s, full, err))
			return false;
	}
	return true;
}

/* ---- The answer ---- */

/* The rest of the question, "spec.x[0].y[key.with.dots]", as a path. */
static bool parse_field(struct str text, const struct yaml_node *root, struct arena *a, source_path *out, struct err *err)
{
	struct str all = text;
	*out = (source_path){ 0 };
	while (text.n) {
		struct source_key key = { STR_NONE, 0 };
		int64_t index;
		if (text.p[0] == '.')
			text = str_slice(text, 1, text.n);
		if (text.n && text.p[0] == '[') {
			size_t end = str_find_char(text, ']');
			if (end == STR_NPOS)
				return err_set(err, ERR_USAGE, "'%.*s' lacks a ]", STR_ARG(all));
			struct str inside = str_slice(text, 1, end);
			const struct yaml_node *at = origin_node(root, out, NULL);
			bool is_index = at && at->kind == YAML_NODE_LIST && str_to_int(inside, &index) && index >= 0;
			key = is_index ? (struct source_key){ STR_NONE, (size_t)index } : (struct source_key){ inside, 0 };
			text = str_slice(text, end + 1, text.n);
		} else {
			size_t dot = MIN(str_find_char(text, '.'), text.n), bracket = MIN(str_find_char(text, '['), text.n);
			key.key = str_slice(text, 0, MIN(dot, bracket));
			text = str_slice(text, key.key.n, text.n);
		}
		if (!key.key.p || key.key.n)
			vec_push_in(out, a, key);
	}
	return true;
}

static void add_keys(const struct yaml_node *n, struct buf *b)
{
	for (const struct yaml_node *k = n->kind == YAML_NODE_MAP ? n->child : NULL; k && k->next; k = k->next->next)
		buf_addf(b, "%s%.*s", b->n ? ", " : "", STR_ARG(k->text));
}

static bool no_field(const struct why_search *s, const source_path *path, struct err *err)
{
	source_path known = *path;
	AUTO_BUF text = { 0 }, keys = { 0 };
	while (known.n && !origin_node(s->object.node, &known, NULL))
		known.n--;
	source_path_text(path, &text);
	err_set(err, ERR_NOT_FOUND, "%.*s/%.*s has no field '%.*s' where it is written", STR_ARG(origin_scalar(s->object.node, "kind", NULL)), STR_ARG(s->name),
		STR_ARG(buf_str(&text)));
	add_keys(origin_node(s->object.node, &known, NULL), &keys);
	return keys.n ? err_hint(err, "there are: %.*s", STR_ARG(buf_str(&keys))) : false;
}

/* What the environment itself adds: its labels and its namespace. */
static bool added_by_environment(const struct why_search *s, const source_path *path, struct buf *out)
{
	bool in_meta = path->n >= 2 && path->p[0].key.p && str_eq(path->p[0].key, STR("metadata")) && path->p[1].key.p;
	bool ns = in_meta && path->n == 2 && str_eq(path->p[1].key, STR("namespace"));
	bool label = in_meta && path->n == 3 && str_eq(path->p[1].key, STR("labels")) && path->p[2].key.p &&
		     s->env->labels.kind == VAL_MAP && value_map_get(s->env->labels, path->p[2].key);
	if (!ns && !label)
		return false;
	buf_addf(out, "  added by the environment (%s, %.*s)\n", ns ? "namespace" : "labels",
		 STR_ARG(step_name_of(s->ctx, path_join(s->ctx->arena, s->env->dir, STR("environment.yaml")))));
	return true;
}

void why_add_origin(const struct field_origin *f, struct buf *out)
{
	for (size_t i = 0; i < f->written.n; i++)
		buf_addf(out, "  %s %.*s:%u\n", i ? "included by" : "written by ", STR_ARG(f->written.p[i].file), f->written.p[i].line);
	for (size_t i = 0; i < f->values.n; i++) {
		const struct origin_value *v = &f->values.p[i];
		buf_add_c(out, "  from value  .Values.");
		source_path_text(&v->path, out);
		if (v->set.file.n)
			buf_addf(out, v->set.line ? ", set in %.*s:%u" : ", set in %.*s", STR_ARG(v->set.file), v->set.line);
		buf_add_char(out, '\n');
	}
}

static bool answer(struct why_search *s, struct err *err)
{
	source_path path;
	struct field_origin f;
	AUTO_BUF out = { 0 };
	const struct yaml_node *mark, *node;
	struct str kind = origin_scalar(s->object.node, "kind", NULL), field = str_slice(s->q->rest, s->name.n, s->q->rest.n);
	if (!parse_field(field, s->object.node, s->ctx->arena, &path, err))
		return false;
	if (s->ns.n)
		buf_addf(&out, "%.*s/", STR_ARG(s->ns));
	buf_addf(&out, "%.*s/%.*s", STR_ARG(kind), STR_ARG(s->name));
	if (path.n) {
		buf_add_char(&out, ' ');
		source_path_text(&path, &out);
	}
	node = origin_node(s->object.node, &path, &mark);
	bool secret = str_eq(kind, STR("Secret"));
	if (node && node->kind == YAML_NODE_SCALAR && !secret) {
		struct str first, rest;
		bool more = str_cut(node->text, '\n', &first, &rest);
		buf_addf(&out, ": %.*s%s", STR_ARG(first), more ? " …" : "");
	}
	buf_add_char(&out, '\n');
	if (s->env->program.n) {
		if (!node)
			return no_field(s, &path, err);
		if (!why_program_answer(s, &path, node, &out, err))
			return false;
	} else if (!node) {
		if (!added_by_environment(s, &path, &out))
			return no_field(s, &path, err);
	} else if (s->file.n) {
		buf_addf(&out, "  written in %.*s:%u\n", STR_ARG(s->file), mark->line);
	} else if (origin_find(&s->object, &path, &f)) {
		why_add_origin(&f, &out);
	} else {
		buf_addf(&out, "  written in %.*s, which is no template\n", STR_ARG(s->object.source));
	}
	out_print(s->ctx->out, buf_str(&out));
	return true;
}

/* What the object was found in must stay open for the answer. */
static bool look_in_release(struct why_search *s, const struct env_release *r, struct err *err)
{
	struct helm_release *done = arena_new(s->ctx->arena, struct helm_release);
	struct str before = s->name;
	s->sources = source_map_new(s->ctx->arena);
	bool ok = release_open(s->ctx, s->env, r, &s->release, err) && release_render(s->ctx, &s->release, s->sources, done, err) &&
		  release_documents(&s->release, done, visit, s, err);
	if (ok && s->found && s->name.p != before.p) {
		helm_release_close(&s->done);
		s->object.done = done;
		s->file = STR_NONE;
		s->done = *done;
	} else {
		helm_release_close(done);
	}
	return ok || err_wrap(err, "release '%.*s'", STR_ARG(r->name));
}

/* Whether the object has the field: one with a longer name may be elsewhere, but was hardly meant. */
static bool is_answer(const struct why_search *s)
{
	AUTO_ERR ignored = { 0 };
	source_path path;
	return s->found && parse_field(str_slice(s->q->rest, s->name.n, s->q->rest.n), s->object.node, s->ctx->arena, &path, &ignored) &&
	       origin_node(s->object.node, &path, NULL);
}

static bool look_everywhere(struct why_search *s, struct err *err)
{
	const struct environment *env = s->env;
	for (size_t i = 0; i < env->manifests.n; i++)
		if (!look_in_manifests(s, path_in(s->ctx->arena, env->dir, env->manifests.p[i]), err))
			return false;
	/* Nearly all charts begin the names of their objects with the release's. */
	for (int likely = 1; likely >= 0; likely--)
		for (size_t i = 0; i < env->releases.n && !is_answer(s); i++)
			if (str_starts(s->q->rest, env->releases.p[i].name) == likely && !look_in_release(s, &env->releases.p[i], err))
				return false;
	return true;
}

static bool find_environment(struct step_ctx *ctx, struct str given, struct environment *env, struct err *err)
{
	struct str dir = path_join(ctx->arena, ctx->host->root, STR("environments"));
	fs_entries entries = { 0 };
	AUTO_ERR ignored = { 0 };
	struct str only = STR("local");
	if (!given.n)
		(void)!fs_list(dir, ctx->arena, &entries, &ignored);
	if (entries.n == 1)
		only = entries.p[0].name;
	struct str path = !given.n ? path_join(ctx->arena, dir, only)
				   : str_find_char(given, '/') == STR_NPOS ? path_join(ctx->arena, dir, given) : given;
	if (environment_load(ctx, path, env, err))
		return true;
	return given.n ? false : err_hint(err, "say which environment is meant: --env NAME");
}

bool why_field(struct step_ctx *ctx, const step_words *args, struct err *err)
{
	struct why_options opt = { 0 };
	step_words operands;
	struct environment env;
	struct why_question q;
	struct why_search s = { .ctx = ctx, .env = &env, .q = &q };
	if (!step_options(&step_why, options, args, 1, 1, ctx->arena, &opt, &operands, err) || !ask(ctx, operands.p[0], &q, err) ||
	    !find_environment(ctx, opt.env, &env, err))
		return false;
	map_init(&s.parsed, sizeof(const struct yaml_node *), ctx->arena);
	bool ok = env.program.n ? why_program_look(&s, err) : look_everywhere(&s, err);
	s.object.parsed = &s.parsed;
	if (s.found && !s.file.n && !env.program.n)
		origin_prepare(&s.object);
	if (ok && !s.found) {
		ok = err_set(err, ERR_NOT_FOUND, "environment '%.*s' has no %.*s that '%.*s' begins with", STR_ARG(env.name), STR_ARG(q.kind), STR_ARG(q.rest));
		err_hint(err, "KIND/NAME.FIELD, for example Deployment/app.spec.replicas");
	}
	ok = ok && answer(&s, err);
	helm_release_close(&s.done);
	return ok;
}
