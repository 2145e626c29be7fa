/*
 * One HTTP client for the run. An archive goes to a file (partial.h), so that a transfer that breaks off is continued where it stopped, by this run
 * or the next. An index
 * streams into its reader, so a transfer that breaks off after its first bytes cannot be retried inside the client;
 * it is begun anew here, with the reader emptied.
 */
#include "pkg/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "ext/archive.h"
#include "oci/registry.h"
#include "pkg/index_cache.h"

enum { RETRIES = 3, INDEX_TRIES = 3, SLICE_MS = 200, WAIT_MS = 20, PER_HOST = 16, READ_CHUNK = 256 * 1024 };

/* What Helm wrote before 3.7. */
#define CHART_CONTENT_OLD "application/tar+gzip"

struct pkg_fetch {
	const struct pkg_vendor_options *opt;
	struct http *http;
};

struct pkg_fetch *pkg_fetch_new(const struct pkg_vendor_options *opt)
{
	struct pkg_fetch *f = xcalloc(1, sizeof(*f));
	f->opt = opt;
	return f;
}

void pkg_fetch_free(struct pkg_fetch *f)
{
	if (!f)
		return;
	http_free(f->http);
	free(f);
}

bool pkg_is_url(struct str s)
{
	return str_starts(s, STR("http://")) || str_starts(s, STR("https://"));
}

struct str pkg_plain_path(struct str s)
{
	return str_drop_prefix(s, STR("file://"));
}

struct str pkg_public_url(struct arena *a, struct str url)
{
	struct http_url u;
	if (!http_parse_url(url, &u))
		return arena_str(a, url);
	bool v6 = str_find_char(u.host, ':') != STR_NPOS;
	return arena_fmt(a, "%.*s://%s%.*s%s%s%.*s%.*s", STR_ARG(u.scheme), v6 ? "[" : "", STR_ARG(u.host), v6 ? "]" : "",
			 u.port.n ? ":" : "", STR_ARG(u.port), STR_ARG(u.path));
}

bool pkg_no_network(const struct pkg_vendor_options *opt, struct str what, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "%.*s is not in %.*s", STR_ARG(what), STR_ARG(opt->offline));
	return err_hint(err, "a bundle holds what the locks pinned when it was made: vendor and bundle again where there is a network");
}

static bool need_http(struct pkg_fetch *f, struct err *err)
{
	if (f->opt->offline.n)
		return pkg_no_network(f->opt, STR("something that is wanted"), err);
	return f->http || http_new(&(struct http_options){ .ca_file = f->opt->ca_file, .max_per_host = PER_HOST }, &f->http, err);
}

/* --- files --- */

struct packing {
	struct str dir, name;
	struct arena *a;
	struct arc_writer *writer;
};

static bool pack_entry(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct packing *p = ctx;
	struct str full = path_join(p->a, p->dir, path), bytes = STR("");
	struct arc_item item = { .path = arena_fmt(p->a, "%.*s/%.*s", STR_ARG(p->name), STR_ARG(path)), .type = ARC_FILE,
				 .mode = st->st_mode & S_IXUSR ? 0755 : 0644 };
	char target[PATH_MAX];
	if (S_ISDIR(st->st_mode))
		return true;
	if (S_ISLNK(st->st_mode)) {
		ssize_t n = readlink(arena_cstr(p->a, full), target, sizeof(target));
		item.type = ARC_SYMLINK;
		item.target = (struct str){ target, n < 0 ? 0 : (size_t)n };
	} else if (!fs_read(full, PKG_MAX_ARCHIVE, p->a, &bytes, err)) {
		return false;
	}
	return arc_add(p->writer, &item, bytes, err);
}

bool pkg_pack_folder(struct str dir, struct arena *a, struct str *tar, struct err *err)
{
	struct packing p = { .dir = dir, .name = path_base(dir), .a = a };
	AUTO_BUF out = { 0 };
	if (!arc_writer_new(-1, &(struct arc_writer_options){ .format = ARC_TAR }, &p.writer, err))
		return false;
	bool ok = fs_walk(dir, pack_entry, &p, err) && arc_writer_finish(p.writer, &out, err);
	arc_writer_free(p.writer);
	if (ok)
		*tar = buf_to_arena(&out, a);
	return ok;
}

static size_t limit_of(const struct pkg_get *g)
{
	return pkg_limits_archive(&g->fetch->opt->limits);
}

