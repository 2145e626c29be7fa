/* Tables for the strict decoder; what is left out gets its default before decoding. */
#include "step/environment.h"

#include <stddef.h>

#include "base/fs.h"
#include "base/path.h"

struct env_doc {
	struct str namespace, kube_version;
	schema_strs api_versions, manifests;
	struct value labels;
	const struct yaml_node *releases, *images;
};

static const struct schema_key env_keys[] = {
	{ STR_INIT("namespace"), SCHEMA_STR, offsetof(struct env_doc, namespace), false },
	{ STR_INIT("kubeVersion"), SCHEMA_TEXT, offsetof(struct env_doc, kube_version), false },
	{ STR_INIT("apiVersions"), SCHEMA_STRS, offsetof(struct env_doc, api_versions), false },
	{ STR_INIT("labels"), SCHEMA_STR_MAP, offsetof(struct env_doc, labels), false },
	{ STR_INIT("releases"), SCHEMA_NODE, offsetof(struct env_doc, releases), false },
	{ STR_INIT("manifests"), SCHEMA_STRS, offsetof(struct env_doc, manifests), false },
	{ STR_INIT("images"), SCHEMA_NODE, offsetof(struct env_doc, images), false },
	{ .name = STR_INIT("") },
};

static const struct schema_key release_keys[] = {
	{ STR_INIT("name"), SCHEMA_STR, offsetof(struct env_release, name), true },
	{ STR_INIT("chart"), SCHEMA_STR, offsetof(struct env_release, chart), true },
	{ STR_INIT("namespace"), SCHEMA_STR, offsetof(struct env_release, namespace), false },
	{ STR_INIT("kubeVersion"), SCHEMA_TEXT, offsetof(struct env_release, kube_version), false },
	{ STR_INIT("apiVersions"), SCHEMA_STRS, offsetof(struct env_release, api_versions), false },
	{ STR_INIT("valuesFiles"), SCHEMA_STRS, offsetof(struct env_release, values_files), false },
	{ STR_INIT("values"), SCHEMA_VALUE, offsetof(struct env_release, values), false },
	{ STR_INIT("includeCRDs"), SCHEMA_BOOL, offsetof(struct env_release, include_crds), false },
	{ STR_INIT("noHooks"), SCHEMA_BOOL, offsetof(struct env_release, no_hooks), false },
	{ STR_INIT("skipTests"), SCHEMA_BOOL, offsetof(struct env_release, skip_tests), false },
	{ .name = STR_INIT("") },
};

