/*
 * bundle ENVIRONMENT -o FILE: vendors, builds the environment's own images, renders it in memory to learn which images it names, and puts all of that into one file.
 *
 * Blobs are gathered in FILE.parts, which stays where a run is interrupted and is taken up again by the next.
 */
#include "step/bundle.h"

#include <stddef.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "oci/registry.h"
#include "run/out.h"
#include "step/images.h"
#include "step/options.h"
#include "step/step.h"
#include "step/vendor.h"

struct bundle_options {
	struct str out, platform, mirror, ca_file;
	step_words add, skip;
	bool plain_http, no_images, tell;
};

static const struct step_option options[] = {
	{ "--out", "-o", STEP_VALUE, offsetof(struct bundle_options, out) },
	{ "--platform", NULL, STEP_VALUE, offsetof(struct bundle_options, platform) },
	{ "--add-image", NULL, STEP_LIST, offsetof(struct bundle_options, add) },
	{ "--skip-image", NULL, STEP_LIST, offsetof(struct bundle_options, skip) },
	{ "--no-images", NULL, STEP_FLAG, offsetof(struct bundle_options, no_images) },
	{ "--mirror", NULL, STEP_VALUE, offsetof(struct bundle_options, mirror) },
	{ "--ca-file", NULL, STEP_VALUE, offsetof(struct bundle_options, ca_file) },
	{ "--plain-http", NULL, STEP_FLAG, offsetof(struct bundle_options, plain_http) },
	{ "--environment", NULL, STEP_FLAG, offsetof(struct bundle_options, tell) },
	{ .name = NULL },
};

struct bundling {
	struct step_ctx *ctx;
	const struct bundle_options *opt;
	struct str env_path, dir;      /* dir: FILE.parts */
	struct environment env;
	struct oci_platform platform;
	struct value built;            /* what `images` noted: name to reference by digest; or null */
	struct http *http;
	struct map blobs;              /* hex digests that belong to it */
	VEC(struct bundle_entry) entries;
	struct buf listed;             /* for the user */
	size_t images;
};

static bool put(struct bundling *b, struct str bytes, struct err *err)
{
	struct digest d;
	char hex[DIGEST_HEX_LEN + 1];
	if (!oci_layout_put(b->dir, bytes, &d, err))
		return false;
	digest_hex(&d, hex);
	map_put(&b->blobs, arena_str(b->ctx->arena, str_c(hex)));
	return true;
}

/* --- charts, files, jsonnet bundles --- */

static bool add_archive(struct bundling *b, const struct pkg_archive *x, struct err *err)
{
	struct oci_image image;
	if (!pkg_archive_image(x, b->ctx->arena, &image, err) || !put(b, image.config.bytes, err) || !put(b, image.layers.p[0].bytes, err) ||
	    !put(b, image.manifest.bytes, err))
		return false;
	vec_push_in(&b->entries, b->ctx->arena,
		    (struct bundle_entry){ str_c(pkg_kind_name(x->kind)), x->name, x->version, x->source,
					   { image.manifest.media_type, image.manifest.digest, image.manifest.bytes.n } });
	return true;
}

static bool add_archives(struct bundling *b, struct err *err)
{
	pkg_archives archives;
	struct pkg_vendor_options opt;
	vendor_options_of(b->ctx, &opt);
	opt.ca_file = b->opt->ca_file.n ? b->opt->ca_file : opt.ca_file;
	out_doing(b->ctx->out, "charts");
	if (!pkg_archives_load(&opt, b->ctx->arena, &archives, err))
		return false;
	for (size_t i = 0; i < archives.n; i++)
		if (!add_archive(b, &archives.p[i], err))
			return false;
	return true;
}

/* --- images --- */

static void add_image(struct bundling *b, const char *kind, struct str name, const struct oci_ref *ref, const struct oci_descriptor *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&d->digest, hex);
	vec_push_in(&b->entries, b->ctx->arena,
		    (struct bundle_entry){ str_c(kind), name, oci_ref_version(ref), oci_ref_text(b->ctx->arena, ref), *d });
	buf_addf(&b->listed, "%.*s  sha256:%s\n", STR_ARG(name), hex);
	b->images++;
}