static bool feed_file(struct pkg_get *g, struct str path, struct err *err)
{
	AUTO_FREE char *name = xstrndup(path.p, path.n), *chunk = xmalloc(READ_CHUNK);
	AUTO_FD fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : 1;
	while (got > 0) {
		got = read(fd, chunk, READ_CHUNK);
		if (got > 0 && !pkg_index_feed(g->index, (struct str){ chunk, (size_t)got }, err))
			return false;
	}
	return got == 0 || err_set(err, fd < 0 ? ERR_NOT_FOUND : ERR_IO, "cannot read '%s': %s", name, strerror(errno));
}

static void get_file(struct pkg_get *g)
{
	struct str path = pkg_plain_path(g->url);
	if (!g->index && fs_is_dir(path))
		g->done = pkg_pack_folder(path, g->arena, &g->bytes, &g->err);
	else if (!g->index)
		g->done = fs_read(path, limit_of(g), g->arena, &g->bytes, &g->err) || pkg_limits_hint(&g->err);
	else if (feed_file(g, path, &g->err) && !pkg_index_end(g->index, &g->err))
		err_wrap(&g->err, "%.*s", STR_ARG(path));
	g->done = true;
}

/* --- URLs --- */

static bool take_index(void *ctx, struct str bytes, struct err *err)
{
	struct pkg_get *g = ctx;
	g->began = true;
	return pkg_index_feed(g->index, bytes, err);
}

static void on_progress(void *ctx, uint64_t received, uint64_t total)
{
	struct pkg_get *g = ctx;
	g->fetch->opt->ui.bytes(g->download, received, total);
}

static void on_begin(void *ctx, struct str validator)
{
	struct pkg_get *g = ctx;
	pkg_partial_begin(&g->part, validator);
}

static bool start(struct pkg_get *g, struct err *err);

static bool is_markup(struct str bytes)
{
	bytes = str_trim_left(str_slice(bytes, 0, 200));
	return bytes.n && bytes.p[0] == '<';
}

static void take_index_response(struct pkg_get *g, struct http_response *resp)
{
	bool ok = resp->status == 304 ? index_cache_feed(g->cache, g->index, &g->err) : true;
	if (!ok || !pkg_index_end(g->index, &g->err))
		err_wrap(&g->err, "%.*s", STR_ARG(resp->url));
	else if (resp->status != 304)
		index_cache_save(g->cache, g->index, resp);
}

static void take_response(struct pkg_get *g, struct http_response *resp)
{
	struct str bytes;
	if (!http_check(resp, &g->err))
		return;
	if (g->index) {
		take_index_response(g, resp);
		return;
	}
	if (lseek(g->part.fd, 0, SEEK_SET) != 0 || !fs_read_fd(g->part.fd, resp->url, limit_of(g), g->arena, &bytes, &g->err))
		return;
	if (!g->any_text && is_markup(bytes)) {
		pkg_partial_restart(&g->part);
		err_set(&g->err, ERR_SYNTAX, "%.*s: the server answered with a page of HTML, not with the file", STR_ARG(resp->url));
		return;
	}
	g->bytes = bytes;
}

static void finish(struct pkg_get *g)
{
	g->done = true;
	if (g->part.fd < 0)
		return;
	if (g->err.kind == ERR_NONE && g->bytes.p)
		pkg_partial_done(&g->part, g->bytes);
	else
		pkg_partial_close(&g->part);
}

/* Bytes of two runs that do not belong together: what the server has now is fetched from its beginning. */
static bool is_patchwork(struct pkg_get *g)
{
	if (!g->resumed || !g->expected || g->err.kind || !g->bytes.p)
		return false;
	struct digest got = sha256_of(g->bytes);
	return !digest_eq(&got, g->expected);
}

static void on_done(void *ctx, struct http_response *resp, struct err *err)
{
	struct pkg_get *g = ctx;
	AUTO_ERR ignored = { 0 };
	/* What failed before the first byte the client has retried by itself. */
	if (err->kind == ERR_NETWORK && g->began && ++g->tries < INDEX_TRIES) {
		g->began = false;
		pkg_index_reset(g->index);
		if (start(g, &ignored))
			return;
	}
	pkg_limits_hint(err);
	if (err->kind)
		err_move(&g->err, err);
	else
		take_response(g, resp);
	if (is_patchwork(g)) {
		pkg_partial_restart(&g->part);
		g->bytes = STR_NONE;
		if (start(g, &ignored))
			return;
	}
	finish(g);
	g->fetch->opt->ui.end(g->download, g->err.kind == ERR_NONE);
}

