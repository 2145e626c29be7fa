/*
 * images ENV [--push REGISTRY]: builds the environment's images without a daemon, writes them as an OCI layout below .raibid/images/NAME, pushes them where a
 * registry is named, and notes their digests for apply.
 */
#include "step/images.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "data/yaml.h"
#include "oci/elf.h"
#include "oci/layer.h"
#include "oci/registry.h"
#include "run/out.h"
#include "step/bundle.h"
#include "step/objects.h"
#include "step/options.h"
#include "step/step.h"
#include "step/vendor.h"

struct images_options {
	struct str push, tag, ca_file, bundle;
	bool plain_http, list;
};

static const struct step_option options[] = {
	{ "--push", NULL, STEP_VALUE, offsetof(struct images_options, push) },
	{ "--tag", NULL, STEP_VALUE, offsetof(struct images_options, tag) },
	{ "--ca-file", NULL, STEP_VALUE, offsetof(struct images_options, ca_file) },
	{ "--plain-http", NULL, STEP_FLAG, offsetof(struct images_options, plain_http) },
	{ "--bundle", NULL, STEP_VALUE, offsetof(struct images_options, bundle) },
	{ "--list", NULL, STEP_FLAG, offsetof(struct images_options, list) },
	{ .name = NULL },
};

struct file_def {
	struct str from, to, mode, owner;
	bool libraries;
	schema_strs extra;
};

static const struct schema_key file_keys[] = {
	{ STR_INIT("from"), SCHEMA_STR, offsetof(struct file_def, from), true },
	{ STR_INIT("to"), SCHEMA_STR, offsetof(struct file_def, to), true },
	{ STR_INIT("mode"), SCHEMA_STR, offsetof(struct file_def, mode), false },
	{ STR_INIT("owner"), SCHEMA_STR, offsetof(struct file_def, owner), false },
	{ STR_INIT("libraries"), SCHEMA_BOOL, offsetof(struct file_def, libraries), false },
	{ STR_INIT("extraLibraries"), SCHEMA_STRS, offsetof(struct file_def, extra), false },
	{ .name = STR_INIT("") },
};

struct image_job {
	struct step_ctx *ctx;
	const struct environment *env;
	const struct images_options *opt;
	const struct image_def *def;
	struct oci_platform platform;
	struct http **http;      /* made at first use, shared by all images */
	oci_files files;
	struct oci_image base, image;
	struct oci_layer layer;
	const struct image_job *before; /* the one built before this one, or NULL */
};

/* --- files --- */

static bool parse_mode(const struct image_job *job, const struct yaml_node *node, struct str text, mode_t found, uint32_t *mode, struct err *err)
{
	uint32_t m = 0;
	if (text.n == 0) {
		*mode = found & 0111 ? 0755 : 0644;
		return true;
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7' || text.n > 5)
			return schema_fail(&job->env->file, node, err, "'%.*s' is no octal mode such as \"0755\"", STR_ARG(text));
		m = m * 8 + (uint32_t)(text.p[i] - '0');
	}
	*mode = m & 07777;
	return true;
}

static bool parse_owner(const struct image_job *job, const struct yaml_node *node, struct str text, struct oci_file *f, struct err *err)
{
	struct str user, group;
	int64_t uid = 0, gid = 0;
	bool both = str_cut(text, ':', &user, &group);
	if (text.n && (!str_to_int(user, &uid) || (both && !str_to_int(group, &gid)) || uid < 0 || gid < 0 || uid > INT32_MAX || gid > INT32_MAX)) {
		schema_fail(&job->env->file, node, err, "'%.*s' is no owner", STR_ARG(text));
		return err_hint(err, "an owner is UID or UID:GID in numbers: the image has no list of names");
	}
	f->uid = (uint32_t)uid;
	f->gid = both ? (uint32_t)gid : (uint32_t)uid;
	return true;
}

static bool add_file(struct image_job *job, struct str from, const struct oci_file *like, struct err *err)
{
	struct oci_file f = *like;
	if (!step_read(job->ctx, from, job->ctx->arena, &f.bytes, err))
		return err_wrap(err, "image '%.*s'", STR_ARG(job->def->name));
	vec_push_in(&job->files, job->ctx->arena, f);
	return true;
}

