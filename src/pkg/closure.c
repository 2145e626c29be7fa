/*
 * A chart names what it depends on in Chart.yaml (requirements.yaml where its apiVersion is v1). As Helm has it, a dependency is there if charts/ holds a chart of
 * that name, in a folder or packed. What is not there becomes an item like the chartfile's own, at the version that Chart.lock (requirements.lock)
 * says, else within the
 * range; it is unpacked into charts/NAME, and its own dependencies follow in the next round.
 */
#include "pkg/closure.h"

#include "base/fs.h"
#include "base/path.h"
#include "chart/metadata.h"
#include "data/yaml.h"
#include "ext/archive.h"
#include "pkg/git.h"
#include "pkg/work.h"

enum { MAX_TEXT = 1 << 20 };

bool pkg_packed_chart_yaml(struct str bytes, struct str path, struct arena *a, struct str *out, struct err *err)
{
	struct arc_reader *r;
	struct arc_item item;
	bool more = true, ok, found = false;
	if (!arc_open_bytes(bytes, path, NULL, &r, err))
		return false;
	do {
		struct str folder, file, text;
		ok = arc_next(r, &item, &more, err);
		if (!ok || !more || item.type != ARC_FILE || !str_cut(item.path, '/', &folder, &file) || !str_eq(file, STR("Chart.yaml")))
			continue;
		ok = arc_read(r, a, &text, err);
		if (ok)
			*out = arena_str(a, text);
		found = ok;
	} while (ok && more && !found);
	arc_close(r);
	return ok && (found || err_set(err, ERR_SYNTAX, "'%.*s' is no packed chart: it has no Chart.yaml", STR_ARG(path)));
}

struct closing {
	struct work *w;
	struct item *it;
	VEC(struct str) there;  /* names of the charts in charts/ */
	struct value locked;    /* Chart.lock's `dependencies`, or null */
};

/* The file's text where there is one. */
static bool read_if_there(struct closing *c, struct str dir, const char *name, struct str *text, struct err *err)
{
	struct str path = path_join(c->w->arena, dir, str_c(name));
	*text = STR_NONE;
	return !fs_is_file(path) || fs_read(path, MAX_TEXT, c->w->arena, text, err);
}

static bool read_metadata(struct closing *c, struct chart_metadata *m, struct err *err)
{
	struct str text;
	struct arena *a = c->w->arena;
	*m = (struct chart_metadata){ 0 };
	return read_if_there(c, c->it->aside, "Chart.yaml", &text, err) && chart_metadata_parse(text, a, m, err) &&
	       read_if_there(c, c->it->aside, "requirements.yaml", &text, err) &&
	       (!text.p || !str_eq(m->api_version, STR("v1")) || chart_metadata_parse(text, a, m, err));
}

static bool read_locked(struct closing *c, struct err *err)
{
	static const char *const names[] = { "Chart.lock", "requirements.lock" };
	struct value map;
	for (size_t i = 0; i < ARRAY_LEN(names) && c->locked.kind != VAL_LIST; i++) {
		struct str text;
		if (!read_if_there(c, c->it->aside, names[i], &text, err))
			return false;
		if (!text.p)
			continue;
		if (!yaml_read_map(text, &(struct yaml_options){ .rules = YAML_HELM, .numbers = YAML_INTS }, c->w->arena, &map, err))
			return err_wrap(err, "%s", names[i]);
		struct value *list = value_map_get(map, STR("dependencies"));
		if (list)
			c->locked = *list;
	}
	return true;
}

static bool add_name(struct closing *c, struct str text, struct err *err)
{
	struct chart_metadata m = { 0 };
	if (!chart_metadata_parse(text, c->w->arena, &m, err))
		return false;
	vec_push_in(&c->there, c->w->arena, m.name);
	return true;
}

