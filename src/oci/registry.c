/*
 * Every request goes through `ask`, which answers a 401 once by getting credentials for its challenge and asking again. Blobs are sent whole: a
 * POST opens an upload, a PUT with the digest ends it.
 */
#include "oci/registry_inner.h"

#include <stdlib.h>

#include "data/json.h"

struct oci_registry *oci_registry_new(const struct oci_ref *ref, const struct oci_registry_options *options)
{
	struct oci_registry *r = xcalloc(1, sizeof(*r));
	r->opt = *options;
	r->host = arena_str(&r->arena, ref->host);
	r->url = oci_ref_url(&r->arena, ref, options->scheme);
	r->tls.ca_file = options->ca_file;
	return r;
}

void oci_registry_free(struct oci_registry *r)
{
	if (!r)
		return;
	arena_deinit(&r->arena);
	free(r);
}

/* --- requests --- */

void registry_authorize(const struct oci_registry *r, struct http_request *req)
{
	req->tls = r->tls;
	req->retries = 3;
	/* A registry may send an upload elsewhere (a Location at another host): its credentials do not go there. */
	if (!http_same_origin(r->url, req->url))
		return;
	if (r->basic) {
		req->username = r->credentials.username;
		req->password = r->credentials.password;
	} else {
		req->bearer = r->token;
	}
}

static bool answer_challenge(struct oci_registry *r, struct str header, struct err *err)
{
	struct oci_challenge c;
	if (!oci_auth_challenge(header, &c))
		return err_set(err, ERR_DENIED, "%.*s asks for an authentication that is not known here: %.*s", STR_ARG(r->host), STR_ARG(header));
	if (!r->has_credentials &&
	    !oci_auth_find(r->opt.docker_config, r->host, r->opt.environ, &r->arena, &r->credentials, err))
		return false;
	r->has_credentials = true;
	r->basic = !c.bearer;
	return r->basic || oci_auth_token(r->opt.http, &c, &r->credentials, &r->tls, &r->arena, &r->token, err);
}

bool registry_ask(struct oci_registry *r, struct http_request *req, struct http_response *resp, struct err *err)
{
	registry_authorize(r, req);
	if (!http_do(r->opt.http, req, resp, err))
		return false;
	struct str challenge = http_header(resp, STR("www-authenticate"));
	if (resp->status != 401 || !challenge.n)
		return true;
	challenge = arena_str(&r->arena, challenge);
	http_response_deinit(resp);
	*resp = (struct http_response){ 0 };
	if (!answer_challenge(r, challenge, err))
		return false;
	registry_authorize(r, req);
	return http_do(r->opt.http, req, resp, err);
}

/* --- pulling --- */

struct pull {
	struct oci_registry *r;
	const struct oci_ref *ref;
};

bool registry_get(struct oci_registry *r, struct str url, struct str accept, struct arena *a, struct str *bytes, struct str *type,
		  struct err *err)
{
	struct http_header header = { STR("Accept"), accept };
	struct http_request req = { .url = url, .headers = &header, .header_count = accept.n ? 1 : 0, .max_body = (uint64_t)8 << 30 };
	struct http_response resp = { 0 };
	bool ok = registry_ask(r, &req, &resp, err) && http_check(&resp, err);
	if (ok)
		*bytes = buf_to_arena(&resp.body, a);
	if (ok && type)
		*type = arena_str(a, http_header(&resp, STR("content-type")));
	http_response_deinit(&resp);
	return ok;
}

static bool fetch(void *ctx, const struct digest *digest, struct arena *a, struct str *bytes, struct err *err)
{
	struct pull *p = ctx;
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(digest, hex);
	struct err missing = { 0 };
	struct str base = arena_fmt(a, "%.*s/v2/%.*s", STR_ARG(p->r->url), STR_ARG(p->ref->path));
	if (registry_get(p->r, arena_fmt(a, "%.*s/blobs/sha256:%s", STR_ARG(base), hex), STR(""), a, bytes, NULL, &missing))
		return true;
	if (missing.kind != ERR_NOT_FOUND) {
		err_move(err, &missing);
		return false;
	}
	/* What an index names is a manifest, not a blob. */
	err_deinit(&missing);
	return registry_get(p->r, arena_fmt(a, "%.*s/manifests/sha256:%s", STR_ARG(base), hex), STR(OCI_ACCEPT), a, bytes, NULL, err);
}

