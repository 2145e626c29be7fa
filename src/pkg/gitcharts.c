/*
 * Charts in git. A repository that names a ref holds one state of its charts; one without is asked for the tags that belong to versions: 1.2.3,
 * v1.2.3, NAME-1.2.3, NAME-v1.2.3,
 * NAME/1.2.3, NAME/v1.2.3. The chart is in the folder NAME below the place's path, or is that folder itself. What is pinned is the commit.
 */
#include "base/path.h"
#include "chart/metadata.h"
#include "pkg/closure.h"
#include "pkg/git.h"
#include "pkg/work.h"

static struct pkg_git *git_of(struct work *w)
{
	if (!w->git)
		w->git = pkg_git_new(w->opt);
	return w->git;
}

/* The version that a tag stands for, or empty. */
static struct str version_of(struct str tag, struct str name)
{
	AUTO_ERR ignored = { 0 };
	struct semver v;
	if (str_starts(tag, name) && tag.n > name.n && (tag.p[name.n] == '-' || tag.p[name.n] == '/'))
		tag = str_slice(tag, name.n + 1, tag.n);
	tag = str_drop_prefix(tag, STR("v"));
	return semver_parse(tag, SEMVER_STRICT, &v, &ignored) ? tag : STR("");
}

/* The newest tag that the requirement takes; `found` is false where there is none. */
static bool best_tag(struct work *w, const struct pkg_require *r, struct str *version, struct str *commit, bool *found, struct err *err)
{
	pkg_git_refs tags;
	*found = false;
	if (!pkg_git_tags(git_of(w), r->repository->git->remote, r->repository, w->arena, &tags, err))
		return false;
	for (size_t i = 0; i < tags.n; i++) {
		struct str v = version_of(tags.p[i].name, r->name);
		if (!v.n || !pkg_require_takes(r, v) || (*found && !pkg_is_newer(v, *version)))
			continue;
		*version = v;
		*commit = tags.p[i].commit;
		*found = true;
	}
	return true;
}

static bool choose_commit(struct work *w, const struct pkg_require *r, struct str *commit, struct err *err)
{
	const struct pkg_git_place *place = r->repository->git;
	struct str version;
	bool found = false;
	if (!place->ref.n && !best_tag(w, r, &version, commit, &found, err))
		return false;
	return found || pkg_git_commit(git_of(w), place->remote, r->repository, place->ref, w->arena, commit, err);
}

/* The folder NAME below the path, or the path itself. */
static bool choose_folder(struct work *w, const struct pkg_require *r, struct str commit, struct str *folder, struct err *err)
{
	const struct pkg_git_place *place = r->repository->git;
	struct str below = path_join(w->arena, place->path, r->name);
	bool has;
	if (!pkg_git_has_file(git_of(w), place->remote, r->repository, commit, path_join(w->arena, below, STR("Chart.yaml")), &has, err))
		return false;
	*folder = has ? below : place->path;
	return true;
}

static bool read_version(struct work *w, struct item *it, struct str *version, struct err *err)
{
	struct chart_metadata m = { 0 };
	struct str text;
	if (!pkg_packed_chart_yaml(it->bytes, it->require->repository->url, w->arena, &text, err) || !chart_metadata_parse(text, w->arena, &m, err))
		return false;
	*version = m.version;
	return true;
}

static bool fetch_at(struct work *w, struct item *it, const struct pkg_git_place *at, struct err *err)
{
	const struct pkg_require *r = it->require;
	if (!pkg_git_pack(git_of(w), at->remote, r->repository, at->ref, at->path, r->name, w->arena, &it->bytes, err))
		return false;
	it->got = true;
	w->downloaded++;
	return true;
}

/* Whether the item will be brought from git, and not out of the store. */
static bool is_wanted(const struct work *w, const struct item *it)
{
	const struct digest *archive = &it->known.pin.archive;
	return it->require->repository->git && it->state >= ITEM_FETCH && !it->got && !it->unpacked &&
	       !(it->pinned && w->opt->store && store_has(w->opt->store, archive));
}

