/*
 * From plan to bytes, in rounds: first what is pinned is tried at its source (or taken from the store), then what is not pinned, or was not found there,
 * is resolved by the index and fetched. All transfers of a round run at once. Then each archive is checked and unpacked aside; what the charts depend on and do
 * not contain is the next round (closure.c). When nothing is missing any more the trees are judged.
 */
#include "pkg/work.h"

#include "base/fs.h"
#include "base/path.h"
#include "chart/metadata.h"

struct pkg_source *work_source(struct work *w, const struct pkg_require *r)
{
	const struct pkg_repository *repository = w->opt->mirror.n ? NULL : r->repository;
	struct pkg_source *s = NULL;
	for (size_t i = 0; i < w->sources.n && !s; i++)
		if (w->sources.p[i].repository == repository)
			s = &w->sources.p[i];
	if (!s) {
		struct str base = repository ? repository->place : w->opt->mirror;
		while (str_ends(base, STR("/")) && base.n > 1)
			base.n--;
		vec_push_in(&w->sources, w->arena, (struct pkg_source){ .repository = repository, .base = base });
		s = &vec_last(&w->sources);
	}
	for (size_t i = 0; i < s->names.n; i++)
		if (str_eq(s->names.p[i], r->name))
			return s;
	vec_push_in(&s->names, w->arena, r->name);
	/* An index that was read for other names has not kept this one. */
	pkg_index_free(s->index);
	s->index = NULL;
	return s;
}

struct str work_label(const struct work *w, const struct item *it)
{
	struct str version = it->known.pin.version.n ? it->known.pin.version : it->require->version;
	if (it->parent)
		return arena_fmt(w->arena, "%.*s %.*s (of %.*s)", STR_ARG(it->require->name), STR_ARG(version),
				 STR_ARG(it->parent->known.pin.chart));
	return arena_fmt(w->arena, "%.*s/%.*s %.*s", STR_ARG(it->require->repo_name), STR_ARG(it->require->name), STR_ARG(version));
}

/* No index stands for what is in git. */
static bool is_git(const struct item *it)
{
	return it->require->repository->git != NULL;
}

static bool is_oci(const struct work *w, const struct item *it)
{
	return it->require->repository->is_oci && !w->opt->mirror.n;
}

/* What the lock calls the source where a mirror stands in for it and no index says better. */
static struct str usual_source(const struct work *w, const struct pkg_require *r, struct str version)
{
	const char *form = r->repository->is_oci ? "%.*s/%.*s:%.*s" : "%.*s/%.*s-%.*s.tgz";
	return arena_fmt(w->arena, form, STR_ARG(pkg_public_url(w->arena, r->repository->url)), STR_ARG(r->name), STR_ARG(version));
}

static struct str oci_url(const struct work *w, const struct pkg_require *r)
{
	return arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repository->url), STR_ARG(r->name));
}

static bool resolve_oci(struct work *w, struct item *it, struct err *err)
{
	const struct pkg_require *r = it->require;
	struct str version = r->version;
	if (!r->exact && !pkg_resolve_oci(w->fetch, oci_url(w, r), r, w->arena, &version, err))
		return err_wrap(err, "%.*s", STR_ARG(work_label(w, it)));
	if (work_keeps_pin(w, it, version))
		return it->parent || work_look_at_folder(w, it, err);
	it->known.pin.version = version;
	it->known.pin.source = usual_source(w, r, version);
	return true;
}

static bool resolve_item(struct work *w, struct item *it, struct err *err)
{
	const struct pkg_require *r = it->require;
	struct pkg_pin *pin = &it->known.pin;
	struct pkg_found found;
	if (is_oci(w, it))
		return it->pinned || resolve_oci(w, it, err);
	if (!pkg_resolve(work_source(w, r), r, it->pinned ? pin->version : STR(""), w->arena, &found, err))
		return err_wrap(err, "%.*s", STR_ARG(work_label(w, it)));
	it->url = found.url;
	it->expected = found.digest;
	it->has_expected = found.has_digest;
	if (it->pinned)
		return true;
	/* A folder's content may change under one version: an update looks at it. */
	if (!(found.is_folder && w->opt->update) && work_keeps_pin(w, it, found.version))
		return it->parent || work_look_at_folder(w, it, err);
	pin->version = found.version;
	if (found.is_folder)
		pin->source = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repository->url), STR_ARG(r->name));
	else
		pin->source = w->opt->mirror.n || !pkg_is_url(found.url) ? usual_source(w, r, found.version) : pkg_public_url(w->arena, found.url);
	return true;
}

/* The bytes that have this digest, if the store of all projects has them. */
bool work_take_from_store(struct work *w, struct item *it, const struct digest *digest)
{
	AUTO_ERR ignored = { 0 };
	if (!w->opt->store || !store_has(w->opt->store, digest) || !store_get(w->opt->store, digest, w->arena, &it->bytes, &ignored))
		return false;
	it->from_store = it->got = true;
	return true;
}