bool oci_registry_manifest(struct oci_registry *r, const struct oci_ref *ref, struct arena *a, struct str *bytes, struct err *err)
{
	struct str version = oci_ref_version(ref);
	struct str url = arena_fmt(a, "%.*s/v2/%.*s/manifests/%.*s", STR_ARG(r->url), STR_ARG(ref->path), STR_ARG(version));
	struct digest wanted;
	if (!registry_get(r, url, STR(OCI_ACCEPT), a, bytes, NULL, err))
		return err_wrap(err, "pulling %.*s", STR_ARG(oci_ref_text(a, ref)));
	if (ref->digest.n && digest_parse(ref->digest, &wanted)) {
		struct digest actual = sha256_of(*bytes);
		if (!digest_eq(&actual, &wanted)) {
			char hex[DIGEST_HEX_LEN + 1];
			digest_hex(&actual, hex);
			return err_set(err, ERR_INTEGRITY, "%.*s: the registry gave sha256:%s", STR_ARG(oci_ref_text(a, ref)), hex);
		}
	}
	return true;
}

void oci_registry_blob_request(const struct oci_registry *r, const struct oci_ref *ref, const struct digest *digest, struct arena *a,
			       struct http_request *req)
{
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(digest, hex);
	*req = (struct http_request){ .url = arena_fmt(a, "%.*s/v2/%.*s/blobs/sha256:%s", STR_ARG(r->url), STR_ARG(ref->path), hex) };
	registry_authorize(r, req);
	req->username = arena_str(a, req->username);
	req->password = arena_str(a, req->password);
	req->bearer = arena_str(a, req->bearer);
	req->tls.ca_file = arena_str(a, req->tls.ca_file);
}

bool oci_registry_pull(struct oci_registry *r, const struct oci_ref *ref, const struct oci_platform *platform, struct arena *a,
		       struct oci_image *out, struct err *err)
{
	struct pull p = { r, ref };
	struct str manifest;
	if (!oci_registry_manifest(r, ref, a, &manifest, err))
		return false;
	return oci_image_read(manifest, platform, fetch, &p, a, out, err) || err_wrap(err, "pulling %.*s", STR_ARG(oci_ref_text(a, ref)));
}

/* The target of `Link: <URL>; rel="next"` (distribution specification, "Listing Tags"), or empty. */
static struct str next_page(const struct http_response *resp, struct str url, struct arena *a)
{
	struct str link = http_header(resp, STR("link")), before, rest, target;
	if (!str_contains(link, STR("rel=\"next\"")) || !str_cut(link, '<', &before, &rest) || !str_cut(rest, '>', &target, &rest))
		return STR("");
	return http_join_url(a, url, target);
}

static bool add_tags(struct str text, struct arena *a, oci_tags *out, struct err *err)
{
	struct value v;
	if (!json_parse(text, NULL, a, &v, err))
		return false;
	struct value *tags = value_map_get(v, STR("tags"));
	for (size_t i = 0; tags && tags->kind == VAL_LIST && i < value_list_len(*tags); i++)
		if (tags->list->p[i].kind == VAL_STR)
			vec_push_in(out, a, value_as_str(tags->list->p[i]));
	return out->n <= OCI_MAX_TAGS || err_set(err, ERR_LIMIT, "the repository has more than %d tags", OCI_MAX_TAGS);
}

bool oci_registry_tags(struct oci_registry *r, const struct oci_ref *ref, struct arena *a, oci_tags *out, struct err *err)
{
	struct str url = arena_fmt(a, "%.*s/v2/%.*s/tags/list?n=1000", STR_ARG(r->url), STR_ARG(ref->path));
	*out = (oci_tags){ 0 };
	while (url.n) {
		struct http_request req = { .url = url };
		struct http_response resp = { 0 };
		size_t before = out->n;
		bool ok = registry_ask(r, &req, &resp, err) && http_check(&resp, err) && add_tags(buf_to_arena(&resp.body, a), a, out, err);
		/* A page without a tag leads nowhere new. A link elsewhere gets no credentials of ours. */
		struct str next = ok && out->n > before ? next_page(&resp, url, a) : STR("");
		http_response_deinit(&resp);
		if (!ok)
			return err_wrap(err, "listing the tags of %.*s/%.*s", STR_ARG(ref->host), STR_ARG(ref->path));
		url = next.n && http_same_origin(url, next) ? next : STR("");
	}
	return true;
}

