/*
 * Load chartfile, lock and database; look at each folder by its stamp; if all is as pinned, that was the run. Otherwise take the folder's lock (another run of
 * ours may be at work), look again, bring what is missing (bring.c), and commit: swap folders, write the lock, then the database. The lock is what
 * counts; the database can be made from it again, and follows it where a newer one came with git. Only where both pin the same version with different
 * bytes can nobody say which is right: that is an error.
 */
#include "pkg/vendor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "pkg/work.h"

enum { MAX_TEXT = 16 << 20 };

void work_log(const struct work *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	w->opt->ui.log(w->opt->ui.ctx, arena_vfmt(w->arena, fmt, ap).p);
	va_end(ap);
}

void work_note(const struct work *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	w->opt->ui.note(w->opt->ui.ctx, arena_vfmt(w->arena, fmt, ap).p);
	va_end(ap);
}

struct str work_dir(const struct work *w, const struct item *it)
{
	return path_join(w->arena, w->file.vendor_dir, it->require->directory);
}

/* --- loading --- */

static bool load_lock(struct work *w, struct err *err)
{
	struct str text;
	if (!fs_read(w->lock_path, MAX_TEXT, w->arena, &text, err)) {
		w->has_lock = false;
		if (err->kind != ERR_NOT_FOUND)
			return false;
		err_deinit(err);
		return true;
	}
	w->has_lock = true;
	return pkg_lock_parse(w->lock_name, text, w->arena, &w->lock, err);
}

static bool disagree(const struct work *w, const struct pkg_pin *lock, const struct pkg_pin *known, struct err *err)
{
	bool archive = !digest_eq(&lock->archive, &known->archive);
	char a[DIGEST_HEX_LEN + 1], b[DIGEST_HEX_LEN + 1];
	digest_hex(archive ? &lock->archive : &lock->tree, a);
	digest_hex(archive ? &known->archive : &known->tree, b);
	err_set(err, ERR_INTEGRITY, "%.*s and .raibid/state.db pin %.*s %.*s with different bytes: the %s is sha256:%s in the lock, sha256:%s in "
		"the database", STR_ARG(w->lock_name), STR_ARG(lock->directory), STR_ARG(lock->version), archive ? "archive" : "tree", a, b);
	return err_hint(err, "if the lock is right (it came with git), run `vendor --trust lock`; if the database is, restore the lock from git or run "
			     "`vendor --trust state`");
}

/* Makes w->lock what counts. */
static bool reconcile(struct work *w, struct err *err)
{
	bool from_state = !w->has_lock || w->opt->trust == PKG_TRUST_STATE;
	if (from_state && w->known.n) {
		if (!w->has_lock && w->fetch) /* the second look, when it will be done */
			work_note(w, "%.*s was missing: written again from .raibid/state.db", STR_ARG(w->lock_name));
		w->lock = (pkg_pins){ 0 };
		for (size_t i = 0; i < w->known.n; i++)
			vec_push_in(&w->lock, w->arena, w->known.p[i].pin);
		w->rewrite = true;
		return true;
	}
	for (size_t i = 0; i < w->known.n; i++) {
		const struct pkg_pin *known = &w->known.p[i].pin, *lock = pkg_pin_find(&w->lock, known->directory);
		if (!lock || !pkg_pin_eq(lock, known))
			w->rewrite = true;
		if (!lock || w->opt->trust == PKG_TRUST_LOCK || !str_eq(lock->chart, known->chart) || !str_eq(lock->version, known->version))
			continue;
		if (!digest_eq(&lock->archive, &known->archive) || !digest_eq(&lock->tree, &known->tree))
			return disagree(w, lock, known, err);
	}
	w->rewrite = w->rewrite || w->lock.n != w->known.n;
	return true;
}

