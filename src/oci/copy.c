/*
 * Manifests are small: they are fetched one after the other, which also gets the token that blobs need. Then all blobs of an image go side by side,
 * each to HEX.part, which gets
 * its name when its digest is right.
 */
#include "oci/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "oci/registry_inner.h"

enum { MAX_NESTING = 4, MAX_MANIFEST = 16 << 20, MAX_BLOBS = 10000 };

struct saving {
	struct oci_registry *r;
	const struct oci_ref *ref;
	const struct oci_platform *only;
	struct str dir, base;
	struct map *blobs;
	struct arena *a;
	VEC(struct oci_descriptor) wanted; /* blobs to fetch */
};

static struct str blob_path(struct str dir, const struct digest *d, struct arena *a)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(d, hex);
	return arena_fmt(a, "%.*s/blobs/sha256/%s", STR_ARG(dir), hex);
}

bool oci_layout_put(struct str dir, struct str bytes, struct digest *digest, struct err *err)
{
	struct arena a = { 0 };
	*digest = sha256_of(bytes);
	struct str path = blob_path(dir, digest, &a);
	bool ok = fs_is_file(path) || (fs_mkdirs(path_dir(&a, path), 0777, err) && fs_write(path, bytes, 0644, FS_NO_SYNC, err));
	arena_deinit(&a);
	return ok;
}

static void note(struct saving *s, const struct digest *d)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(d, hex);
	map_put(s->blobs, arena_str(s->a, str_c(hex)));
}

static bool read_descriptor(struct value v, struct oci_descriptor *out, struct err *err)
{
	struct value *size = value_map_get(v, STR("size"));
	*out = (struct oci_descriptor){ .media_type = value_find_str(v, "mediaType") };
	out->size = size && size->kind == VAL_INT && size->i > 0 ? (uint64_t)size->i : 0;
	struct str text = value_find_str(v, "digest");
	return digest_parse(text, &out->digest) || err_set(err, ERR_SYNTAX, "an image names '%.*s', which is no sha256 digest", STR_ARG(text));
}

static bool fits(struct value entry, const struct oci_platform *p)
{
	struct str variant = value_find_str(entry, "platform.variant");
	return str_eq(value_find_str(entry, "platform.os"), p->os) && str_eq(value_find_str(entry, "platform.architecture"), p->architecture) &&
	       (p->variant.n == 0 || variant.n == 0 || str_eq(variant, p->variant));
}

static bool add_blob(struct saving *s, struct value v, struct err *err)
{
	struct oci_descriptor d;
	if (!read_descriptor(v, &d, err))
		return false;
	/* A layer that only lives elsewhere (Windows base images) is not the registry's to give. */
	struct value *urls = value_map_get(v, STR("urls"));
	if (urls && urls->kind == VAL_LIST && value_list_len(*urls))
		return true;
	note(s, &d.digest);
	for (size_t i = 0; i < s->wanted.n; i++)
		if (digest_eq(&s->wanted.p[i].digest, &d.digest))
			return true;
	if (s->wanted.n >= MAX_BLOBS)
		return err_set(err, ERR_LIMIT, "the image has more than %d blobs", MAX_BLOBS);
	if (!fs_is_file(blob_path(s->dir, &d.digest, s->a)))
		vec_push_in(&s->wanted, s->a, d);
	return true;
}

static bool save_manifest(struct saving *s, struct str version, int depth, struct oci_descriptor *out, struct err *err);

static bool save_index(struct saving *s, struct value list, int depth, struct oci_descriptor *chosen, bool *has_chosen, struct err *err)
{
	for (size_t i = 0; i < value_list_len(list); i++) {
		struct oci_descriptor d, child;
		char hex[DIGEST_HEX_LEN + 1];
		if (s->only && !fits(list.list->p[i], s->only))
			continue;
		if (!read_descriptor(list.list->p[i], &d, err))
			return false;
		digest_hex(&d.digest, hex);
		if (!save_manifest(s, arena_fmt(s->a, "sha256:%s", hex), depth + 1, &child, err))
			return false;
		*chosen = child;
		*has_chosen = true;
		if (s->only)
			return true;
	}
	return *has_chosen || err_set(err, ERR_NOT_FOUND, "the image has no variant for %.*s/%.*s", STR_ARG(s->only ? s->only->os : STR("?")),
				      STR_ARG(s->only ? s->only->architecture : STR("?")));
}