struct tree_copy {
	struct image_job *job;
	const struct file_def *def;
	const struct yaml_node *node;
	struct str from;
	struct oci_file like;
};

static bool copy_entry(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct tree_copy *c = arg;
	struct arena *a = c->job->ctx->arena;
	struct oci_file f = c->like;
	struct str full = path_join(a, c->from, path);
	f.path = path_join(a, c->def->to, path);
	if (S_ISDIR(st->st_mode))
		return step_did_list(c->job->ctx, full, err);
	if (!S_ISREG(st->st_mode))
		return schema_fail(&c->job->env->file, c->node, err, "'%.*s' is neither a file nor a folder", STR_ARG(full));
	return parse_mode(c->job, c->node, c->def->mode, st->st_mode, &f.mode, err) && add_file(c->job, full, &f, err);
}

static bool add_libraries(struct image_job *job, struct str program, const struct file_def *def, struct err *err)
{
	/* What this program loads by itself at first use (src/ext) is named nowhere in its ELF header. */
	static const struct str own[] = {
		STR_INIT(CURL_SONAME), STR_INIT(ARCHIVE_SONAME), STR_INIT(CRYPTO_SONAME), STR_INIT(SQLITE_SONAME),
		STR_INIT("libcrypt.so.1"), STR_INIT("libcrypt.so.2"), /* bcrypt: see ext/crypto.c */
#ifdef HAVE_DEFLATE
		STR_INIT(DEFLATE_SONAME),
#endif
	};
	struct arena *a = job->ctx->arena;
	elf_paths paths;
	schema_strs extra = { 0 };
	for (size_t i = 0; i < def->extra.n; i++)
		vec_push_in(&extra, a, def->extra.p[i]);
	for (size_t i = 0; i < ARRAY_LEN(own) && str_eq(path_base(program), STR("raibid-run")); i++)
		vec_push_in(&extra, a, own[i]);
	if (!elf_libraries(program, extra.p, extra.n, a, &paths, err))
		return false;
	for (size_t i = 0; i < paths.n; i++) {
		bool there = false;
		for (size_t k = 0; k < job->files.n && !there; k++)
			there = str_eq(job->files.p[k].path, paths.p[i]);
		struct oci_file f = { .path = paths.p[i], .mode = 0755 };
		if (!there && !add_file(job, paths.p[i], &f, err))
			return false;
	}
	return true;
}

static bool add_entry(struct image_job *job, const struct yaml_node *node, struct err *err)
{
	struct arena *a = job->ctx->arena;
	struct file_def d = { 0 };
	struct stat st;
	struct tree_copy copy = { .job = job, .def = &d, .node = node };
	if (!schema_decode(&job->env->file, node, "a file", file_keys, &d, err) ||
	    !parse_owner(job, node, d.owner, &copy.like, err))
		return false;
	copy.from = path_in(a, job->env->dir, d.from);
	if (!path_is_abs(d.to))
		return schema_fail(&job->env->file, node, err, "'to' must be an absolute path, not '%.*s'", STR_ARG(d.to));
	d.to = path_clean(a, d.to);
	if (!fs_stat(copy.from, FS_FOLLOW, &st)) {
		step_did_miss(job->ctx, copy.from);
		schema_fail(&job->env->file, node, err, "image '%.*s': there is no '%.*s'", STR_ARG(job->def->name), STR_ARG(copy.from));
		err->kind = ERR_NOT_FOUND;
		return false;
	}
	if (S_ISDIR(st.st_mode))
		return step_did_list(job->ctx, copy.from, err) && fs_walk(copy.from, copy_entry, &copy, err);
	copy.like.path = d.to;
	return parse_mode(job, node, d.mode, st.st_mode, &copy.like.mode, err) && add_file(job, copy.from, &copy.like, err) &&
	       (!d.libraries || add_libraries(job, copy.from, &d, err));
}

/* --- base and registry --- */