static bool load(struct work *w, struct err *err)
{
	const struct pkg_vendor_options *opt = w->opt;
	struct str text, name_dir = path_dir(w->arena, opt->name);
	if (!fs_read(opt->chartfile, MAX_TEXT, w->arena, &text, err) ||
	    !pkg_chartfile_parse(opt->chartfile, opt->name, text, w->arena, &w->file, err))
		return false;
	w->shown = path_join(w->arena, name_dir, w->file.vendor_name);
	w->lock_path = path_join(w->arena, w->file.dir, STR("charts.lock"));
	w->lock_name = path_join(w->arena, name_dir, STR("charts.lock"));
	return load_lock(w, err) && pkg_pins_load(opt->state, opt->name, w->arena, &w->known, err);
}

/* --- looking --- */

static bool is_named(const struct pkg_vendor_options *opt, const struct pkg_require *r)
{
	for (size_t i = 0; i < opt->name_count; i++) {
		struct str repo, name = opt->names[i];
		if (str_cut(opt->names[i], '/', &repo, &name) && !str_eq(repo, r->repo_name))
			continue;
		if (str_eq(name.n ? name : opt->names[i], r->name) || str_eq(opt->names[i], r->directory))
			return true;
	}
	return opt->name_count == 0;
}

static bool names_are_known(const struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->opt->name_count; i++) {
		struct pkg_vendor_options one = { .names = &w->opt->names[i], .name_count = 1 };
		bool known = false;
		for (size_t k = 0; k < w->count && !known; k++)
			known = is_named(&one, w->items[k].require);
		if (!known)
			return err_set(err, ERR_USAGE, "%.*s does not require '%.*s'", STR_ARG(w->opt->name), STR_ARG(w->opt->names[i]));
	}
	return true;
}

bool work_keeps_pin(struct work *w, struct item *it, struct str version)
{
	const struct pkg_pin *lock = pkg_pin_find(&w->lock, it->require->directory);
	if (!lock || !str_eq(lock->chart, it->known.pin.chart) || !str_eq(lock->version, version))
		return false;
	it->known.pin = *lock;
	it->pinned = true;
	return true;
}

bool work_look_at_folder(struct work *w, struct item *it, struct err *err)
{
	struct pkg_stamp stamp;
	struct digest tree, none = { 0 };
	bool exists;
	const struct pkg_known *known = pkg_known_find(&w->known, it->require->directory);
	struct str dir = work_dir(w, it);
	it->state = ITEM_FETCH;
	if (!pkg_tree_stamp(dir, &stamp, &exists, err))
		return false;
	if (!exists)
		return true;
	bool vouched = known && digest_eq(&known->pin.tree, &it->known.pin.tree) && !digest_eq(&known->stamp, &none);
	if (vouched && digest_eq(&known->stamp, &stamp.digest)) {
		it->known.stamp = stamp.digest;
		it->state = ITEM_DONE;
		return true;
	}
	if (!pkg_tree_digest(dir, &tree, err))
		return false;
	it->changed_by_hand = !digest_eq(&tree, &it->known.pin.tree);
	if (it->changed_by_hand)
		return true;
	it->state = ITEM_RECORD;
	it->known.stamp = pkg_stamp_is_settled(&stamp) ? stamp.digest : none;
	return true;
}

static bool look_at(struct work *w, struct item *it, struct err *err)
{
	const struct pkg_require *r = it->require;
	struct str chart = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repo_name), STR_ARG(r->name));
	const struct pkg_pin *lock = pkg_pin_find(&w->lock, r->directory);
	it->state = ITEM_RESOLVE;
	it->known.pin = (struct pkg_pin){ .directory = r->directory, .chart = chart };
	if (lock && str_eq(lock->chart, chart))
		it->old_version = lock->version;
	bool fits = lock && str_eq(lock->chart, chart) && pkg_require_takes(r, lock->version);
	if (!fits || (w->opt->update && !r->exact && is_named(w->opt, r)))
		return true;
	it->known.pin = *lock;
	it->pinned = true;
	return work_look_at_folder(w, it, err);
}