/* What the environment builds itself lies in .raibid/images/NAME; whatever is there is copied as it is. */
static bool add_built(struct bundling *b, struct str name, const struct oci_ref *ref, struct str reference, struct err *err)
{
	struct arena *a = b->ctx->arena;
	struct str layout = arena_fmt(a, "%.*s/.raibid/images/%.*s", STR_ARG(b->ctx->host->root), STR_ARG(b->env.name)), at, digest, bytes;
	struct oci_descriptor d = { .media_type = STR(OCI_MANIFEST) };
	struct value v;
	if (!str_cut(reference, '@', &at, &digest) || !digest_parse(digest, &d.digest))
		return err_set(err, ERR_SYNTAX, "the note of built images names '%.*s'", STR_ARG(reference));
	struct str blobs = path_join(a, layout, STR("blobs/sha256"));
	if (!fs_read(path_join(a, blobs, str_drop_prefix(digest, STR("sha256:"))), 0, a, &bytes, err) || !put(b, bytes, err) ||
	    !json_parse(bytes, NULL, a, &v, err))
		return err_wrap(err, "image '%.*s'", STR_ARG(name));
	d.size = bytes.n;
	struct value *config = value_map_get(v, STR("config")), *layers = value_map_get(v, STR("layers"));
	VEC(struct str) wanted = { 0 };
	if (config)
		vec_push_in(&wanted, a, value_find_str(*config, "digest"));
	for (size_t i = 0; layers && layers->kind == VAL_LIST && i < value_list_len(*layers); i++)
		vec_push_in(&wanted, a, value_find_str(layers->list->p[i], "digest"));
	for (size_t i = 0; i < wanted.n; i++)
		if (!fs_read(path_join(a, blobs, str_drop_prefix(wanted.p[i], STR("sha256:"))), 0, a, &bytes, err) || !put(b, bytes, err))
			return err_wrap(err, "image '%.*s'", STR_ARG(name));
	add_image(b, "built", name, ref, &d);
	return true;
}

static bool pull(struct bundling *b, const struct oci_ref *ref, struct oci_descriptor *d, struct err *err)
{
	struct step_ctx *ctx = b->ctx;
	if (!b->http && !http_new(&(struct http_options){ .ca_file = b->opt->ca_file, .cancel = ctx->host->cancel }, &b->http, err))
		return false;
	struct oci_registry_options opt = { .http = b->http, .scheme = b->opt->plain_http ? OCI_PLAIN_HTTP : OCI_HTTPS, .docker_config = docker_config_of(ctx),
					    .ca_file = b->opt->ca_file, .environ = ctx->host->environ };
	struct oci_registry *r = oci_registry_new(ref, &opt);
	out_doing(ctx->out, "pulling %.*s", STR_ARG(oci_ref_text(ctx->arena, ref)));
	bool ok = oci_registry_save(r, ref, b->opt->platform.n ? &b->platform : NULL, b->dir, &b->blobs, ctx->arena, d, err);
	oci_registry_free(r);
	return ok;
}

static bool is_listed(const step_words *words, struct str name)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_eq(words->p[i], name))
			return true;
	return false;
}

static bool add_use(struct bundling *b, const struct image_use *u, struct err *err)
{
	struct oci_descriptor d;
	AUTO_ERR missing = { 0 };
	struct value *built = images_find_note(b->built, u->text);
	if (is_listed(&b->opt->skip, u->text)) {
		out_note(b->ctx->out, "%.*s is left out", STR_ARG(u->text));
		return true;
	}
	if (built && built->kind == VAL_STR)
		return add_built(b, u->text, &u->ref, value_as_str(*built), err);
	if (!step_check_cancel(b->ctx, err))
		return false;
	if (pull(b, &u->ref, &d, &missing)) {
		add_image(b, "image", u->text, &u->ref, &d);
		return true;
	}
	/* No container wants it: it may be no image at all, and the user is told. */
	if (u->guessed && missing.kind != ERR_CANCELLED && missing.kind != ERR_IO) {
		out_note(b->ctx->out, "%.*s (%.*s %.*s) looks like an image, but cannot be had: %s", STR_ARG(u->text), STR_ARG(u->places.p[0].object),
			 STR_ARG(u->places.p[0].path), missing.message);
		return true;
	}
	err_move(err, &missing);
	if (u->places.n)
		err_wrap(err, "%.*s", STR_ARG(u->places.p[0].object));
	return err_hint(err, "`--skip-image %.*s` leaves it out", STR_ARG(u->text));
}

