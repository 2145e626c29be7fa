/* The vendoring before this has put almost everything into the store; what a user has removed from there is fetched again by what the lock says of its source. */
#include "pkg/archives.h"

#include "base/fs.h"
#include "base/path.h"
#include "pkg/fetch.h"
#include "pkg/git.h"
#include "pkg/jsonnetfile.h"
#include "pkg/lock.h"

enum { MAX_TEXT = 16 << 20 };

struct loading {
	const struct pkg_vendor_options *opt;
	struct arena *a;
	struct pkg_chartfile file;
	struct pkg_fetch *fetch;
	struct pkg_git *git;
	pkg_archives *out;
};

static const char *const kind_names[] = { [PKG_CHART] = "chart", [PKG_FILE] = "file", [PKG_BUNDLE] = "bundle" };

const char *pkg_kind_name(enum pkg_kind kind)
{
	return kind_names[kind];
}

bool pkg_kind_find(struct str name, enum pkg_kind *out)
{
	for (size_t i = 0; i < ARRAY_LEN(kind_names); i++)
		if (str_eq_c(name, kind_names[i])) {
			*out = (enum pkg_kind)i;
			return true;
		}
	return false;
}

static const struct pkg_repository *repository_of(const struct loading *l, struct str source)
{
	for (size_t i = 0; i < l->file.repositories.n; i++)
		if (str_starts(source, l->file.repositories.p[i].url))
			return &l->file.repositories.p[i];
	return NULL;
}

static bool get_git(struct loading *l, struct str source, struct str prefix, struct str *bytes, struct err *err)
{
	struct pkg_git_place place;
	if (!l->git)
		l->git = pkg_git_new(l->opt);
	return pkg_git_parse(source, l->a, &place, err) &&
	       pkg_git_pack(l->git, place.remote, repository_of(l, source), place.ref, place.path, prefix, l->a, bytes, err);
}

static bool get_url(struct loading *l, struct str name, struct str source, struct str *bytes, struct err *err)
{
	struct pkg_get get = { .what = name, .url = source, .any_text = true, .repository = repository_of(l, source) };
	if (!pkg_is_url(source))
		get.url = path_in(l->a, l->file.dir, pkg_plain_path(source));
	bool ok = pkg_fetch_all(l->fetch, &get, 1, l->a, err);
	if (ok && get.err.kind) {
		err_move(err, &get.err);
		ok = false;
	}
	err_deinit(&get.err);
	*bytes = get.bytes;
	return ok;
}

static bool get_from_source(struct loading *l, const struct pkg_archive *x, struct str *bytes, struct err *err)
{
	if (str_starts(x->source, STR("git+")))
		return get_git(l, x->source, x->kind == PKG_BUNDLE ? STR("bundle") : x->name, bytes, err);
	if (!str_starts(x->source, STR("oci://")))
		return get_url(l, x->name, x->source, bytes, err);
	struct str url = str_drop_suffix(x->source, arena_concat(l->a, STR(":"), x->version));
	return pkg_fetch_oci(l->fetch, url, x->version, repository_of(l, x->source), l->a, bytes, NULL, err);
}

static bool add(struct loading *l, struct pkg_archive x, bool has_digest, struct err *err)
{
	AUTO_ERR ignored = { 0 };
	struct store *store = l->opt->store;
	if (!(has_digest && store && store_has(store, &x.digest) && store_get(store, &x.digest, l->a, &x.bytes, &ignored))) {
		if (!get_from_source(l, &x, &x.bytes, err))
			return err_wrap(err, "%.*s %.*s", STR_ARG(x.name), STR_ARG(x.version));
		struct digest got = sha256_of(x.bytes);
		char hex[DIGEST_HEX_LEN + 1];
		digest_hex(&got, hex);
		if (has_digest && !digest_eq(&got, &x.digest))
			return err_set(err, ERR_INTEGRITY, "%.*s %.*s: %.*s gave sha256:%s, which is not what the lock pins", STR_ARG(x.name),
				       STR_ARG(x.version), STR_ARG(x.source), hex);
		x.digest = got;
	}
	for (size_t i = 0; i < l->out->n; i++)
		if (l->out->p[i].kind == x.kind && digest_eq(&l->out->p[i].digest, &x.digest) && str_eq(l->out->p[i].source, x.source))
			return true;
	vec_push_in(l->out, l->a, x);
	return true;
}

