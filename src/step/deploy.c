/*
 * deploy.c: the state's database is shared by all steps of a run; a target locks it only while it reads or writes its record.
 */
#include "step/deploy.h"

#include "base/fs.h"
#include "base/path.h"
#include "base/sha256.h"
#include "data/json.h"
#include "run/out.h"
#include "step/images.h"
#include "step/manifests.h"
#include "store/state.h"
#include "tanka/spec.h"

static bool lock(void *ctx, bool create, struct db **db, struct err *err)
{
	return state_lock(ctx, create ? STATE_CREATE : STATE_LOOK, db, err);
}

static void unlock(void *ctx)
{
	state_unlock(ctx);
}

static bool key(void *ctx, struct str *out, struct err *err)
{
	return state_key(ctx, out, err);
}

struct kube_state deploy_state(const struct step_host *host)
{
	return (struct kube_state){ .lock = lock, .unlock = unlock, .key = key, .ctx = host->state };
}

/* The name under which the environment is remembered. */
static struct str environment_name(const struct deploy *d)
{
	struct str path = d->options->environment.n ? d->options->environment : d->path;
	return path_base(path_in(d->ctx->arena, d->ctx->cwd, path));
}

/* --- the cluster that a jsonnet environment is for --- */

/* What spec.json beside the environment's program says; *found is false where there is none. */
static bool read_spec(const struct deploy *d, struct tanka_env *spec, bool *found, struct err *err)
{
	struct arena *a = d->ctx->arena;
	struct str path = path_in(a, d->ctx->cwd, path_join(a, d->options->environment, STR("spec.json"))), text;
	struct value v;
	*found = d->options->environment.n && fs_is_file(path);
	if (!*found)
		return true;
	return fs_read(path, 0, a, &text, err) && json_parse(text, &(struct json_read_options){ .file = path }, a, &v, err) &&
	       tanka_env_decode(v, a, spec, err);
}

/* As in tk, an environment that names its API server or its contexts goes to no other cluster. Without a kubeconfig there is nothing to choose, and with --context the user has
 * chosen. */
static bool choose_context(const struct deploy *d, const struct kube_config_options *config, struct str *context, struct err *err)
{
	struct tanka_env spec;
	struct kube_configs configs;
	bool found;
	*context = d->options->context;
	if (d->options->context.n || d->options->embedded)
		return true;
	if (!read_spec(d, &spec, &found, err))
		return false;
	if (!found || (!spec.spec.api_server.n && !spec.spec.context_names.n))
		return true;
	if (!kube_configs_load(config, d->ctx->arena, &configs, &found, err))
		return false;
	if (!found)
		return true;
	bool ok = spec.spec.context_names.n
			  ? kube_configs_find_names(&configs, spec.spec.context_names.p, spec.spec.context_names.n, context, err)
			  : kube_configs_find_server(&configs, spec.spec.api_server, d->ctx->arena, context, err);
	return ok || err_wrap(err, "environment '%.*s'", STR_ARG(d->set.environment));
}

bool deploy_open(struct step_ctx *ctx, const struct deploy_options *options, struct str path, struct deploy *out, struct err *err)
{
	struct deploy d = { .ctx = ctx, .options = options, .path = path };
	struct kube_config_options config = { .kubeconfig = options->kubeconfig, .environ = ctx->host->environ, .cwd = ctx->cwd };
	struct str context;
	d.set.environment = environment_name(&d);
	if (!choose_context(&d, &config, &context, err))
		return false;
	const struct kube_target_options target = {
		.config = config,
		.context = context,
		.embedded = options->embedded,
		.state = deploy_state(ctx->host),
		.state_name = STR(".raibid/state.db"),
	};
	if (!kube_target_open(&target, &d.target, err))
		return false;
	d.set.namespace = options->namespace;
	struct str notice = kube_target_notice(d.target);
	if (notice.n)
		out_note(ctx->out, "%.*s", STR_ARG(notice));
	*out = d;
	return true;
}

void deploy_close(struct deploy *d)
{
	kube_target_close(d->target);
}