static bool open_registry(struct image_job *job, const struct oci_ref *ref, struct oci_registry **out, struct err *err)
{
	if (!*job->http && !http_new(&(struct http_options){ .cancel = job->ctx->host->cancel }, job->http, err))
		return false;
	struct oci_registry_options opt = { .http = *job->http, .scheme = job->opt->plain_http ? OCI_PLAIN_HTTP : OCI_HTTPS,
					    .docker_config = docker_config_of(job->ctx), .ca_file = job->opt->ca_file,
					    .environ = job->ctx->host->environ };
	*out = oci_registry_new(ref, &opt);
	return true;
}

static bool load_base(struct image_job *job, struct err *err)
{
	struct arena *a = job->ctx->arena;
	struct str base = job->def->base, dir = path_in(a, job->env->dir, base);
	struct oci_registry *registry;
	struct oci_ref ref;
	if (str_eq(base, STR("scratch")))
		return true;
	if (fs_is_file(path_join(a, dir, STR("index.json"))))
		return step_did_read_tree(job->ctx, dir, err) && oci_layout_read(dir, &job->platform, a, &job->base, err);
	if (!oci_ref_parse(base, a, &ref, err) || !open_registry(job, &ref, &registry, err))
		return false;
	/* A tag may point elsewhere tomorrow; only a digest says which bytes were meant. */
	if (!ref.digest.n)
		step_uncacheable(job->ctx, arena_fmt(a, "the base %.*s is named by a tag", STR_ARG(base)));
	out_doing(job->ctx->out, "pulling %.*s", STR_ARG(base));
	bool ok = oci_registry_pull(registry, &ref, &job->platform, a, &job->base, err);
	oci_registry_free(registry);
	return ok;
}

static bool same_files(const oci_files *a, const oci_files *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct oci_file *x = &a->p[i], *y = &b->p[i];
		if (!str_eq(x->path, y->path) || x->mode != y->mode || x->uid != y->uid || x->gid != y->gid || !str_eq(x->bytes, y->bytes))
			return false;
	}
	return true;
}

/* Images of one project often hold the same files; packing them once is what takes the time. */
static bool build_layer(struct image_job *job, struct err *err)
{
	if (job->files.n == 0)
		return true;
	for (const struct image_job *other = job->before; other; other = other->before) {
		if (same_files(&job->files, &other->files)) {
			job->layer = other->layer;
			return true;
		}
	}
	return oci_layer_build(&job->files, job->ctx->arena, &job->layer, err);
}

static bool build(struct image_job *job, struct err *err)
{
	const struct image_def *d = job->def;
	schema_nodes files;
	if (!oci_platform_parse(d->platform, &job->platform, err) || !load_base(job, err) ||
	    !schema_list(&job->env->file, d->files, "files", &files, err))
		return err_wrap(err, "image '%.*s'", STR_ARG(d->name));
	for (size_t i = 0; i < files.n; i++)
		if (!add_entry(job, files.p[i], err))
			return false;
	struct oci_settings settings = {
		.os = job->platform.os,
		.architecture = job->platform.architecture,
		.variant = job->platform.variant,
		.env = d->env.p,
		.env_count = d->env.n,
		.entrypoint = d->entrypoint.p,
		.entrypoint_count = d->entrypoint.n,
		.cmd = d->cmd.p,
		.cmd_count = d->cmd.n,
		.ports = d->ports.p,
		.port_count = d->ports.n,
		.user = d->user,
		.workdir = d->workdir,
		.labels = d->labels,
	};
	out_doing(job->ctx->out, "building %.*s", STR_ARG(d->name));
	const struct oci_layer *layer = job->files.n ? &job->layer : NULL;
	return (build_layer(job, err) && oci_image_build(&job->base, layer, &settings, job->ctx->arena, &job->image, err)) ||
	       err_wrap(err, "image '%.*s'", STR_ARG(d->name));
}

/* --- what is left behind --- */

static bool write_blob(struct step_ctx *ctx, struct str dir, const struct oci_blob *blob, struct err *err)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&blob->digest, hex);
	return step_write(ctx, arena_fmt(ctx->arena, "%.*s/blobs/sha256/%s", STR_ARG(dir), hex), blob->bytes, STEP_PLAIN, err);
}

