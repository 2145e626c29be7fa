/* Ranges follow Helm: the highest version within the range, pre-releases only where the range names one (text/semver.h). */
#include "pkg/resolve.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "chart/metadata.h"

enum { NAMED = 5, MAX_CHART_YAML = 1 << 20 };

static void begin_index(struct pkg_source *s, struct arena *a, struct pkg_get *g)
{
	s->index = pkg_index_new(s->names.p, s->names.n);
	*g = (struct pkg_get){
		.what = s->repository ? arena_fmt(a, "index of %.*s", STR_ARG(s->repository->name)) : STR("index of the mirror"),
		.url = arena_fmt(a, "%.*s/index.yaml", STR_ARG(s->base)),
		.repository = s->repository,
		.index = s->index,
	};
}

bool pkg_sources_read(struct pkg_fetch *f, pkg_sources *sources, struct arena *a, struct err *err)
{
	struct pkg_get *gets = arena_array(a, struct pkg_get, sources->n);
	struct pkg_source **of = arena_array(a, struct pkg_source *, sources->n);
	size_t n = 0;
	for (size_t i = 0; i < sources->n; i++) {
		struct pkg_source *s = &sources->p[i];
		if (s->index || s->plain || s->err.kind || s->names.n == 0)
			continue;
		of[n] = s;
		begin_index(s, a, &gets[n++]);
	}
	if (!pkg_fetch_all(f, gets, n, a, err)) {
		for (size_t i = 0; i < n; i++)
			err_deinit(&gets[i].err);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!gets[i].err.kind)
			continue;
		/* A mirror may be nothing but a folder of archives. */
		bool folder = of[i]->repository && !pkg_is_url(of[i]->base) && fs_is_dir(of[i]->base);
		of[i]->plain = (!of[i]->repository || folder) && gets[i].err.kind == ERR_NOT_FOUND;
		if (of[i]->plain)
			err_deinit(&gets[i].err);
		else
			err_move(&of[i]->err, &gets[i].err);
		pkg_index_free(of[i]->index);
		of[i]->index = NULL;
	}
	return true;
}

void pkg_sources_free(pkg_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++) {
		pkg_index_free(sources->p[i].index);
		err_deinit(&sources->p[i].err);
	}
}

/* The chart in the folder NAME, or that the folder itself is, as a release. */
static bool list_chart(struct pkg_source *s, struct str name, struct arena *a, pkg_releases *out, struct err *err)
{
	struct str dirs[] = { path_join(a, s->base, name), s->base };
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		struct chart_metadata m = { 0 };
		struct str text, file = path_join(a, dirs[i], STR("Chart.yaml"));
		if (!fs_is_file(file))
			continue;
		if (!fs_read(file, MAX_CHART_YAML, a, &text, err) || !chart_metadata_parse(text, a, &m, err))
			return err_wrap(err, "%.*s", STR_ARG(file));
		if (!str_eq(m.name, name))
			continue;
		vec_push_in(out, a, (struct pkg_release){ .version = m.version, .url = dirs[i] });
		return true;
	}
	return true;
}