/* --- the fingerprint --- */

struct print {
	struct deploy *d;
	struct str root;
	struct sha256 hash;
};

static bool add_file(struct print *p, struct str path, struct err *err)
{
	struct digest digest;
	bool exists;
	if (!state_file(p->d->ctx->host->state, path, &digest, &exists, err))
		return false;
	sha256_add_field(&p->hash, exists ? (struct str){ (const char *)digest.b, sizeof(digest.b) } : STR("absent"));
	return true;
}

static bool visit(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct print *p = ctx;
	if (S_ISDIR(st->st_mode))
		return true;
	sha256_add_field(&p->hash, path);
	return add_file(p, path_join(p->d->ctx->arena, p->root, path), err);
}

bool deploy_fingerprint(struct deploy *d, struct err *err)
{
	struct arena *a = d->ctx->arena;
	struct print p = { .d = d, .root = path_in(a, d->ctx->cwd, d->path) };
	char hex[DIGEST_HEX_LEN + 1];
	if (!fs_is_dir(p.root))
		return true;
	sha256_init(&p.hash);
	sha256_add_field(&p.hash, STR("set 1"));
	sha256_add_field(&p.hash, d->set.namespace);
	if (!add_file(&p, images_note_path(d->ctx->host, a, d->set.environment), err) || !fs_walk(p.root, visit, &p, err))
		return false;
	struct digest digest = sha256_end(&p.hash);
	digest_hex(&digest, hex);
	d->set.fingerprint = arena_str(a, str_c(hex));
	return true;
}

/* --- the objects --- */

static bool read_note(struct deploy *d, struct value *out, struct err *err)
{
	struct arena *a = d->ctx->arena;
	struct str path = images_note_path(d->ctx->host, a, d->set.environment), text;
	*out = value_null();
	if (!fs_exists(path))
		return true;
	return fs_read(path, 0, a, &text, err) && json_parse(text, &(struct json_read_options){ .file = path }, a, out, err);
}

bool deploy_load(struct deploy *d, struct err *err)
{
	struct arena *a = d->ctx->arena;
	manifest_docs docs = { 0 };
	kube_objects objects = { 0 };
	struct value note;
	size_t pinned = 0;
	if (!read_note(d, &note, err) || !manifests_read(d->ctx, d->path, a, &docs, err))
		return false;
	for (size_t i = 0; i < docs.n; i++) {
		struct manifest_doc *doc = &docs.p[i];
		if (!kube_objects_add(&objects, doc->value, doc->release, doc->file, a, err))
			return false;
	}
	for (size_t i = 0; i < objects.n && note.kind == VAL_MAP; i++)
		pinned += images_pin(objects.p[i].value, note);
	if (pinned)
		out_log(d->ctx->out, "%zu image references pinned to what was built", pinned);
	d->set.objects = objects.p;
	d->set.count = objects.n;
	return true;
}

/* --- what the user sees --- */

static void tell_result(void *ctx, const struct kube_result *r)
{
	struct deploy *d = ctx;
	const char *name = kube_outcome_name(r->outcome);
	if (r->outcome == KUBE_UNCHANGED || r->outcome == KUBE_IDLE)
		return;
	if (r->outcome == KUBE_HOOK)
		name = "ran";
	if (r->outcome == KUBE_LEFT)
		out_note(d->ctx->out, "%.*s: %.*s", STR_ARG(r->title), STR_ARG(r->message.n ? r->message : STR("no longer in the environment")));
	else
		out_log(d->ctx->out, "%.*s %s%s%.*s", STR_ARG(r->title), name, r->message.n ? ": " : "", STR_ARG(r->message));
}

static void tell_doing(void *ctx, struct str what)
{
	struct deploy *d = ctx;
	out_doing(d->ctx->out, "%.*s", STR_ARG(what));
}

struct kube_watcher deploy_watcher(struct deploy *d)
{
	return (struct kube_watcher){ .result = tell_result, .doing = tell_doing, .ctx = d, .cancel = d->ctx->host->cancel };
}