static bool start(struct pkg_get *g, struct err *err)
{
	struct http_request req = { .url = g->url, .retries = RETRIES, .max_body = limit_of(g),
				    .stall_timeout_ms = pkg_limits_stall(&g->fetch->opt->limits), .progress = on_progress, .progress_ctx = g };
	const struct pkg_repository *r = g->repository;
	if (g->index) {
		req.write = take_index;
		req.write_ctx = g;
		req.compressed = true;
		req.max_body = 0;
		index_cache_ask(g->cache, &req);
	} else {
		req.out_fd = g->part.fd;
		req.has_out_fd = true;
		req.began = on_begin;
		req.resume_from = g->part.size;
		req.if_range = g->part.validator;
		g->resumed = g->part.size > 0;
	}
	if (g->auth) {
		req.tls = g->auth->tls;
		req.username = g->auth->username;
		req.password = g->auth->password;
		req.bearer = g->auth->bearer;
	} else if (r) {
		req.tls.ca_file = r->ca_file;
		if (http_same_origin(r->url, g->url)) {
			req.tls.cert_file = r->cert_file;
			req.tls.key_file = r->key_file;
			req.username = r->username;
			req.password = r->password;
		}
	}
	return http_start(g->fetch->http, &req, on_done, g, NULL, err);
}

static bool check_cancelled(struct pkg_fetch *f, struct err *err)
{
	return !f->opt->ui.cancelled(f->opt->ui.ctx) || err_set(err, ERR_CANCELLED, "stopped while downloading");
}

static bool run(struct pkg_fetch *f, struct err *err)
{
	for (size_t running = 1; running;)
		if (!check_cancelled(f, err) || !http_run(f->http, SLICE_MS, &running, err))
			return false;
	return true;
}

/* Opens the file of a download and starts it, unless another process is at it: then it waits for that. */
static bool begin(struct pkg_get *g, struct err *err)
{
	struct pkg_fetch *f = g->fetch;
	bool busy = false;
	if (!g->index && !pkg_partial_open(f->opt->store, g->url, g->arena, &g->part, &busy, err))
		return false;
	if (busy) {
		if (!g->waits)
			g->waits_since = pkg_partial_now();
		g->waits = true;
		return true;
	}
	/* Between our look at the store and the lock somebody may have been through with it. */
	if (g->waits && pkg_partial_find(f->opt->store, g->url, g->waits_since, g->arena, &g->bytes)) {
		g->waits = false;
		pkg_partial_close(&g->part);
		g->done = true;
		f->opt->ui.end(g->download, true);
		return true;
	}
	g->waits = false;
	return start(g, err);
}

/* What others are fetching right now: when they let go, theirs is taken, or it is fetched after all.
 * Nothing tells of a lock that another process lets go of, so this looks again and again. */
static bool wait_for_others(struct pkg_fetch *f, struct pkg_get *gets, size_t n, struct err *err)
{
	for (bool any = true; any;) {
		any = false;
		for (size_t i = 0; i < n; i++)
			if (gets[i].waits) {
				if (!begin(&gets[i], err))
					return false;
				any = true;
			}
		if (any && (!check_cancelled(f, err) || !http_run(f->http, WAIT_MS, &(size_t){ 0 }, err)))
			return false;
		if (any)
			poll(NULL, 0, WAIT_MS);
	}
	return true;
}

bool pkg_fetch_all(struct pkg_fetch *f, struct pkg_get *gets, size_t n, struct arena *a, struct err *err)
{
	bool ok = true, any = false;
	for (size_t i = 0; i < n && ok; i++) {
		struct pkg_get *g = &gets[i];
		g->fetch = f;
		g->arena = a;
		g->part.fd = -1;
		if (!pkg_is_url(g->url)) {
			get_file(g);
			continue;
		}
		if (f->opt->offline.n)
			return pkg_no_network(f->opt, g->what, err);
		if (!need_http(f, err))
			return false;
		if (g->index)
			g->cache = index_cache_open(f->opt->store, g->url, g->repository, g->index, a);
		g->download = f->opt->ui.begin(f->opt->ui.ctx, g->what);
		any = true;
		ok = begin(g, err);
	}
	if (!any || (ok && run(f, err) && wait_for_others(f, gets, n, err) && run(f, err)))
		return ok;
	/* What still runs must not call back into a list that is gone. */
	http_free(f->http);
	f->http = NULL;
	for (size_t i = 0; i < n; i++)
		if (gets[i].download && !gets[i].done) {
			finish(&gets[i]);
			f->opt->ui.end(gets[i].download, false);
		}
	return false;
}