/* --- pushing --- */

static bool has_blob(struct oci_registry *r, struct str url, bool *has, struct err *err)
{
	struct http_request req = { .method = STR("HEAD"), .url = url };
	struct http_response resp = { 0 };
	bool ok = registry_ask(r, &req, &resp, err);
	*has = ok && resp.status == 200;
	if (ok && resp.status != 200 && resp.status != 404)
		ok = http_check(&resp, err);
	http_response_deinit(&resp);
	return ok;
}

static bool open_upload(struct oci_registry *r, struct str base, struct arena *a, struct str *location, struct err *err)
{
	struct http_request req = { .method = STR("POST"), .url = arena_concat(a, base, STR("/blobs/uploads/")) };
	struct http_response resp = { 0 };
	bool ok = registry_ask(r, &req, &resp, err) && http_check(&resp, err);
	if (ok) {
		struct str to = http_header(&resp, STR("location"));
		if (to.n)
			*location = arena_str(a, http_join_url(a, req.url, to));
		else
			ok = err_set(err, ERR_NETWORK, "%.*s opened an upload without saying where", STR_ARG(r->host));
	}
	http_response_deinit(&resp);
	return ok;
}

bool registry_put(struct oci_registry *r, struct str url, struct str type, struct str bytes, struct err *err)
{
	struct http_header header = { STR("Content-Type"), type };
	struct http_request req = { .method = STR("PUT"), .url = url, .headers = &header, .header_count = 1, .body.bytes = bytes };
	struct http_response resp = { 0 };
	bool ok = registry_ask(r, &req, &resp, err) && http_check(&resp, err);
	http_response_deinit(&resp);
	return ok;
}

bool registry_push_blob(struct oci_registry *r, struct str base, const struct oci_blob *blob, size_t *sent, struct err *err)
{
	struct arena a = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	struct str location;
	bool has;
	digest_hex(&blob->digest, hex);
	bool ok = has_blob(r, arena_fmt(&a, "%.*s/blobs/sha256:%s", STR_ARG(base), hex), &has, err);
	if (ok && !has) {
		if (r->opt.progress)
			r->opt.progress(r->opt.progress_ctx, arena_fmt(&a, "sha256:%.12s", hex), 0, blob->bytes.n);
		ok = open_upload(r, base, &a, &location, err) &&
		     registry_put(r,
			 arena_fmt(&a, "%.*s%cdigest=sha256%%3A%s", STR_ARG(location), str_find_char(location, '?') == STR_NPOS ? '?' : '&', hex),
			 STR("application/octet-stream"), blob->bytes, err);
		*sent += ok;
	}
	arena_deinit(&a);
	return ok;
}

bool oci_registry_push(struct oci_registry *r, const struct oci_ref *ref, const struct oci_image *image, size_t *sent, struct err *err)
{
	struct arena a = { 0 };
	struct str base = arena_fmt(&a, "%.*s/v2/%.*s", STR_ARG(r->url), STR_ARG(ref->path));
	size_t count = 0;
	bool ok = true;
	for (size_t i = 0; ok && i < image->layers.n; i++)
		ok = registry_push_blob(r, base, &image->layers.p[i], &count, err);
	ok = ok && registry_push_blob(r, base, &image->config, &count, err) &&
	     registry_put(r, arena_fmt(&a, "%.*s/manifests/%.*s", STR_ARG(base), STR_ARG(oci_ref_version(ref))), image->manifest.media_type,
		 image->manifest.bytes, err);
	if (!ok)
		err_wrap(err, "pushing %.*s", STR_ARG(oci_ref_text(&a, ref)));
	arena_deinit(&a);
	if (ok && sent)
		*sent = count;
	return ok;
}