static bool write_layout(struct step_ctx *ctx, struct str dir, const struct image_job *jobs, size_t n, struct err *err)
{
	struct oci_image *images = arena_array(ctx->arena, struct oci_image, n);
	struct str *names = arena_array(ctx->arena, struct str, n);
	for (size_t i = 0; i < n; i++) {
		const struct oci_image *image = images + i;
		images[i] = jobs[i].image;
		names[i] = jobs[i].def->name;
		for (size_t k = 0; k < image->layers.n; k++)
			if (!write_blob(ctx, dir, &image->layers.p[k], err))
				return false;
		if (!write_blob(ctx, dir, &image->config, err) || !write_blob(ctx, dir, &image->manifest, err))
			return false;
	}
	return step_write(ctx, path_join(ctx->arena, dir, STR("oci-layout")), STR(OCI_LAYOUT_FILE), STEP_PLAIN, err) &&
	       step_write(ctx, path_join(ctx->arena, dir, STR("index.json")), oci_layout_index(images, names, n, ctx->arena), STEP_PLAIN, err);
}

/* What apply shall write in place of the name: with the registry before it where it was pushed to one. */
static bool push(struct image_job *job, struct str *reference, struct err *err)
{
	struct arena *a = job->ctx->arena;
	struct str registry_host = job->opt->push, name = job->def->name;
	char hex[DIGEST_HEX_LEN + 1];
	struct oci_registry *registry;
	struct oci_ref ref;
	size_t sent;
	digest_hex(&job->image.manifest.digest, hex);
	if (registry_host.n == 0) {
		*reference = arena_fmt(a, "%.*s@sha256:%s", STR_ARG(name), hex);
		return true;
	}
	struct str tag = job->opt->tag.n ? job->opt->tag : STR("latest");
	struct str full = str_starts(name, arena_concat(a, registry_host, STR("/"))) ? name
			: arena_fmt(a, "%.*s/%.*s", STR_ARG(registry_host), STR_ARG(name));
	if (!oci_ref_parse(arena_fmt(a, "%.*s:%.*s", STR_ARG(full), STR_ARG(tag)), a, &ref, err) || !open_registry(job, &ref, &registry, err))
		return false;
	out_doing(job->ctx->out, "pushing %.*s", STR_ARG(full));
	bool ok = oci_registry_push(registry, &ref, &job->image, &sent, err);
	oci_registry_free(registry);
	if (ok)
		out_log(job->ctx->out, "pushed %.*s: %zu blobs sent", STR_ARG(full), sent);
	*reference = arena_fmt(a, "%.*s@sha256:%s", STR_ARG(full), hex);
	return ok;
}

static bool build_all(struct step_ctx *ctx, const struct environment *env, const image_defs *defs, struct image_job *jobs, struct err *err)
{
	struct arena *a = ctx->arena;
	struct value note = value_map_new(a);
	AUTO_BUF text = { 0 };
	for (size_t i = 0; i < defs->n; i++) {
		struct str reference;
		if (!step_check_cancel(ctx, err) || !build(&jobs[i], err) || !push(&jobs[i], &reference, err))
			return false;
		value_map_set(note, defs->p[i].name, value_str(reference));
		out_log(ctx->out, "%.*s", STR_ARG(reference));
	}
	struct str dir = arena_fmt(a, "%.*s/.raibid/images/%.*s", STR_ARG(ctx->host->root), STR_ARG(env->name));
	if (defs->n && !write_layout(ctx, dir, jobs, defs->n, err))
		return false;
	return json_write(note, &(struct json_write_options){ .indent = "  " }, &text, err) &&
	       step_write(ctx, images_note_path(ctx->host, a, env->name), buf_str(&text), STEP_PLAIN, err);
}