/* --- OCI --- */

static struct oci_registry *registry_of(struct pkg_fetch *f, const struct oci_ref *ref, const struct pkg_repository *repository)
{
	struct oci_registry_options options = {
		.http = f->http,
		.docker_config = f->opt->docker_config,
		.ca_file = repository && repository->ca_file.n ? repository->ca_file : f->opt->ca_file,
		.environ = f->opt->environ,
	};
	return oci_registry_new(ref, &options);
}

/* A tag cannot hold a plus: Helm writes an underscore for it. */
static struct str swapped(struct arena *a, struct str s, char from, char to)
{
	char *p = arena_cstr(a, s);
	for (size_t i = 0; i < s.n; i++)
		p[i] = p[i] == from ? to : p[i];
	return (struct str){ p, s.n };
}

/* Cosign's place for signatures of a manifest: the tag sha256-HEX.sig of the same repository. */
static bool find_signatures(struct oci_registry *registry, const struct oci_ref *ref, struct pkg_oci_proof *proof, struct arena *a, struct err *err)
{
	struct oci_image signature = { 0 };
	AUTO_ERR missing = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&proof->manifest, hex);
	struct oci_ref at = { .host = ref->host, .path = ref->path, .tag = arena_fmt(a, "sha256-%s.sig", hex) };
	if (!oci_registry_pull(registry, &at, NULL, a, &signature, &missing)) {
		if (missing.kind == ERR_NOT_FOUND)
			return true;
		err_move(err, &missing);
		return false;
	}
	proof->signatures = signature.manifest.bytes;
	proof->count = signature.layers.n;
	proof->payloads = arena_array(a, struct str, signature.layers.n + 1);
	for (size_t i = 0; i < signature.layers.n; i++)
		proof->payloads[i] = signature.layers.p[i].bytes;
	return true;
}

/* The layer of one of the types; its digest is ERR_SYNTAX where it is none. */
static bool find_layer(struct value manifest, const char *const *types, struct digest *out, bool *found, struct err *err)
{
	struct value *layers = value_map_get(manifest, STR("layers"));
	*found = false;
	for (size_t i = 0; layers && layers->kind == VAL_LIST && i < value_list_len(*layers); i++)
		for (size_t k = 0; types[k]; k++)
			if (str_eq_c(value_find_str(layers->list->p[i], "mediaType"), types[k])) {
				*found = digest_parse(value_find_str(layers->list->p[i], "digest"), out);
				return *found || err_set(err, ERR_SYNTAX, "its manifest names a layer without a sha256 digest");
			}
	return true;
}

static bool get_one(struct pkg_fetch *f, struct pkg_get *g, struct arena *a, struct err *err)
{
	bool ok = g->bytes.p || pkg_fetch_all(f, g, 1, a, err);
	if (ok && g->err.kind) {
		err_move(err, &g->err);
		ok = false;
	}
	err_deinit(&g->err);
	return ok;
}

static void layer_get(struct pkg_fetch *f, struct oci_registry *registry, const struct oci_ref *ref, const struct digest *layer, struct arena *a,
		      struct pkg_get *get)
{
	struct http_request *auth = arena_new(a, struct http_request);
	struct digest *expected = arena_new(a, struct digest);
	AUTO_ERR ignored = { 0 };
	struct store *store = f->opt->store;
	*expected = *layer;
	oci_registry_blob_request(registry, ref, layer, a, auth);
	*get = (struct pkg_get){ .what = oci_ref_text(a, ref), .url = auth->url, .auth = auth, .expected = expected, .any_text = true };
	if (!store || !store_has(store, layer) || !store_get(store, layer, a, &get->bytes, &ignored))
		get->bytes = STR_NONE;
}