static bool save_manifest(struct saving *s, struct str version, int depth, struct oci_descriptor *out, struct err *err)
{
	struct str bytes, type;
	struct value v, *list, *config;
	struct digest wanted;
	struct oci_descriptor self = { 0 }, chosen = { 0 };
	bool has_chosen = false;
	if (depth > MAX_NESTING)
		return err_set(err, ERR_LIMIT, "an image's indexes are nested deeper than %d", MAX_NESTING);
	if (!registry_get(s->r, arena_fmt(s->a, "%.*s/manifests/%.*s", STR_ARG(s->base), STR_ARG(version)), STR(OCI_ACCEPT), s->a, &bytes, &type, err))
		return false;
	self.digest = sha256_of(bytes);
	self.size = bytes.n;
	if (digest_parse(version, &wanted) && !digest_eq(&wanted, &self.digest)) {
		char hex[DIGEST_HEX_LEN + 1];
		digest_hex(&self.digest, hex);
		return err_set(err, ERR_INTEGRITY, "the registry gave sha256:%s where %.*s was asked for", hex, STR_ARG(version));
	}
	if (!json_parse(bytes, &(struct json_read_options){ .numbers = JSON_INTS }, s->a, &v, err))
		return err_wrap(err, "an image's manifest");
	struct str named = value_find_str(v, "mediaType");
	self.media_type = named.n ? named : type.n ? type : STR(OCI_MANIFEST);
	list = value_map_get(v, STR("manifests"));
	if (list && list->kind == VAL_LIST) {
		if (!save_index(s, *list, depth, &chosen, &has_chosen, err))
			return false;
		if (s->only) {
			*out = chosen;
			return true;
		}
	} else {
		config = value_map_get(v, STR("config"));
		list = value_map_get(v, STR("layers"));
		if (config && !add_blob(s, *config, err))
			return false;
		for (size_t i = 0; list && list->kind == VAL_LIST && i < value_list_len(*list); i++)
			if (!add_blob(s, list->list->p[i], err))
				return false;
	}
	note(s, &self.digest);
	*out = self;
	return oci_layout_put(s->dir, bytes, &self.digest, err);
}

/* --- blobs, side by side --- */

struct blob_get {
	struct saving *s;
	const struct oci_descriptor *d;
	struct str path;
	char *part;
	int fd;
	bool again; /* refused: the token has run out, ask in the long way */
	struct err err;
};

static bool request_of(struct blob_get *g, struct http_request *req, struct err *err)
{
	struct stat st;
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&g->d->digest, hex);
	if (g->fd < 0)
		g->fd = open(g->part, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (g->fd < 0 || fstat(g->fd, &st) != 0)
		return err_set(err, ERR_IO, "cannot make '%s': %s", g->part, strerror(errno));
	*req = (struct http_request){ .url = arena_fmt(g->s->a, "%.*s/blobs/sha256:%s", STR_ARG(g->s->base), hex), .has_out_fd = true, .out_fd = g->fd,
				      .resume_from = (uint64_t)st.st_size < g->d->size ? (uint64_t)st.st_size : 0 };
	registry_authorize(g->s->r, req);
	return true;
}

static bool finish(struct blob_get *g, struct err *err)
{
	struct digest got;
	char want_hex[DIGEST_HEX_LEN + 1], got_hex[DIGEST_HEX_LEN + 1];
	if (lseek(g->fd, 0, SEEK_SET) != 0 || !sha256_fd(g->fd, str_c(g->part), &got, NULL, err))
		return false;
	if (digest_eq(&got, &g->d->digest))
		return fs_rename(str_c(g->part), g->path, err);
	unlink(g->part);
	digest_hex(&g->d->digest, want_hex);
	digest_hex(&got, got_hex);
	return err_set(err, ERR_INTEGRITY, "a blob is sha256:%s where sha256:%s was asked for", got_hex, want_hex);
}

static void on_done(void *ctx, struct http_response *resp, struct err *err)
{
	struct blob_get *g = ctx;
	if (err->kind)
		err_move(&g->err, err);
	else if (resp->status == 401)
		g->again = true;
	else if (http_check(resp, &g->err) && !finish(g, &g->err))
		return;
}

static bool get_again(struct blob_get *g, struct err *err)
{
	struct http_request req;
	struct http_response resp = { 0 };
	bool ok = request_of(g, &req, err) && registry_ask(g->s->r, &req, &resp, err) && http_check(&resp, err) && finish(g, err);
	http_response_deinit(&resp);
	return ok;
}