static bool read_built(struct bundling *b, struct err *err)
{
	struct arena *a = b->ctx->arena;
	image_defs defs;
	struct str text;
	step_words words = { 0 };
	enum step_status status = STEP_OK;
	b->built = value_null();
	if (!images_load(b->ctx, &b->env, &defs, err) || defs.n == 0)
		return !err->kind;
	vec_push_in(&words, a, b->env_path);
	return step_images.run(b->ctx, &words, &status, err) && fs_read(images_note_path(b->ctx->host, a, b->env.name), 0, a, &text, err) &&
	       json_parse(text, NULL, a, &b->built, err);
}

static bool add_images(struct bundling *b, struct err *err)
{
	struct image_uses uses;
	if (!read_built(b, err) || !images_of(b->ctx, &b->env, &uses, err))
		return false;
	for (size_t i = 0; i < image_uses_count(&uses); i++)
		if (!add_use(b, image_uses_at(&uses, i), err))
			return false;
	for (size_t i = 0; i < b->opt->add.n; i++) {
		struct image_use u = { .text = b->opt->add.p[i] };
		if (!oci_ref_parse(u.text, b->ctx->arena, &u.ref, err) || !add_use(b, &u, err))
			return false;
	}
	return true;
}

/* --- the file --- */

static void add_annotation(struct buf *out, bool *first, const char *key, struct str value)
{
	if (!value.n)
		return;
	buf_addf(out, "%s\"%s\":", *first ? "" : ",", key);
	json_write_str(value, JSON_HTML_PLAIN, out);
	*first = false;
}

static bool write_index(struct bundling *b, struct err *err)
{
	AUTO_BUF text = { 0 };
	buf_add_c(&text, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_INDEX "\",\"manifests\":[");
	for (size_t i = 0; i < b->entries.n; i++) {
		const struct bundle_entry *e = &b->entries.p[i];
		char hex[DIGEST_HEX_LEN + 1];
		bool first = true, image = str_eq(e->kind, STR("image")) || str_eq(e->kind, STR("built"));
		digest_hex(&e->descriptor.digest, hex);
		buf_addf(&text, "%s{\"mediaType\":\"%.*s\",\"digest\":\"sha256:%s\",\"size\":%llu,\"annotations\":{", i ? "," : "",
			 STR_ARG(e->descriptor.media_type), hex, (unsigned long long)e->descriptor.size);
		add_annotation(&text, &first, "io.containerd.image.name", image ? e->source : STR(""));
		add_annotation(&text, &first, "org.opencontainers.image.ref.name",
			       image ? e->source : arena_fmt(b->ctx->arena, "%.*s/%.*s%s%.*s", STR_ARG(e->kind), STR_ARG(e->name),
							     e->version.n ? ":" : "", STR_ARG(e->version)));
		add_annotation(&text, &first, "run.raibid.kind", e->kind);
		add_annotation(&text, &first, "run.raibid.name", e->name);
		add_annotation(&text, &first, "run.raibid.version", e->version);
		add_annotation(&text, &first, "run.raibid.source", e->source);
		buf_add_c(&text, "}}");
	}
	bool first = true;
	buf_add_c(&text, "],\"annotations\":{");
	add_annotation(&text, &first, BUNDLE_ENVIRONMENT, str_drop_prefix(step_name_of(b->ctx, b->env.dir), STR("environments/")));
	buf_add_c(&text, "}}");
	return fs_write(path_join(b->ctx->arena, b->dir, STR("index.json")), buf_str(&text), 0644, FS_NO_SYNC, err);
}

static bool vendor_first(struct bundling *b, struct err *err)
{
	step_words words = { 0 };
	enum step_status status = STEP_OK;
	if (b->opt->mirror.n) {
		vec_push_in(&words, b->ctx->arena, STR("--mirror"));
		vec_push_in(&words, b->ctx->arena, b->opt->mirror);
	}
	struct pkg_vendor_options opt;
	vendor_options_of(b->ctx, &opt);
	return (!fs_is_file(opt.chartfile) && !fs_is_file(opt.jsonnetfile)) || step_vendor.run(b->ctx, &words, &status, err);
}