static bool look(struct pkg_fetch *f, struct oci_registry *registry, const struct oci_ref *ref, struct arena *a, struct pkg_get *get,
		 struct pkg_oci_proof *proof, struct err *err)
{
	static const char *const chart[] = { PKG_CHART_CONTENT, CHART_CONTENT_OLD, NULL }, *const provenance[] = { PKG_CHART_PROVENANCE, NULL };
	struct str manifest;
	struct value v;
	struct digest layer;
	bool found;
	if (!oci_registry_manifest(registry, ref, a, &manifest, err) || !json_parse(manifest, NULL, a, &v, err) ||
	    !find_layer(v, chart, &layer, &found, err))
		return false;
	if (!found)
		return err_set(err, ERR_SYNTAX, "oci://%.*s is no chart: it has no layer of type %s", STR_ARG(oci_ref_text(a, ref)), PKG_CHART_CONTENT);
	layer_get(f, registry, ref, &layer, a, get);
	if (!proof)
		return true;
	proof->manifest = sha256_of(manifest);
	if (!find_layer(v, provenance, &layer, &found, err))
		return false;
	if (found) {
		struct pkg_get prov;
		layer_get(f, registry, ref, &layer, a, &prov);
		if (!get_one(f, &prov, a, err))
			return false;
		proof->provenance = prov.bytes;
	}
	return !proof->wants_signatures || find_signatures(registry, ref, proof, a, err);
}

bool pkg_oci_look(struct pkg_fetch *f, struct str url, struct str version, const struct pkg_repository *repository, struct arena *a,
		  struct pkg_get *get, struct pkg_oci_proof *proof, struct err *err)
{
	struct oci_ref ref;
	struct str tag = swapped(a, version, '+', '_');
	struct str text = arena_fmt(a, "%.*s:%.*s", STR_ARG(str_drop_prefix(url, STR("oci://"))), STR_ARG(tag));
	if (!need_http(f, err) || !oci_ref_parse(text, a, &ref, err))
		return false;
	struct oci_registry *registry = registry_of(f, &ref, repository);
	bool ok = look(f, registry, &ref, a, get, proof, err);
	oci_registry_free(registry);
	return ok;
}

bool pkg_fetch_oci(struct pkg_fetch *f, struct str url, struct str version, const struct pkg_repository *repository, struct arena *a,
		   struct str *bytes, struct pkg_oci_proof *proof, struct err *err)
{
	struct pkg_get get;
	if (!pkg_oci_look(f, url, version, repository, a, &get, proof, err) || !get_one(f, &get, a, err))
		return false;
	*bytes = get.bytes;
	return true;
}

bool pkg_resolve_oci(struct pkg_fetch *f, struct str url, const struct pkg_require *r, struct arena *a, struct str *version,
		     struct err *err)
{
	struct oci_ref ref;
	struct semver best = { 0 };
	oci_tags tags;
	bool found = false;
	if (!need_http(f, err) || !oci_ref_parse(str_drop_prefix(url, STR("oci://")), a, &ref, err))
		return false;
	struct oci_registry *registry = registry_of(f, &ref, r->repository);
	bool ok = oci_registry_tags(registry, &ref, a, &tags, err);
	oci_registry_free(registry);
	for (size_t i = 0; ok && i < tags.n; i++) {
		AUTO_ERR ignored = { 0 };
		struct semver v;
		struct str text = swapped(a, tags.p[i], '_', '+');
		/* As Helm: only tags that are whole versions. */
		if (!semver_parse(text, SEMVER_STRICT, &v, &ignored) || !pkg_require_takes(r, text) || (found && semver_cmp(&v, &best) <= 0))
			continue;
		best = v;
		*version = text;
		found = true;
	}
	return ok && (found || err_set(err, ERR_NOT_FOUND, "%.*s has no version within '%.*s'", STR_ARG(url), STR_ARG(r->version)));
}

bool pkg_push_oci(struct pkg_fetch *f, struct str url, struct str version, const struct oci_image *image, struct arena *a,
		  struct str *text, struct err *err)
{
	struct oci_ref ref;
	*text = arena_fmt(a, "%.*s:%.*s", STR_ARG(str_drop_prefix(url, STR("oci://"))), STR_ARG(swapped(a, version, '+', '_')));
	if (!need_http(f, err) || !oci_ref_parse(*text, a, &ref, err))
		return false;
	struct oci_registry *registry = registry_of(f, &ref, NULL);
	bool ok = oci_registry_push(registry, &ref, image, NULL, err);
	oci_registry_free(registry);
	return ok;
}