/* All images that the rendered environment names, with where. */
static bool list_images(struct step_ctx *ctx, const struct environment *env, struct err *err)
{
	struct image_uses uses;
	AUTO_BUF text = { 0 };
	if (!images_of(ctx, env, &uses, err))
		return false;
	for (size_t i = 0; i < image_uses_count(&uses); i++) {
		const struct image_use *u = image_uses_at(&uses, i);
		buf_addf(&text, "%.*s%s\n", STR_ARG(u->text), u->guessed ? "  (looks like one)" : "");
		for (size_t k = 0; k < u->places.n; k++)
			buf_addf(&text, "    %.*s  %.*s\n", STR_ARG(u->places.p[k].object), STR_ARG(u->places.p[k].path));
	}
	out_print(ctx->out, buf_str(&text));
	out_summary(ctx->out, "%zu image%s", image_uses_count(&uses), STR_PLURAL(image_uses_count(&uses)));
	return true;
}

bool images_of(struct step_ctx *ctx, const struct environment *env, struct image_uses *uses, struct err *err)
{
	rendered_files files;
	image_uses_init(uses, ctx->arena);
	if (!environment_render(ctx, env, NULL, &files, err))
		return false;
	for (size_t i = 0; i < files.n; i++) {
		struct yaml_options opt = { .rules = YAML_HELM, .numbers = YAML_INTS, .file = files.p[i].path };
		struct value object;
		struct str bad = STR("");
		if (!yaml_read(files.p[i].bytes, &opt, ctx->arena, &object, err))
			return false;
		image_uses_add(uses, object, &bad);
		if (bad.n)
			out_note(ctx->out, "%.*s", STR_ARG(bad));
	}
	return true;
}

/* --- out of a bundle --- */

/* HOST/PATH:TAG in the registry for an image that is called `source` elsewhere: its path without its host, as a mirror has it; of a built one its name. */
static bool ref_in(struct str registry, const struct bundle_entry *e, struct str tag, struct arena *a, struct oci_ref *out, struct err *err)
{
	struct oci_ref from;
	if (!oci_ref_parse(e->name, a, &from, err))
		return false;
	bool built = str_eq(e->kind, STR("built"));
	struct str path = built ? str_slice(e->name, 0, MIN(str_find_char(e->name, ':'), str_find_char(e->name, '@'))) : from.path;
	struct str version = built && tag.n ? tag : from.tag.n ? from.tag : STR("");
	if (version.n)
		return oci_ref_parse(arena_fmt(a, "%.*s/%.*s:%.*s", STR_ARG(registry), STR_ARG(path), STR_ARG(version)), a, out, err);
	return oci_ref_parse(arena_fmt(a, "%.*s/%.*s@%.*s", STR_ARG(registry), STR_ARG(path), STR_ARG(from.digest)), a, out, err);
}

static bool push_entry(struct image_job *job, const struct bundle *b, const struct bundle_entry *e, struct value note, size_t *sent, struct err *err)
{
	struct arena *a = job->ctx->arena;
	struct oci_ref ref;
	struct oci_registry *registry;
	char hex[DIGEST_HEX_LEN + 1];
	size_t blobs = 0;
	digest_hex(&e->descriptor.digest, hex);
	if (!job->opt->push.n) {
		if (str_eq(e->kind, STR("built")))
			value_map_set(note, e->name, value_str(arena_fmt(a, "%.*s@sha256:%s", STR_ARG(images_bare_name(e->name)), hex)));
		return true;
	}
	if (!ref_in(job->opt->push, e, job->opt->tag, a, &ref, err) || !open_registry(job, &ref, &registry, err))
		return false;
	out_doing(job->ctx->out, "pushing %.*s", STR_ARG(oci_ref_text(a, &ref)));
	bool ok = oci_registry_push_tree(registry, &ref, &e->descriptor, bundle_blob, b->tar, &blobs, err);
	oci_registry_free(registry);
	*sent += blobs;
	if (ok)
		value_map_set(note, e->name, value_str(arena_fmt(a, "%.*s/%.*s@sha256:%s", STR_ARG(ref.host), STR_ARG(ref.path), hex)));
	return ok;
}