static bool look_into_charts(struct closing *c, struct err *err)
{
	struct arena *a = c->w->arena;
	struct str dir = path_join(a, c->it->aside, STR("charts")), text;
	fs_entries entries = { 0 };
	if (!fs_is_dir(dir))
		return true;
	if (!fs_list(dir, a, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str name = entries.p[i].name, path = path_join(a, dir, name);
		/* Helm's rule: `_x` and `.x` are no charts. */
		if (name.p[0] == '_' || name.p[0] == '.')
			continue;
		bool packed = str_ends(name, STR(".tgz"));
		if (packed ? !fs_read(path, PKG_MAX_ARCHIVE, a, &text, err) || !pkg_packed_chart_yaml(text, path, a, &text, err)
			   : !read_if_there(c, path, "Chart.yaml", &text, err))
			return false;
		if (text.p && !add_name(c, text, err))
			return err_wrap(err, "charts/%.*s", STR_ARG(name));
	}
	return true;
}

static bool is_there(const struct closing *c, struct str name)
{
	for (size_t i = 0; i < c->there.n; i++)
		if (str_eq(c->there.p[i], name))
			return true;
	return false;
}

/* --- a dependency as a requirement --- */

static const struct pkg_repository *by_name(const struct work *w, struct str name)
{
	for (size_t i = 0; i < w->file.repositories.n; i++)
		if (str_eq(w->file.repositories.p[i].name, name))
			return &w->file.repositories.p[i];
	return NULL;
}

static struct str without_slashes(struct str url)
{
	while (str_ends(url, STR("/")) && url.n > 1)
		url.n--;
	return url;
}

/* The chartfile's repository of that URL, whose credentials count then, or one made for it. */
static const struct pkg_repository *by_url(struct work *w, struct str url)
{
	url = without_slashes(url);
	for (size_t i = 0; i < w->file.repositories.n; i++)
		if (str_eq(w->file.repositories.p[i].url, url))
			return &w->file.repositories.p[i];
	for (size_t i = 0; i < w->repositories.n; i++)
		if (str_eq(w->repositories.p[i]->url, url))
			return w->repositories.p[i];
	struct pkg_repository *r = arena_new(w->arena, struct pkg_repository);
	*r = (struct pkg_repository){ .name = url, .url = url, .place = url, .is_oci = str_starts(url, STR("oci://")) };
	vec_push_in(&w->repositories, w->arena, r);
	return r;
}

/* file:// in a chart from git: a folder of the same commit. */
static bool beside(struct closing *c, const struct chart_dependency *d, const struct pkg_repository **out, struct err *err)
{
	struct arena *a = c->w->arena;
	struct pkg_repository *r = arena_new(a, struct pkg_repository);
	struct pkg_git_place *place = arena_new(a, struct pkg_git_place);
	if (!pkg_git_parse(c->it->known.pin.source, a, place, err))
		return false;
	place->path = path_join(a, place->path, str_drop_prefix(d->repository, STR("file://")));
	if (!path_is_local(place->path))
		return err_set(err, ERR_INTEGRITY, "it depends on %.*s from %.*s, which leads out of its repository", STR_ARG(d->name),
			       STR_ARG(d->repository));
	*r = *c->it->require->repository;
	r->git = place;
	*out = r;
	return true;
}

static bool find_repository(struct closing *c, const struct chart_dependency *d, const struct pkg_repository **out, struct err *err)
{
	struct str url = d->repository, name = str_starts(url, STR("@")) ? str_drop_prefix(url, STR("@")) : str_drop_prefix(url, STR("alias:"));
	if (name.n != url.n) {
		*out = by_name(c->w, name);
		if (*out)
			return true;
		err_set(err, ERR_NOT_FOUND, "it depends on %.*s from a repository called '%.*s', which the chartfile does not have", STR_ARG(d->name),
			STR_ARG(name));
		return err_hint(err, "add a repository of that name to %.*s", STR_ARG(c->w->opt->name));
	}
	if (pkg_is_url(url) || str_starts(url, STR("oci://"))) {
		*out = by_url(c->w, url);
		return true;
	}
	if (c->it->require->repository->git && str_starts(url, STR("file://")))
		return beside(c, d, out, err);
	err_set(err, ERR_NOT_FOUND, "it depends on %.*s%s%.*s, which should have been packed into it", STR_ARG(d->name), url.n ? " from " : "",
		STR_ARG(url));
	return err_hint(err, "ask its makers for an archive that was packed after `helm dependency build`");
}

static bool set_range(struct closing *c, struct pkg_require *r, struct err *err)
{
	AUTO_ERR why = { 0 };
	struct semver v;
	r->version = r->version.n ? r->version : STR("*");
	r->exact = semver_parse(str_drop_prefix(r->version, STR("v")), SEMVER_STRICT, &v, &why);
	err_deinit(&why);
	if (r->exact || semver_range_parse(c->w->arena, r->version, SEMVER_HELM, &r->range, &why))
		return true;
	return err_set(err, ERR_SYNTAX, "its dependency %.*s has the version '%.*s', which is none: %s", STR_ARG(r->name), STR_ARG(r->version),
		       why.message);
}

/* Where the chart's own lock names a version within the range, that one is meant. */
static bool take_locked(struct closing *c, struct pkg_require *r, struct err *err)
{
	for (size_t i = 0; c->locked.kind == VAL_LIST && i < value_list_len(c->locked); i++) {
		struct value entry = c->locked.list->p[i];
		struct str version = value_find_str(entry, "version");
		if (!str_eq(value_find_str(entry, "name"), r->name) || !version.n)
			continue;
		if (pkg_require_takes(r, version)) {
			r->version = version;
			return set_range(c, r, err);
		}
		work_note(c->w, "%.*s: its Chart.lock says %.*s %.*s, its Chart.yaml %.*s: the latter counts", STR_ARG(c->it->known.pin.chart),
			  STR_ARG(r->name), STR_ARG(version), STR_ARG(r->version));
	}
	return true;
}

static bool is_plain_name(struct str s)
{
	return s.n && s.p[0] != '.' && str_find_char(s, '/') == STR_NPOS;
}

static void look_for_pin(struct work *w, struct item *child)
{
	const struct pkg_require *r = child->require;
	const struct pkg_pin *lock = pkg_pin_find(&w->lock, r->directory);
	child->state = ITEM_RESOLVE;
	child->known.pin = (struct pkg_pin){ .directory = r->directory, .chart = r->name };
	child->closure_moves = child->parent->closure_moves || (w->opt->update && !child->parent->pinned);
	if (!lock || !str_eq(lock->chart, r->name))
		return;
	child->old_version = lock->version;
	if (!pkg_require_takes(r, lock->version) || (child->closure_moves && !r->exact))
		return;
	child->known.pin = *lock;
	child->pinned = true;
	child->state = ITEM_FETCH;
}

static bool add_child(struct closing *c, const struct chart_dependency *d, struct err *err)
{
	struct work *w = c->w;
	struct pkg_require *r = arena_new(w->arena, struct pkg_require);
	struct item *child = arena_new(w->arena, struct item);
	r->name = d->name;
	r->version = d->version;
	if (!is_plain_name(d->name) || (d->alias.n && !is_plain_name(d->alias)))
		return err_set(err, ERR_INTEGRITY, "it depends on '%.*s', which is no name of a chart", STR_ARG(d->name));
	if (c->it->depth + 1 > WORK_MAX_DEPTH || w->items.n >= WORK_MAX_ITEMS)
		return err_set(err, ERR_LIMIT, "charts depend on each other deeper than %d, or on more than %d in all", WORK_MAX_DEPTH, WORK_MAX_ITEMS);
	if (!find_repository(c, d, &r->repository, err) || !set_range(c, r, err) || !take_locked(c, r, err))
		return false;
	r->repo_name = r->repository->name;
	/* Two versions of one chart can only lie side by side under different names. */
	r->directory = arena_fmt(w->arena, "%.*s/charts/%.*s", STR_ARG(c->it->require->directory), STR_ARG(d->name));
	for (size_t i = 0; i < w->items.n; i++)
		if (str_eq(w->items.p[i]->require->directory, r->directory)) {
			if (str_eq(w->items.p[i]->require->version, r->version))
				return true;
			r->directory = arena_fmt(w->arena, "%.*s-%.*s", STR_ARG(r->directory), STR_ARG(d->alias.n ? d->alias : STR("2")));
		}
	*child = (struct item){ .require = r, .parent = c->it, .depth = c->it->depth + 1 };
	look_for_pin(w, child);
	vec_push_in(&w->items, w->arena, child);
	return true;
}

bool work_close(struct work *w, struct item *it, struct err *err)
{
	struct closing c = { .w = w, .it = it };
	struct chart_metadata m;
	bool ok = read_metadata(&c, &m, err);
	if (ok && m.dependencies.n == 0)
		return true;
	ok = ok && look_into_charts(&c, err) && read_locked(&c, err);
	for (size_t i = 0; ok && i < m.dependencies.n; i++) {
		const struct chart_dependency *d = chart_dependency_at(&m, i);
		if (d && !is_there(&c, d->name))
			ok = add_child(&c, d, err);
	}
	return ok || err_wrap(err, "%.*s %.*s", STR_ARG(it->known.pin.chart), STR_ARG(it->known.pin.version));
}

bool work_list_dependencies(struct work *w, struct item *it, struct err *err)
{
	struct closing c = { .w = w, .it = it };
	struct chart_metadata m;
	it->aside = work_dir(w, it);
	bool ok = !fs_is_dir(it->aside) || (read_metadata(&c, &m, err) && read_locked(&c, err));
	for (size_t i = 0; ok && fs_is_dir(it->aside) && i < m.dependencies.n; i++) {
		const struct chart_dependency *d = chart_dependency_at(&m, i);
		struct str pinned = d ? arena_fmt(w->arena, "%.*s/charts/%.*s", STR_ARG(it->require->directory), STR_ARG(d->name)) : STR("");
		if (d && pkg_pin_find(&w->lock, pinned))
			ok = add_child(&c, d, err);
	}
	it->aside = STR_NONE;
	return ok || err_wrap(err, "%.*s", STR_ARG(it->known.pin.chart));
}