/* By its manifest: the layer's place and digest, for the round's transfers; or its bytes, where the store has them. */
static bool look_oci(struct work *w, struct item *it, struct err *err)
{
	const struct pkg_require *r = it->require;
	struct pkg_get get;
	if (!pkg_oci_look(w->fetch, oci_url(w, r), it->known.pin.version, r->repository, w->arena, &get, NULL, err))
		return err_wrap(err, "%.*s", STR_ARG(work_label(w, it)));
	it->url = get.url;
	it->auth = get.auth;
	it->expected = *get.expected;
	it->has_expected = true;
	if (get.bytes.p) {
		it->bytes = get.bytes;
		it->from_store = it->got = true;
		it->url = STR("");
	}
	return true;
}

static bool may_be_elsewhere(enum err_kind kind)
{
	return kind == ERR_NOT_FOUND || kind == ERR_DENIED || kind == ERR_FAILED;
}

/* Gets what the items' urls name. The first failure is returned; a pin's source that has nothing (any more) is left to the index. */
static bool fetch_items(struct work *w, struct err *err)
{
	struct pkg_get *gets = arena_array(w->arena, struct pkg_get, w->items.n);
	struct item **of = arena_array(w->arena, struct item *, w->items.n);
	size_t n = 0;
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		if (it->got || it->url.n == 0)
			continue;
		of[n] = it;
		gets[n++] = (struct pkg_get){ .what = work_label(w, it), .url = it->url, .auth = it->auth,
					      .expected = it->pinned ? &it->known.pin.archive : it->has_expected ? &it->expected : NULL,
					      .repository = w->opt->mirror.n ? NULL : it->require->repository };
	}
	bool ok = pkg_fetch_all(w->fetch, gets, n, w->arena, err);
	for (size_t i = 0; i < n; i++) {
		struct item *it = of[i];
		struct err *failure = &gets[i].err;
		it->from = it->auth ? STR("") : it->url;
		it->url = STR("");
		it->got = failure->kind == ERR_NONE && gets[i].bytes.p;
		it->bytes = gets[i].bytes;
		w->downloaded += it->got;
		if (failure->kind && !(it->by_source && may_be_elsewhere(failure->kind))) {
			err_wrap(failure, "%.*s", STR_ARG(work_label(w, it)));
			if (ok)
				err_move(err, failure);
			else
				work_note(w, "%s", failure->message);
			ok = false;
		}
		err_deinit(failure);
	}
	return ok;
}

/* Round one: pins by digest from the store, or at the source that the lock names. */
static bool bring_by_pin(struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		if (it->state != ITEM_FETCH || it->got || it->unpacked || work_take_from_store(w, it, &it->known.pin.archive))
			continue;
		struct str source = it->known.pin.source;
		it->by_source = !w->opt->mirror.n && !is_oci(w, it) && (pkg_is_url(source) || str_starts(source, STR("file://")));
		it->url = it->by_source ? source : STR("");
		if (it->by_source && !pkg_is_url(source))
			it->url = path_in(w->arena, w->file.dir, pkg_plain_path(source));
	}
	if (!fetch_items(w, err))
		return false;
	for (size_t i = 0; i < w->items.n; i++)
		w->items.p[i]->by_source = false;
	return true;
}

/* Round two: the rest by what the indexes say. */
static bool bring_by_index(struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		if (it->state >= ITEM_FETCH && !it->got && !it->unpacked && !is_oci(w, it) && !is_git(it))
			work_source(w, it->require);
	}
	if (!pkg_sources_read(w->fetch, &w->sources, w->arena, err) || !work_prepare_git(w, err))
		return false;
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		if (it->state < ITEM_FETCH || it->got || it->unpacked)
			continue;
		if (is_git(it) ? !work_bring_git(w, it, err) : !resolve_item(w, it, err))
			return false;
		if (it->state < ITEM_FETCH || it->got) /* the newest release is the one that is here */
			continue;
		if ((it->pinned && work_take_from_store(w, it, &it->known.pin.archive)) || (it->has_expected && work_take_from_store(w, it, &it->expected)))
			it->url = STR("");
		else if (is_oci(w, it) && !look_oci(w, it, err))
			return false;
	}
	return fetch_items(w, err);
}

bool work_other_bytes(const char *what, struct str where, const struct digest *want, const struct digest *got, struct err *err)
{
	char want_hex[DIGEST_HEX_LEN + 1], got_hex[DIGEST_HEX_LEN + 1];
	digest_hex(want, want_hex);
	digest_hex(got, got_hex);
	return err_set(err, ERR_INTEGRITY, "%.*s: %s has sha256:%s, but sha256:%s was expected", STR_ARG(where), what, got_hex, want_hex);
}

static bool check_archive(struct work *w, struct item *it, struct str where, struct err *err)
{
	struct digest got = sha256_of(it->bytes), *pinned = &it->known.pin.archive;
	if (it->pinned && !digest_eq(&got, pinned)) {
		work_other_bytes("the archive", where, pinned, &got, err);
		return err_hint(err, "these are other bytes than %.*s pins: find out why before you run `vendor --update`", STR_ARG(w->lock_name));
	}
	if (it->has_expected && !digest_eq(&got, &it->expected)) {
		work_other_bytes("the archive", where, &it->expected, &got, err);
		return err_hint(err, "the repository's index and its archive do not belong together, or the download was changed on its way");
	}
	*pinned = got;
	if (it->from_store || !w->opt->store)
		return true;
	return store_put(w->opt->store, it->bytes, &got, err);
}