static bool look(struct work *w, struct err *err)
{
	w->count = w->file.requires.n;
	w->items = arena_array(w->arena, struct item, w->count);
	for (size_t i = 0; i < w->count; i++)
		w->items[i].require = &w->file.requires.p[i];
	if (!names_are_known(w, err))
		return false;
	for (size_t i = 0; i < w->count; i++)
		if (!look_at(w, &w->items[i], err))
			return false;
	for (size_t i = 0; i < w->lock.n; i++) {
		bool required = false;
		for (size_t k = 0; k < w->count && !required; k++)
			required = str_eq(w->items[k].require->directory, w->lock.p[i].directory);
		w->rewrite = w->rewrite || !required;
	}
	return true;
}

static bool plan(struct work *w, struct err *err)
{
	return load(w, err) && reconcile(w, err) && look(w, err);
}

static bool all_done(const struct work *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].state != ITEM_DONE)
			return false;
	return !w->rewrite && w->has_lock;
}

/* --- committing --- */

/* Puts what was unpacked aside in the folder's place; the old one is gone only when the new one stands. */
static bool swap(struct work *w, struct item *it, struct err *err)
{
	struct str dir = work_dir(w, it), old = arena_fmt(w->arena, "%.*s-old", STR_ARG(it->aside));
	if (!fs_mkdirs(path_dir(w->arena, dir), 0777, err))
		return false;
	struct stat st;
	bool had = fs_stat(dir, FS_NOFOLLOW, &st);
	if (had && !fs_rename(dir, old, err))
		return false;
	if (!fs_rename(it->aside, dir, err)) {
		AUTO_ERR ignored = { 0 };
		if (had && !fs_rename(old, dir, &ignored))
			err_hint(err, "the former folder is at '%.*s'", STR_ARG(old));
		return false;
	}
	it->aside = STR_NONE;
	return !had || fs_remove_tree(old, err);
}

static void tell(struct work *w, const struct item *it)
{
	const struct pkg_pin *p = &it->known.pin;
	struct str chart = p->chart;
	if (it->changed_by_hand)
		work_note(w, "%.*s/%.*s had been changed: %.*s %.*s was put back", STR_ARG(w->shown), STR_ARG(p->directory),
			  STR_ARG(chart), STR_ARG(p->version));
	else if (it->old_version.n && !str_eq(it->old_version, p->version))
		work_log(w, "%.*s %.*s, was %.*s", STR_ARG(chart), STR_ARG(p->version), STR_ARG(it->old_version));
	else
		work_log(w, "%.*s %.*s", STR_ARG(chart), STR_ARG(p->version));
}

static bool write_pins(struct work *w, struct err *err)
{
	pkg_pins pins = { 0 };
	pkg_knowns known = { 0 };
	AUTO_BUF text = { 0 };
	struct str now;
	for (size_t i = 0; i < w->count; i++) {
		vec_push_in(&pins, w->arena, w->items[i].known.pin);
		vec_push_in(&known, w->arena, w->items[i].known);
	}
	pkg_lock_write(&pins, &text);
	AUTO_ERR ignored = { 0 };
	bool same = w->has_lock && fs_read(w->lock_path, MAX_TEXT, w->arena, &now, &ignored) && str_eq(now, buf_str(&text));
	if (!same && !fs_write(w->lock_path, buf_str(&text), 0644, FS_SYNC, err))
		return false;
	return pkg_pins_save(w->opt->state, w->opt->name, &known, w->opt->user, err);
}

static bool is_required(const struct work *w, struct str name)
{
	for (size_t i = 0; i < w->count; i++) {
		struct str first, rest;
		str_cut(w->items[i].require->directory, '/', &first, &rest);
		if (str_eq(first, name))
			return true;
	}
	return false;
}