static bool load_charts(struct loading *l, struct err *err)
{
	const struct pkg_vendor_options *opt = l->opt;
	struct pkg_lock lock;
	struct str text, path;
	if (!fs_is_file(opt->chartfile))
		return true;
	if (!fs_read(opt->chartfile, MAX_TEXT, l->a, &text, err) || !pkg_chartfile_parse(opt->chartfile, opt->name, text, l->a, &l->file, err))
		return false;
	path = path_join(l->a, l->file.dir, STR("charts.lock"));
	if (!fs_read(path, MAX_TEXT, l->a, &text, err) || !pkg_lock_parse(STR("charts.lock"), text, l->a, &lock, err))
		return false;
	for (size_t i = 0; i < lock.charts.n; i++) {
		const struct pkg_pin *p = &lock.charts.p[i];
		struct str chart = p->chart, repo, name;
		if (str_cut(chart, '/', &repo, &name))
			chart = name;
		if (!add(l, (struct pkg_archive){ PKG_CHART, chart, p->version, p->source, p->archive, STR_NONE }, true, err))
			return false;
	}
	for (size_t i = 0; i < lock.files.n; i++) {
		const struct pkg_pin *p = &lock.files.p[i];
		if (!add(l, (struct pkg_archive){ PKG_FILE, p->directory, STR(""), p->source, p->archive, STR_NONE }, true, err))
			return false;
	}
	return true;
}

static bool load_bundles(struct loading *l, struct err *err)
{
	struct pkg_jsonnetfile lock;
	struct str text, path = path_join(l->a, path_dir(l->a, l->opt->jsonnetfile), STR("jsonnetfile.lock.json"));
	if (!fs_is_file(path))
		return true;
	if (!fs_read(path, MAX_TEXT, l->a, &text, err) || !pkg_jsonnetfile_parse(STR("jsonnetfile.lock.json"), text, l->a, &lock, err))
		return false;
	for (size_t i = 0; i < lock.deps.n; i++) {
		const struct pkg_dep *d = &lock.deps.p[i];
		struct str note;
		if (d->is_local)
			continue;
		struct pkg_archive x = { .kind = PKG_BUNDLE, .name = d->package, .version = d->version };
		x.source = pkg_git_url(l->a, &(struct pkg_git_place){ d->remote, d->subdir, d->version });
		bool known = l->opt->store && store_note_find(l->opt->store, x.source, l->a, &note) && digest_parse(note, &x.digest);
		if (!add(l, x, known, err))
			return false;
	}
	return true;
}

bool pkg_archives_load(const struct pkg_vendor_options *opt, struct arena *a, pkg_archives *out, struct err *err)
{
	struct loading l = { .opt = opt, .a = a, .out = out, .fetch = pkg_fetch_new(opt) };
	*out = (pkg_archives){ 0 };
	bool ok = load_charts(&l, err) && load_bundles(&l, err);
	pkg_git_free(l.git);
	pkg_fetch_free(l.fetch);
	return ok;
}

bool pkg_archive_keep(const struct pkg_vendor_options *opt, const struct pkg_archive *x, struct err *err)
{
	struct digest d;
	char hex[DIGEST_HEX_LEN + 1];
	if (!store_put(opt->store, x->bytes, &d, err))
		return false;
	digest_hex(&d, hex);
	return x->kind != PKG_BUNDLE || store_note_put(opt->store, x->source, str_c(hex), err);
}