/* NAME-VERSION.tgz files of a folder as releases. */
static bool list_folder(struct pkg_source *s, struct str name, struct arena *a, pkg_releases *out, struct err *err)
{
	fs_entries entries = { 0 };
	struct str dir = pkg_plain_path(s->base), prefix = arena_concat(a, name, STR("-"));
	if (!fs_list(dir, a, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str file = entries.p[i].name;
		if (!str_starts(file, prefix) || !str_ends(file, STR(".tgz")))
			continue;
		struct str version = str_slice(file, prefix.n, file.n - 4);
		AUTO_ERR ignored = { 0 };
		struct semver v;
		if (semver_parse(version, SEMVER_LOOSE, &v, &ignored))
			vec_push_in(out, a, (struct pkg_release){ .version = version, .url = arena_str(a, file) });
	}
	return !s->repository || list_chart(s, name, a, out, err);
}

static bool releases_of(struct pkg_source *s, struct str name, struct arena *a, pkg_releases *out, struct err *err)
{
	*out = (pkg_releases){ 0 };
	if (s->plain)
		return list_folder(s, name, a, out, err);
	if (s->index)
		return pkg_index_find(s->index, name, a, out, err) || err_wrap(err, "%.*s", STR_ARG(http_safe_url(a, s->base)));
	err_set(err, s->err.kind ? s->err.kind : ERR_NETWORK, "%s", s->err.message ? s->err.message : "the index was not read");
	return s->err.hint ? err_hint(err, "%s", s->err.hint) : false;
}

static bool no_such(struct pkg_source *s, const struct pkg_require *r, struct str version, const pkg_releases *all, struct arena *a,
		    struct err *err)
{
	struct str known = STR("");
	for (size_t i = 0; i < all->n && i < NAMED; i++)
		known = arena_fmt(a, "%.*s%s%.*s", STR_ARG(known), i ? ", " : "", STR_ARG(all->p[i].version));
	err_set(err, ERR_NOT_FOUND, "%.*s has no %.*s %.*s", STR_ARG(http_safe_url(a, s->base)), STR_ARG(r->name),
		STR_ARG(version.n ? version : r->version));
	if (all->n == 0)
		return s->plain ? err_hint(err, "a mirror without an index.yaml holds files named NAME-VERSION.tgz") : false;
	return err_hint(err, "it has %.*s%s", STR_ARG(known), all->n > NAMED ? " and others" : "");
}

static bool fits(const struct pkg_require *r, struct str wanted, struct str version)
{
	return wanted.n ? str_eq(str_drop_prefix(wanted, STR("v")), str_drop_prefix(version, STR("v"))) : pkg_require_takes(r, version);
}

bool pkg_is_newer(struct str a, struct str than)
{
	AUTO_ERR ignored = { 0 };
	struct semver x, y;
	if (a.n == 0 || than.n == 0)
		return a.n != 0;
	return semver_parse(a, SEMVER_LOOSE, &x, &ignored) && semver_parse(than, SEMVER_LOOSE, &y, &ignored) && semver_cmp(&x, &y) > 0;
}

static struct str archive_url(struct pkg_source *s, struct str url, struct arena *a)
{
	if (pkg_is_url(s->base))
		return http_join_url(a, arena_concat(a, s->base, STR("/")), url);
	if (pkg_is_url(url))
		return url;
	return path_in(a, pkg_plain_path(s->base), pkg_plain_path(url));
}

bool pkg_resolve(struct pkg_source *s, const struct pkg_require *r, struct str version, struct arena *a, struct pkg_found *out,
		 struct err *err)
{
	pkg_releases all;
	const struct pkg_release *best = NULL;
	struct str exact = version.n ? version : r->exact ? r->version : STR("");
	if (s->plain && pkg_is_url(s->base)) {
		if (!exact.n)
			return err_set(err, ERR_NOT_FOUND, "%.*s has no index.yaml, so that a range like '%.*s' cannot be resolved",
				       STR_ARG(http_safe_url(a, s->base)), STR_ARG(r->version));
		*out = (struct pkg_found){ exact, arena_fmt(a, "%.*s/%.*s-%.*s.tgz", STR_ARG(s->base), STR_ARG(r->name), STR_ARG(exact)) };
		return true;
	}
	if (!releases_of(s, r->name, a, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		if (fits(r, exact, all.p[i].version) && (!best || pkg_is_newer(all.p[i].version, best->version)))
			best = &all.p[i];
	if (!best)
		return no_such(s, r, version, &all, a, err);
	*out = (struct pkg_found){ .version = best->version, .url = archive_url(s, best->url, a) };
	out->is_folder = s->plain && !pkg_is_url(out->url) && fs_is_dir(out->url);
	out->has_digest = best->digest.n != 0;
	if (out->has_digest && !digest_parse(best->digest, &out->digest))
		return err_set(err, ERR_SYNTAX, "%.*s: the digest of %.*s %.*s is no SHA-256: '%.*s'", STR_ARG(http_safe_url(a, s->base)),
			       STR_ARG(r->name), STR_ARG(best->version), STR_ARG(best->digest));
	return true;
}

bool pkg_resolve_latest(struct pkg_source *s, struct str name, struct arena *a, struct str *version, bool *found, struct err *err)
{
	pkg_releases all;
	*found = false;
	if (!releases_of(s, name, a, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		AUTO_ERR ignored = { 0 };
		struct semver v;
		if (!semver_parse(all.p[i].version, SEMVER_LOOSE, &v, &ignored) || v.pre.n)
			continue;
		if (!*found || pkg_is_newer(all.p[i].version, *version))
			*version = all.p[i].version;
		*found = true;
	}
	return true;
}