static bool check_metadata(struct work *w, struct item *it, struct str where, struct err *err)
{
	struct chart_metadata m = { 0 };
	struct str text, path = path_join(w->arena, it->aside, STR("Chart.yaml"));
	if (!fs_read(path, 0, w->arena, &text, err)) {
		err_deinit(err);
		return err_set(err, ERR_SYNTAX, "%.*s: the archive is no chart: it has no Chart.yaml", STR_ARG(where));
	}
	if (!chart_metadata_parse(text, w->arena, &m, err))
		return err_wrap(err, "%.*s: Chart.yaml", STR_ARG(where));
	struct str want = str_drop_prefix(it->known.pin.version, STR("v"));
	if (str_eq(m.name, it->require->name) && str_eq(str_drop_prefix(m.version, STR("v")), want))
		return true;
	return err_set(err, ERR_INTEGRITY, "%.*s: its Chart.yaml says %.*s %.*s, but %.*s %.*s was expected", STR_ARG(where), STR_ARG(m.name),
		       STR_ARG(m.version), STR_ARG(it->require->name), STR_ARG(it->known.pin.version));
}

/* A chart of the chartfile goes to a folder of its own, a dependency into its parent's charts/. */
static bool make_aside(struct work *w, struct item *it, struct err *err)
{
	if (!it->parent)
		return fs_mkdtemp(path_join(w->arena, w->file.vendor_dir, STR(WORK_ASIDE)), w->arena, &it->aside, err);
	struct str charts = path_join(w->arena, it->parent->aside, STR("charts"));
	it->aside = path_join(w->arena, charts, path_base(it->require->directory));
	return fs_mkdirs(charts, 0755, err);
}

static struct str where_of(struct work *w, const struct item *it)
{
	return arena_fmt(w->arena, "%.*s (%.*s)", STR_ARG(work_label(w, it)), STR_ARG(it->known.pin.source));
}

static bool unpack_item(struct work *w, struct item *it, struct err *err)
{
	struct str where = where_of(w, it);
	if (!it->has_expected && !it->pinned && !w->opt->mirror.n &&
	    (str_starts(it->known.pin.source, STR("http://")) || str_starts(it->known.pin.source, STR("git+http://"))))
		work_note(w, "%.*s came over plain http and no digest vouches for it", STR_ARG(work_label(w, it)));
	if (!check_archive(w, it, where, err) || !work_prove(w, it, err) ||
	    !make_aside(w, it, err) || !pkg_tree_unpack(it->bytes, where, it->aside, &w->opt->limits, err) || !check_metadata(w, it, where, err))
		return false;
	it->bytes = STR_NONE;
	it->unpacked = true;
	return work_close(w, it, err);
}

/* Everything is there: is it what was pinned? */
static bool judge(struct work *w, struct item *it, struct err *err)
{
	struct digest tree;
	struct pkg_stamp stamp;
	bool exists;
	if (!pkg_tree_digest(it->aside, &tree, err))
		return false;
	bool same = it->pinned && digest_eq(&tree, &it->known.pin.tree);
	if (it->pinned && !same && !it->closure_moves) {
		work_other_bytes("the unpacked tree", where_of(w, it), &it->known.pin.tree, &tree, err);
		return err_hint(err, "the archive is the pinned one: was an entry of %.*s edited, or taken away?", STR_ARG(w->lock_name));
	}
	if (same && it->stands) {
		struct str aside = it->aside;
		it->state = ITEM_RECORD;
		it->aside = STR_NONE;
		return fs_remove_tree(aside, err);
	}
	it->known.pin.tree = tree;
	/* Nobody else knows the folder's name yet, so its stamp can be trusted however young its files are. */
	if (it->parent)
		return true;
	if (!pkg_tree_stamp(it->aside, &stamp, &exists, err))
		return false;
	it->known.stamp = stamp.digest;
	return true;
}

static bool bring_round(struct work *w, bool *more, struct err *err)
{
	size_t before = w->items.n;
	if (!bring_by_pin(w, err) || !bring_by_index(w, err))
		return false;
	for (size_t i = 0; i < before; i++) {
		struct item *it = w->items.p[i];
		if (it->state >= ITEM_FETCH && !it->unpacked && !unpack_item(w, it, err))
			return false;
	}
	*more = w->items.n > before;
	return true;
}

bool work_bring(struct work *w, struct err *err)
{
	for (bool more = true; more;)
		if (!bring_round(w, &more, err))
			return false;
	if (!work_bring_files(w, err))
		return false;
	/* From the end: a dependency's tree is looked at before its parent may be dropped. */
	for (size_t i = w->items.n; i-- > 0;)
		if (w->items.p[i]->state >= ITEM_FETCH && !judge(w, w->items.p[i], err))
			return false;
	return true;
}