/* Charts in the folder that nobody requires, and what a run that was killed left behind. Other things are not ours. */
static bool clean(struct work *w, struct err *err)
{
	fs_entries entries = { 0 };
	if (!fs_list(w->file.vendor_dir, w->arena, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str name = entries.p[i].name, dir = path_join(w->arena, w->file.vendor_dir, name);
		bool leftover = str_starts(name, STR(WORK_ASIDE));
		if (entries.p[i].kind != FS_DIR || (!leftover && is_required(w, name)))
			continue;
		bool chart = fs_is_file(path_join(w->arena, dir, STR("Chart.yaml")));
		if (!leftover && chart && !w->opt->prune) {
			work_log(w, "%.*s/%.*s is not required (any more): `vendor --prune` removes it", STR_ARG(w->shown), STR_ARG(name));
			continue;
		}
		if ((leftover || chart) && !fs_remove_tree(dir, err))
			return false;
		if (!leftover && chart)
			work_log(w, "removed %.*s/%.*s", STR_ARG(w->shown), STR_ARG(name));
	}
	return true;
}

static bool commit(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	for (size_t i = 0; i < w->count; i++) {
		struct item *it = &w->items[i];
		if (it->state < ITEM_FETCH)
			continue;
		if (!swap(w, it, err))
			return false;
		tell(w, it);
		out->changed++;
	}
	return write_pins(w, err) && clean(w, err);
}

/* Holds the folder against other runs of ours until the descriptor is closed. */
static bool hold(struct work *w, int *fd, struct err *err)
{
	if (!fs_mkdirs(w->file.vendor_dir, 0777, err))
		return false;
	*fd = open(arena_cstr(w->arena, w->file.vendor_dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return err_set(err, ERR_IO, "cannot open '%.*s': %s", STR_ARG(w->file.vendor_dir), strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	work_note(w, "another run is vendoring here: waiting for it");
	while (flock(*fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return err_set(err, ERR_IO, "cannot lock '%.*s': %s", STR_ARG(w->file.vendor_dir), strerror(errno));
	return true;
}

static void drop_aside(struct work *w)
{
	AUTO_ERR ignored = { 0 };
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].aside.n && !fs_remove_tree(w->items[i].aside, &ignored))
			err_deinit(&ignored);
}

static bool run(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	AUTO_FD held = -1;
	if (!hold(w, &held, err))
		return false;
	/* Somebody else may have done it while we waited. */
	struct work again = { .opt = w->opt, .arena = w->arena, .fetch = w->fetch };
	*w = again;
	if (!plan(w, err))
		return false;
	bool ok = work_bring(w, err) && commit(w, out, err);
	drop_aside(w);
	pkg_sources_free(&w->sources);
	out->downloaded = w->downloaded;
	return ok;
}

bool pkg_vendor(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err)
{
	struct work w = { .opt = opt, .arena = a };
	*out = (struct pkg_vendor_result){ 0 };
	if (!plan(&w, err))
		return false;
	out->charts = w.count;
	if (all_done(&w) && !opt->prune)
		return true;
	w.fetch = pkg_fetch_new(opt);
	struct pkg_fetch *fetch = w.fetch;
	bool ok = run(&w, out, err);
	pkg_fetch_free(fetch);
	return ok;
}

/* --- looking without touching --- */

static void differ(struct work *w, struct pkg_vendor_result *out, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void differ(struct work *w, struct pkg_vendor_result *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vec_push_in(&out->differences, w->arena, arena_vfmt(w->arena, fmt, ap));
	va_end(ap);
}

static bool check_item(struct work *w, const struct pkg_require *r, struct pkg_vendor_result *out, struct err *err)
{
	struct str where = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(w->shown), STR_ARG(r->directory));
	const struct pkg_pin *lock = pkg_pin_find(&w->lock, r->directory);
	struct digest tree;
	char want[DIGEST_HEX_LEN + 1], got[DIGEST_HEX_LEN + 1];
	if (!lock) {
		differ(w, out, "%.*s/%.*s is not in %.*s", STR_ARG(r->repo_name), STR_ARG(r->name), STR_ARG(w->lock_name));
		return true;
	}
	if (!pkg_require_takes(r, lock->version))
		differ(w, out, "%.*s/%.*s: the chartfile asks for %.*s, the lock has %.*s", STR_ARG(r->repo_name), STR_ARG(r->name),
		       STR_ARG(r->version), STR_ARG(lock->version));
	struct str dir = path_join(w->arena, w->file.vendor_dir, r->directory);
	if (!fs_is_dir(dir)) {
		differ(w, out, "%.*s is not there", STR_ARG(where));
		return true;
	}
	if (!pkg_tree_digest(dir, &tree, err))
		return false;
	digest_hex(&lock->tree, want);
	digest_hex(&tree, got);
	if (!digest_eq(&lock->tree, &tree))
		differ(w, out, "%.*s has the tree sha256:%s, the lock says sha256:%s", STR_ARG(where), got, want);
	return true;
}

bool pkg_vendor_check(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err)
{
	struct work w = { .opt = opt, .arena = a };
	*out = (struct pkg_vendor_result){ 0 };
	if (!load(&w, err))
		return false;
	out->charts = w.file.requires.n;
	if (!w.has_lock)
		differ(&w, out, "%.*s is not there", STR_ARG(w.lock_name));
	else if (!reconcile(&w, err))
		return false;
	for (size_t i = 0; i < w.file.requires.n; i++)
		if (!check_item(&w, &w.file.requires.p[i], out, err))
			return false;
	for (size_t i = 0; i < w.lock.n; i++) {
		bool required = false;
		for (size_t k = 0; k < w.file.requires.n && !required; k++)
			required = str_eq(w.file.requires.p[k].directory, w.lock.p[i].directory);
		if (!required)
			differ(&w, out, "%.*s pins %.*s, which the chartfile does not require", STR_ARG(w.lock_name), STR_ARG(w.lock.p[i].chart));
	}
	return true;
}

bool pkg_vendor_outdated(const struct pkg_vendor_options *opt, struct arena *a, pkg_newers *out, struct err *err)
{
	struct work w = { .opt = opt, .arena = a };
	*out = (pkg_newers){ 0 };
	if (!load(&w, err))
		return false;
	w.fetch = pkg_fetch_new(opt);
	for (size_t i = 0; i < w.file.requires.n; i++)
		if (!w.file.requires.p[i].repository->is_oci || opt->mirror.n)
			work_source(&w, &w.file.requires.p[i]);
	bool ok = pkg_sources_read(w.fetch, &w.sources, a, err);
	for (size_t i = 0; ok && i < w.file.requires.n; i++) {
		const struct pkg_require *r = &w.file.requires.p[i];
		const struct pkg_pin *lock = pkg_pin_find(&w.lock, r->directory);
		struct pkg_newer n = { .chart = arena_fmt(a, "%.*s/%.*s", STR_ARG(r->repo_name), STR_ARG(r->name)) };
		struct pkg_found in_range;
		AUTO_ERR none = { 0 };
		bool found;
		if (r->repository->is_oci && !opt->mirror.n)
			continue;
		struct pkg_source *s = work_source(&w, r);
		ok = pkg_resolve_latest(s, r->name, a, &n.latest, &found, err);
		n.version = lock ? lock->version : STR("");
		n.latest_in_range = pkg_resolve(s, r, STR(""), a, &in_range, &none) ? in_range.version : STR("");
		if (ok && ((found && !str_eq(n.latest, n.version)) || !str_eq(n.latest_in_range, n.version)))
			vec_push_in(out, a, n);
	}
	pkg_sources_free(&w.sources);
	pkg_fetch_free(w.fetch);
	return ok;
}