bool work_prepare_git(struct work *w, struct err *err)
{
	struct pkg_git_want *wants = arena_array(w->arena, struct pkg_git_want, w->items.n);
	size_t n = 0;
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		const struct pkg_git_place *place = it->require->repository->git;
		if (is_wanted(w, it) && !it->pinned && !pkg_git_is_commit(place->ref))
			wants[n++] = (struct pkg_git_want){ .remote = place->remote, .repository = it->require->repository, .what = work_label(w, it) };
	}
	if (n && !pkg_git_prepare(git_of(w), wants, n, err))
		return false;
	n = 0;
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		struct pkg_git_place at = { 0 };
		AUTO_ERR ignored = { 0 }; /* told when the item's turn comes */
		struct pkg_git_want want = { .repository = it->require->repository, .what = work_label(w, it) };
		if (!is_wanted(w, it))
			continue;
		if (it->pinned && pkg_git_parse(it->known.pin.source, w->arena, &at, &ignored))
			want.commit = at.ref;
		else if (!it->pinned)
			(void)!choose_commit(w, it->require, &want.commit, &ignored);
		want.remote = it->pinned ? at.remote : it->require->repository->git->remote;
		if (want.commit.n && pkg_git_is_commit(want.commit))
			wants[n++] = want;
	}
	return !n || pkg_git_prepare(git_of(w), wants, n, err);
}

bool work_prepare_newest_git(struct work *w, struct err *err)
{
	struct pkg_git_want *wants = arena_array(w->arena, struct pkg_git_want, w->items.n);
	size_t n = 0;
	for (size_t i = 0; i < w->items.n; i++) {
		const struct pkg_require *r = w->items.p[i]->require;
		if (r->repository->git && !r->repository->git->ref.n)
			wants[n++] = (struct pkg_git_want){ .remote = r->repository->git->remote, .repository = r->repository, .what = r->name };
	}
	return !n || pkg_git_prepare(git_of(w), wants, n, err);
}

bool work_bring_git(struct work *w, struct item *it, struct err *err)
{
	const struct pkg_require *r = it->require;
	struct pkg_git_place at = *r->repository->git;
	struct str version;
	if (it->pinned) {
		if (work_take_from_store(w, it, &it->known.pin.archive))
			return true;
		return (pkg_git_parse(it->known.pin.source, w->arena, &at, err) && fetch_at(w, it, &at, err)) ||
		       err_wrap(err, "%.*s", STR_ARG(work_label(w, it)));
	}
	if (!choose_commit(w, r, &at.ref, err) || !choose_folder(w, r, at.ref, &at.path, err) || !fetch_at(w, it, &at, err) ||
	    !read_version(w, it, &version, err))
		return err_wrap(err, "%.*s", STR_ARG(work_label(w, it)));
	if (!pkg_require_takes(r, version)) {
		it->got = false;
		err_set(err, ERR_NOT_FOUND, "%.*s: %.*s has version %.*s", STR_ARG(work_label(w, it)), STR_ARG(pkg_git_url(w->arena, &at)), STR_ARG(version));
		return err_hint(err, "name another `?ref=`, or another version");
	}
	struct str source = pkg_git_url(w->arena, &at);
	const struct pkg_pin *lock = pkg_pin_find(&w->lock, r->directory);
	if (lock && str_eq(lock->source, source) && work_keeps_pin(w, it, version))
		return it->parent || work_look_at_folder(w, it, err);
	it->known.pin.version = version;
	it->known.pin.source = source;
	return true;
}

bool work_newest_git(struct work *w, const struct pkg_require *r, struct pkg_newer *n, struct err *err)
{
	struct pkg_require any = *r;
	struct str commit;
	bool found;
	if (r->repository->git->ref.n) /* one state: what is there is what it has */
		return true;
	any.exact = false;
	if (!semver_range_parse(w->arena, STR("*"), SEMVER_HELM, &any.range, err) || !best_tag(w, &any, &n->latest, &commit, &found, err))
		return false;
	n->latest = found ? n->latest : STR("");
	if (!best_tag(w, r, &n->latest_in_range, &commit, &found, err))
		return false;
	n->latest_in_range = found ? n->latest_in_range : STR("");
	return true;
}