static bool save_blobs(struct saving *s, struct err *err)
{
	struct blob_get *gets = arena_array(s->a, struct blob_get, s->wanted.n + 1);
	bool ok = true;
	for (size_t i = 0; i < s->wanted.n; i++) {
		struct http_request req;
		struct blob_get *g = &gets[i];
		*g = (struct blob_get){ .s = s, .d = &s->wanted.p[i], .path = blob_path(s->dir, &s->wanted.p[i].digest, s->a), .fd = -1 };
		g->part = arena_cstr(s->a, arena_concat(s->a, g->path, STR(".part")));
		ok = ok && request_of(g, &req, err) && http_start(s->r->opt.http, &req, on_done, g, NULL, err);
	}
	ok = ok && http_run_all(s->r->opt.http, err);
	for (size_t i = 0; i < s->wanted.n; i++) {
		struct blob_get *g = &gets[i];
		if (ok && g->again)
			ok = get_again(g, err);
		else if (ok && g->err.kind) {
			err_move(err, &g->err);
			ok = false;
		}
		err_deinit(&g->err);
		base_close_fd(&g->fd);
	}
	return ok;
}

bool oci_registry_save(struct oci_registry *r, const struct oci_ref *ref, const struct oci_platform *only, struct str dir, struct map *blobs,
		       struct arena *a, struct oci_descriptor *out, struct err *err)
{
	struct saving s = { .r = r, .ref = ref, .only = only, .dir = dir, .blobs = blobs, .a = a };
	s.base = arena_fmt(a, "%.*s/v2/%.*s", STR_ARG(r->url), STR_ARG(ref->path));
	return (fs_mkdirs(path_join(a, dir, STR("blobs/sha256")), 0777, err) && save_manifest(&s, oci_ref_version(ref), 0, out, err) &&
		save_blobs(&s, err)) ||
	       err_wrap(err, "pulling %.*s", STR_ARG(oci_ref_text(a, ref)));
}

/* --- pushing --- */

struct pushing {
	struct oci_registry *r;
	struct str base;
	oci_fetch *get;
	void *ctx;
	size_t sent;
};

static bool push_blob(struct pushing *p, struct value v, struct arena *a, struct err *err)
{
	struct oci_descriptor d;
	struct oci_blob blob = { 0 };
	struct value *urls = value_map_get(v, STR("urls"));
	if (!read_descriptor(v, &d, err))
		return false;
	blob.media_type = d.media_type;
	blob.digest = d.digest;
	if (!p->get(p->ctx, &d.digest, a, &blob.bytes, err)) {
		if (err->kind != ERR_NOT_FOUND || !urls || urls->kind != VAL_LIST || !value_list_len(*urls))
			return false;
		err_deinit(err);
		return true;
	}
	return registry_push_blob(p->r, p->base, &blob, &p->sent, err);
}

static bool push_manifest(struct pushing *p, const struct oci_descriptor *d, struct str version, int depth, struct arena *a, struct err *err)
{
	struct str bytes;
	struct value v, *list;
	if (depth > MAX_NESTING)
		return err_set(err, ERR_LIMIT, "an image's indexes are nested deeper than %d", MAX_NESTING);
	if (!p->get(p->ctx, &d->digest, a, &bytes, err) || !json_parse(bytes, &(struct json_read_options){ .numbers = JSON_INTS }, a, &v, err))
		return false;
	list = value_map_get(v, STR("manifests"));
	for (size_t i = 0; list && list->kind == VAL_LIST && i < value_list_len(*list); i++) {
		struct oci_descriptor child;
		char hex[DIGEST_HEX_LEN + 1];
		if (!read_descriptor(list->list->p[i], &child, err))
			return false;
		digest_hex(&child.digest, hex);
		if (!push_manifest(p, &child, arena_fmt(a, "sha256:%s", hex), depth + 1, a, err))
			return false;
	}
	struct value *config = value_map_get(v, STR("config")), *layers = value_map_get(v, STR("layers"));
	for (size_t i = 0; layers && layers->kind == VAL_LIST && i < value_list_len(*layers); i++)
		if (!push_blob(p, layers->list->p[i], a, err))
			return false;
	if (config && config->kind == VAL_MAP && !push_blob(p, *config, a, err))
		return false;
	struct str type = d->media_type.n ? d->media_type : STR(OCI_MANIFEST);
	return registry_put(p->r, arena_fmt(a, "%.*s/manifests/%.*s", STR_ARG(p->base), STR_ARG(version)), type, bytes, err);
}

bool oci_registry_push_tree(struct oci_registry *r, const struct oci_ref *ref, const struct oci_descriptor *top, oci_fetch *get, void *ctx,
			    size_t *sent, struct err *err)
{
	struct arena a = { 0 };
	struct pushing p = { .r = r, .get = get, .ctx = ctx };
	p.base = arena_fmt(&a, "%.*s/v2/%.*s", STR_ARG(r->url), STR_ARG(ref->path));
	bool ok = push_manifest(&p, top, oci_ref_version(ref), 0, &a, err);
	if (!ok)
		err_wrap(err, "pushing %.*s", STR_ARG(oci_ref_text(&a, ref)));
	arena_deinit(&a);
	if (ok && sent)
		*sent = p.sent;
	return ok;
}