/* Pushes the bundle's images where a registry is named, and notes which digest stands for which name, so that apply names them so. */
static bool take_bundle(struct step_ctx *ctx, const struct environment *env, const struct images_options *opt, struct str path, struct err *err)
{
	struct http *http = NULL;
	struct image_job job = { .ctx = ctx, .env = env, .opt = opt, .http = &http };
	struct value note = value_map_new(ctx->arena);
	struct bundle b;
	AUTO_BUF text = { 0 };
	size_t images = 0, sent = 0;
	if (!bundle_open(ctx, path, &b, err))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < b.entries.n; i++) {
		const struct bundle_entry *e = &b.entries.p[i];
		if (!str_eq(e->kind, STR("image")) && !str_eq(e->kind, STR("built")))
			continue;
		images++;
		ok = step_check_cancel(ctx, err) && push_entry(&job, &b, e, note, &sent, err);
	}
	ok = ok && json_write(note, &(struct json_write_options){ .indent = "  " }, &text, err) &&
	     step_write(ctx, images_note_path(ctx->host, ctx->arena, env->name), buf_str(&text), STEP_PLAIN, err);
	http_free(http);
	bundle_close(&b);
	if (ok)
		out_summary(ctx->out, "%zu image%s of %.*s%s", images, STR_PLURAL(images), STR_ARG(path_base(path)),
			    opt->push.n ? arena_fmt(ctx->arena, " pushed, %zu blob%s sent", sent, STR_PLURAL(sent)).p : ", not pushed (no registry)");
	return ok;
}

static bool images_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct images_options opt = { 0 };
	struct environment env;
	struct http *http = NULL;
	image_defs defs;
	step_words operands;
	if (!step_options(&step_images, options, args, 1, 1, ctx->arena, &opt, &operands, err) ||
	    !environment_load(ctx, operands.p[0], &env, err))
		return false;
	if (opt.list) {
		step_uncacheable(ctx, STR("it only prints"));
		return list_images(ctx, &env, err);
	}
	struct str bundle = opt.bundle.n ? opt.bundle : step_env(ctx, STR("RAIBID_BUNDLE"));
	if (bundle.n) {
		step_uncacheable(ctx, STR("images come from a bundle"));
		return take_bundle(ctx, &env, &opt, bundle, err);
	}
	if (!images_load(ctx, &env, &defs, err))
		return false;
	struct image_job *jobs = arena_array(ctx->arena, struct image_job, defs.n);
	for (size_t i = 0; i < defs.n; i++)
		jobs[i] = (struct image_job){ .ctx = ctx, .env = &env, .opt = &opt, .def = &defs.p[i], .http = &http,
					      .before = i ? &jobs[i - 1] : NULL };
	bool ok = build_all(ctx, &env, &defs, jobs, err);
	http_free(http);
	if (ok)
		out_summary(ctx->out, "%zu image%s%s", defs.n, STR_PLURAL(defs.n), defs.n == 0 ? "" : opt.push.n ? " built and pushed" : " built, not pushed (no registry)");
	return ok;
}

static void images_claims(struct step_ctx *ctx, const step_words *args, struct step_claims *claims)
{
	/* What its files are copied from can be anywhere: only its place in .raibid is known to be its own. */
	for (size_t i = 0; i < args->n; i++)
		if (!str_starts(args->p[i], STR("-")))
			vec_push_in(&claims->reads, ctx->arena, args->p[i]);
	vec_push_in(&claims->writes, ctx->arena, path_join(ctx->arena, ctx->host->root, STR(".raibid/images")));
}

const struct step_def step_images = {
	.name = STR_INIT("images"),
	.usage = "ENVIRONMENT [--push REGISTRY] [--tag TAG] [--plain-http] [--ca-file FILE] [--bundle FILE] | --list",
	.summary = "Build an environment's images without a daemon, and push them",
	.options = "  --push REGISTRY  HOST[:PORT][/PATH] to push to; empty or left out: the images stay in .raibid/images\n"
		   "  --tag TAG        Tag in the registry; default: latest\n"
		   "  --plain-http     Speak http to a registry that is not on this machine\n"
		   "  --ca-file FILE   Trust these certificates\n"
		   "  --bundle FILE    Build nothing: push the images of a file that `bundle` made (or RAIBID_BUNDLE)\n"
		   "  --list           Print all images that the rendered environment names\n",
	.run = images_run,
	.claims = images_claims,
};