static bool list_in(struct step_ctx *ctx, struct str dir, step_words *out, struct err *err)
{
	fs_entries entries = { 0 };
	if (!fs_is_dir(dir))
		return true;
	if (!fs_list(dir, ctx->arena, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str path = path_join(ctx->arena, dir, entries.p[i].name);
		if (fs_is_file(path_join(ctx->arena, path, STR("environment.yaml"))) ||
		    fs_is_file(path_join(ctx->arena, path, STR("main.jsonnet"))))
			vec_push_in(out, ctx->arena, path);
	}
	return true;
}

bool environment_list(struct step_ctx *ctx, step_words *out, struct err *err)
{
	return list_in(ctx, path_join(ctx->arena, ctx->host->root, STR("environments")), out, err);
}

/* What is there instead: the folders beside it that hold an environment. */
static bool unknown(struct step_ctx *ctx, struct str path, struct str dir, struct err *err)
{
	struct str known = STR("");
	step_words there = { 0 };
	AUTO_ERR ignored = { 0 };
	if (list_in(ctx, path_dir(ctx->arena, dir), &there, &ignored))
		for (size_t i = 0; i < there.n; i++)
			known = arena_fmt(ctx->arena, "%.*s%s%.*s", STR_ARG(known), known.n ? ", " : "", STR_ARG(path_base(there.p[i])));
	if (fs_is_file(dir)) {
		err_set(err, ERR_NOT_FOUND, "'%.*s' is a file, no environment", STR_ARG(path));
		return err_hint(err, "name the folder that holds the environment.yaml or main.jsonnet");
	}
	err_set(err, ERR_NOT_FOUND, "unknown environment '%.*s': there is no %.*s/environment.yaml, and no main.jsonnet", STR_ARG(path_base(dir)),
		STR_ARG(path));
	if (known.n)
		return err_hint(err, "known environments: %.*s", STR_ARG(known));
	return err_hint(err, "an environment is a folder with an environment.yaml or a main.jsonnet; see docs/environment.md");
}

static bool load_releases(struct environment *env, const struct yaml_node *list, struct err *err)
{
	schema_nodes nodes;
	struct map names;
	map_init(&names, 0, env->file.arena);
	if (!schema_list(&env->file, list, "releases", &nodes, err))
		return false;
	for (size_t i = 0; i < nodes.n; i++) {
		struct env_release r = { .namespace = env->namespace, .kube_version = env->kube_version, .api_versions = env->api_versions,
					 .include_crds = true, .skip_tests = true, .node = nodes.p[i] };
		if (!schema_decode(&env->file, nodes.p[i], "a release", release_keys, &r, err))
			return false;
		if (r.values.kind != VAL_NULL && r.values.kind != VAL_MAP)
			return schema_fail(&env->file, nodes.p[i], err, "'values' of release '%.*s' must be a map", STR_ARG(r.name));
		if (map_has(&names, r.name))
			return schema_fail(&env->file, nodes.p[i], err, "release '%.*s' stands twice", STR_ARG(r.name));
		map_put(&names, r.name);
		vec_push_in(&env->releases, env->file.arena, r);
	}
	return true;
}

/* A program: the file itself, or the folder's main.jsonnet. Its absence is an input as well. */
static bool find_program(struct step_ctx *ctx, struct environment *env)
{
	struct arena *a = ctx->arena;
	struct str program = env->dir;
	if (str_ends(env->dir, STR(".jsonnet")) && fs_is_file(env->dir))
		env->dir = path_dir(a, env->dir);
	else
		program = path_join(a, env->dir, STR("main.jsonnet"));
	env->name = path_base(env->dir);
	if (fs_is_file(program)) {
		env->program = program;
		return true;
	}
	step_did_miss(ctx, program);
	return false;
}

static bool load_program(struct step_ctx *ctx, struct environment *env, struct environment *out, struct err *err)
{
	struct str other = path_join(ctx->arena, env->dir, STR("environment.yaml"));
	if (fs_exists(other)) {
		err_set(err, ERR_CONFLICT, "'%.*s' has both a main.jsonnet and an environment.yaml", STR_ARG(step_name_of(ctx, env->dir)));
		return err_hint(err, "remove the one that does not count");
	}
	step_did_miss(ctx, other);
	*out = *env;
	return true;
}

bool environment_load(struct step_ctx *ctx, struct str path, struct environment *out, struct err *err)
{
	struct arena *a = ctx->arena;
	struct environment env = { .dir = path_in(a, ctx->cwd, path) };
	if (find_program(ctx, &env))
		return load_program(ctx, &env, out, err);
	struct env_doc doc = { .namespace = STR("default") };
	const struct yaml_node *root;
	env.name = path_base(env.dir);
	env.file = (struct schema_file){ .name = path_join(a, path, STR("environment.yaml")), .arena = a };
	struct err read_err = { 0 };
	if (!step_read(ctx, path_join(a, env.dir, STR("environment.yaml")), a, &env.file.text, &read_err)) {
		if (read_err.kind == ERR_NOT_FOUND) {
			err_deinit(&read_err);
			return unknown(ctx, path, env.dir, err);
		}
		err_move(err, &read_err);
		return false;
	}
	if (!schema_parse(&env.file, &root, err) || !schema_decode(&env.file, root, "an environment", env_keys, &doc, err))
		return false;
	env.namespace = doc.namespace;
	env.kube_version = doc.kube_version;
	env.api_versions = doc.api_versions;
	env.labels = doc.labels;
	env.manifests = doc.manifests;
	env.images = doc.images;
	if (!load_releases(&env, doc.releases, err))
		return false;
	*out = env;
	return true;
}