static bool make(struct bundling *b, struct str out, struct err *err)
{
	if (!vendor_first(b, err) || !environment_load(b->ctx, b->env_path, &b->env, err) || !fs_mkdirs(b->dir, 0777, err) || !add_archives(b, err) ||
	    (!b->opt->no_images && !add_images(b, err)) || !write_index(b, err))
		return false;
	out_doing(b->ctx->out, "writing %.*s", STR_ARG(path_base(out)));
	return oci_tarball_write(b->dir, &b->blobs, out, err) && fs_remove_tree(b->dir, err);
}

/* It becomes a word of step lines. */
static bool is_plain_path(struct str s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
	for (size_t i = 0; i < s.n; i++)
		if (!memchr(allowed, s.p[i], sizeof(allowed) - 1))
			return false;
	return path_is_local(s) && s.p[0] != '-';
}

/* Prints which environment a bundle was made of: what the shipped `deploy` deploys where none is named. */
static bool tell(struct step_ctx *ctx, struct str path, struct err *err)
{
	struct bundle b;
	if (!bundle_open(ctx, path, &b, err))
		return false;
	bool known = b.environment.n != 0, is_plain = is_plain_path(b.environment);
	if (known && is_plain)
		out_print(ctx->out, arena_concat(ctx->arena, b.environment, STR("\n")));
	bundle_close(&b);
	if (known && is_plain)
		return true;
	if (known)
		return err_set(err, ERR_SYNTAX, "'%.*s' was made of an environment with a name that is none", STR_ARG(path));
	err_set(err, ERR_NOT_FOUND, "'%.*s' does not say which environment it was made of", STR_ARG(path));
	return err_hint(err, "name the environment, or make the bundle again with this version");
}

static bool bundle_run(struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err)
{
	struct bundle_options opt = { 0 };
	step_words operands;
	if (!step_options(&step_bundle, options, args, 1, 1, ctx->arena, &opt, &operands, err))
		return false;
	if (opt.tell)
		return tell(ctx, operands.p[0], err);
	if (!opt.out.n)
		return err_set(err, ERR_USAGE, "bundle: -o FILE says where to write it");
	struct bundling b = { .ctx = ctx, .opt = &opt, .env_path = operands.p[0] };
	struct str out = path_in(ctx->arena, ctx->cwd, opt.out);
	b.dir = arena_concat(ctx->arena, out, STR(".parts"));
	map_init(&b.blobs, 0, ctx->arena);
	if (opt.platform.n && !oci_platform_parse(opt.platform, &b.platform, err))
		return false;
	bool ok = make(&b, out, err);
	http_free(b.http);
	if (ok) {
		out_print(ctx->out, buf_str(&b.listed));
		out_summary(ctx->out, "%zu charts, files and bundles, %zu images", b.entries.n - b.images, b.images);
	}
	buf_deinit(&b.listed);
	return ok;
}

const struct step_def step_bundle = {
	.name = STR_INIT("bundle"),
	.usage = "ENVIRONMENT -o FILE [--platform OS/ARCH] [--add-image REF…] [--skip-image REF…] [--no-images] [--mirror URL|DIR] | --environment FILE",
	.summary = "Put charts, bundles, files and every image of an environment into one file, for deploying with no network",
	.options = "  -o, --out FILE     The file to write: an OCI image layout in a tar\n"
		   "  --platform OS/ARCH Of images with several platforms this one only; default: all\n"
		   "  --add-image REF    An image that no object names (may stand several times)\n"
		   "  --skip-image REF   Leave an image out, as it is named (may stand several times)\n"
		   "  --no-images        Charts, files and bundles only\n"
		   "  --environment      Print which environment the bundle FILE was made of\n"
		   "  --mirror URL|DIR   For the charts, as with vendor\n"
		   "  --plain-http       Speak http to registries that are not on this machine\n"
		   "  --ca-file FILE     Trust these certificates\n",
	.cache = STEP_ALWAYS,
	.run = bundle_run,
};
