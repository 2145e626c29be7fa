/*
 * Load chartfile, lock and database; look at each folder by its stamp; if all is as pinned, that was the run. Otherwise take the folder's lock (another run of
 * ours may be at work), look again, bring what is missing (bring.c), and commit: swap folders, write the lock, then the database. The lock is what
 * counts; the database can be made from it again, and follows it where a newer one came with git. Only where both pin the same version with different
 * bytes can nobody say which is right: that is an error.
 */
#include "pkg/vendor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "pkg/git.h"
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
	struct pkg_lock lock;
	if (!pkg_lock_parse(w->lock_name, text, w->arena, &lock, err))
		return false;
	w->lock = lock.charts;
	w->file_lock = lock.files;
	return true;
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
	if (from_state && w->known_files.n) {
		w->file_lock = (pkg_pins){ 0 };
		for (size_t i = 0; i < w->known_files.n; i++)
			vec_push_in(&w->file_lock, w->arena, w->known_files.p[i].pin);
		w->rewrite = true;
	}
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
		/* What has no archive may have other content under one version: the newer lock tells which. */
		bool moves = lock && !str_eq(lock->source, known->source) && str_starts(lock->source, STR("git+"));
		if (!lock || moves || w->opt->trust == PKG_TRUST_LOCK || !str_eq(lock->chart, known->chart) || !str_eq(lock->version, known->version))
			continue;
		if (!digest_eq(&lock->archive, &known->archive) || !digest_eq(&lock->tree, &known->tree))
			return disagree(w, lock, known, err);
	}
	for (size_t i = 0; i < w->known_files.n && w->opt->trust != PKG_TRUST_LOCK; i++) {
		const struct pkg_pin *known = &w->known_files.p[i].pin, *lock = pkg_pin_find(&w->file_lock, known->directory);
		/* A file has no version: what was updated elsewhere looks the same as what was tampered with, and the lock is what is reviewed. */
		w->rewrite = w->rewrite || !lock || !digest_eq(&lock->archive, &known->archive);
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
	return load_lock(w, err) && pkg_pins_load(opt->state, opt->name, w->arena, &w->known, err) &&
	       pkg_pins_load(opt->state, arena_concat(w->arena, opt->name, STR(PKG_PINS_FILES)), w->arena, &w->known_files, err);
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
		for (size_t k = 0; k < w->file.requires.n && !known; k++)
			known = is_named(&one, &w->file.requires.p[k]);
		for (size_t k = 0; k < w->file.files.n && !known; k++)
			known = work_names_file(&one, &w->file.files.p[k]);
		if (!known)
			return err_set(err, ERR_USAGE, "%.*s does not require '%.*s'", STR_ARG(w->opt->name), STR_ARG(w->opt->names[i]));
	}
	return true;
}

bool work_is_below(struct str directory, struct str parent)
{
	return str_starts(directory, parent) && str_starts(str_slice(directory, parent.n, directory.n), STR("/charts/"));
}

static bool has_pins_below(const struct work *w, struct str directory)
{
	for (size_t i = 0; i < w->lock.n; i++)
		if (work_is_below(w->lock.p[i].directory, directory))
			return true;
	return false;
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

static bool look_at_folder(struct work *w, struct item *it, struct err *err)
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
	bool wants_proof = work_wants_proof(w, it);
	bool vouched = !wants_proof && known && digest_eq(&known->pin.tree, &it->known.pin.tree) && !digest_eq(&known->stamp, &none);
	if (vouched && digest_eq(&known->stamp, &stamp.digest)) {
		it->known.stamp = stamp.digest;
		it->state = ITEM_DONE;
		return true;
	}
	if (!pkg_tree_digest(dir, &tree, err))
		return false;
	it->changed_by_hand = !digest_eq(&tree, &it->known.pin.tree);
	if (it->changed_by_hand || wants_proof)
		return true;
	it->state = ITEM_RECORD;
	it->known.stamp = pkg_stamp_is_settled(&stamp) ? stamp.digest : none;
	return true;
}

bool work_look_at_folder(struct work *w, struct item *it, struct err *err)
{
	if (!look_at_folder(w, it, err))
		return false;
	/* An update reaches what a chart depends on as well: it is put together anew, and stays as it is if that gives the same. */
	if (w->opt->update && is_named(w->opt, it->require) && has_pins_below(w, it->require->directory)) {
		it->stands = it->state < ITEM_FETCH;
		it->closure_moves = true;
		it->state = ITEM_FETCH;
	}
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
	bool moves = !r->exact || r->repository->git || str_starts(r->repository->url, STR("file://"));
	if (!fits || (w->opt->update && moves && is_named(w->opt, r)))
		return true;
	it->known.pin = *lock;
	it->pinned = true;
	return work_look_at_folder(w, it, err);
}

/* The chartfile's requirement that a pin belongs to, also where it is a dependency's; or NULL. */
static const struct pkg_require *requirement_of(const struct work *w, struct str directory)
{
	for (size_t i = 0; i < w->file.requires.n; i++) {
		const struct pkg_require *r = &w->file.requires.p[i];
		if (str_eq(r->directory, directory) || work_is_below(directory, r->directory))
			return r;
	}
	return NULL;
}

static bool look(struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->file.requires.n; i++) {
		struct item *it = arena_new(w->arena, struct item);
		it->require = &w->file.requires.p[i];
		vec_push_in(&w->items, w->arena, it);
	}
	if (!names_are_known(w, err))
		return false;
	for (size_t i = 0; i < w->items.n; i++)
		if (!look_at(w, w->items.p[i], err))
			return false;
	for (size_t i = 0; i < w->lock.n; i++)
		w->rewrite = w->rewrite || !requirement_of(w, w->lock.p[i].directory);
	return work_look_at_files(w, err);
}

static bool plan(struct work *w, struct err *err)
{
	return load(w, err) && reconcile(w, err) && look(w, err);
}

static bool all_done(const struct work *w)
{
	for (size_t i = 0; i < w->items.n; i++)
		if (w->items.p[i]->state != ITEM_DONE)
			return false;
	return !w->rewrite && w->has_lock && work_files_are_done(w);
}

/* --- committing --- */

static bool swap(struct work *w, struct item *it, struct err *err)
{
	struct str aside = it->aside;
	it->aside = STR_NONE;
	return pkg_tree_swap(aside, work_dir(w, it), err);
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

/* A dependency of a chart that was put together anew and came out as it stands. */
static bool is_dropped(const struct item *it)
{
	bool child = it->parent != NULL;
	while (it->parent)
		it = it->parent;
	return child && it->state < ITEM_FETCH;
}

static bool write_pins(struct work *w, struct err *err)
{
	struct pkg_lock lock = { 0 };
	pkg_knowns known = { 0 }, files = { 0 };
	AUTO_BUF text = { 0 };
	struct str now;
	for (size_t i = 0; i < w->items.n; i++) {
		const struct item *it = w->items.p[i];
		if (is_dropped(it))
			continue;
		vec_push_in(&known, w->arena, it->known);
		/* What was not put together anew keeps the pins of what it contains. */
		for (size_t k = 0; it->state < ITEM_FETCH && !it->parent && k < w->lock.n; k++)
			if (work_is_below(w->lock.p[k].directory, it->require->directory))
				vec_push_in(&known, w->arena, (struct pkg_known){ .pin = w->lock.p[k] });
	}
	for (size_t i = 0; i < known.n; i++)
		vec_push_in(&lock.charts, w->arena, known.p[i].pin);
	for (size_t i = 0; i < w->file.files.n; i++) {
		vec_push_in(&lock.files, w->arena, w->files[i].pin);
		vec_push_in(&files, w->arena, (struct pkg_known){ .pin = w->files[i].pin });
	}
	pkg_lock_write(&lock, &text);
	AUTO_ERR ignored = { 0 };
	bool same = w->has_lock && fs_read(w->lock_path, MAX_TEXT, w->arena, &now, &ignored) && str_eq(now, buf_str(&text));
	if (!same && !fs_write(w->lock_path, buf_str(&text), 0644, FS_SYNC, err))
		return false;
	return pkg_pins_save(w->opt->state, w->opt->name, &known, w->opt->user, err) &&
	       ((!files.n && !w->known_files.n) ||
		pkg_pins_save(w->opt->state, arena_concat(w->arena, w->opt->name, STR(PKG_PINS_FILES)), &files, w->opt->user, err));
}

/* Whether a path below the folder of charts is one of a required chart, or leads to one. */
enum place { PLACE_OTHER, PLACE_ABOVE, PLACE_REQUIRED };
static enum place place_of(const struct work *w, struct str path)
{
	for (size_t i = 0; i < w->file.requires.n; i++) {
		struct str dir = w->file.requires.p[i].directory;
		if (str_eq(dir, path))
			return PLACE_REQUIRED;
		if (str_starts(dir, path) && dir.p[path.n] == '/')
			return PLACE_ABOVE;
	}
	return PLACE_OTHER;
}

/* Calls `visit` for each chart in the folder that nobody requires, with its path below it, and removes what a run that was killed left behind. Other things are not ours. */
typedef bool stray_fn(struct work *w, struct str path, void *ctx, struct err *err);
static bool each_stray(struct work *w, struct str below, stray_fn *visit, void *ctx, struct err *err)
{
	fs_entries entries = { 0 };
	if (!fs_list(path_join(w->arena, w->file.vendor_dir, below), w->arena, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str path = path_join(w->arena, below, entries.p[i].name);
		enum place place = place_of(w, path);
		if (entries.p[i].kind != FS_DIR || place == PLACE_REQUIRED || str_starts(entries.p[i].name, STR(WORK_ASIDE)))
			continue;
		if (place == PLACE_ABOVE ? !each_stray(w, path, visit, ctx, err)
					 : fs_is_file(path_join(w->arena, path_join(w->arena, w->file.vendor_dir, path), STR("Chart.yaml"))) &&
						   !visit(w, path, ctx, err))
			return false;
	}
	return true;
}

static bool prune_stray(struct work *w, struct str path, void *ctx, struct err *err)
{
	size_t *removed = ctx;
	if (!w->opt->prune) {
		work_log(w, "%.*s/%.*s is not required (any more): `vendor --prune` removes it", STR_ARG(w->shown), STR_ARG(path));
		return true;
	}
	if (!fs_remove_tree(path_join(w->arena, w->file.vendor_dir, path), err))
		return false;
	work_note(w, "removed %.*s/%.*s", STR_ARG(w->shown), STR_ARG(path));
	++*removed;
	return true;
}

static bool clean(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	fs_entries entries = { 0 };
	if (!fs_list(w->file.vendor_dir, w->arena, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++)
		if (str_starts(entries.p[i].name, STR(WORK_ASIDE)) &&
		    !fs_remove_tree(path_join(w->arena, w->file.vendor_dir, entries.p[i].name), err))
			return false;
	return each_stray(w, STR(""), prune_stray, &out->removed, err);
}

/* Before the swap, while both trees are there. */
static void add_update(struct work *w, const struct item *it, struct pkg_vendor_result *out)
{
	struct pkg_update u = { .chart = it->known.pin.chart, .from = it->old_version, .to = it->known.pin.version };
	if (it->parent)
		u.chart = arena_fmt(w->arena, "%.*s (of %.*s)", STR_ARG(u.chart), STR_ARG(it->parent->known.pin.chart));
	else
		u.changes = work_changes(w, work_dir(w, it), it->aside);
	vec_push_in(&out->updates, w->arena, u);
}

static bool commit(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	for (size_t i = 0; i < w->items.n; i++) {
		struct item *it = w->items.p[i];
		if (it->state < ITEM_FETCH || is_dropped(it))
			continue;
		if (it->old_version.n && !str_eq(it->old_version, it->known.pin.version) && !it->changed_by_hand)
			add_update(w, it, out);
		if (!it->parent && !swap(w, it, err))
			return false;
		tell(w, it);
		out->changed += !it->parent;
	}
	/* Runs of ours hold the folder while they write the lock. */
	fs_sweep(w->lock_path);
	return work_commit_files(w, out, err) && write_pins(w, err) && clean(w, out, err);
}

static void tell_wait(void *ctx)
{
	const struct pkg_ui *ui = ctx;
	ui->note(ui->ctx, "another run is vendoring here: waiting for it");
}

static bool wait_goes_on(void *ctx, struct err *err)
{
	const struct pkg_ui *ui = ctx;
	return !ui->cancelled(ui->ctx) || err_set(err, ERR_CANCELLED, "stopped while another run was vendoring");
}

bool pkg_hold(const struct pkg_vendor_options *opt, struct str dir, int *fd, struct err *err)
{
	const struct fs_wait wait = { tell_wait, wait_goes_on, (void *)&opt->ui };
	return fs_mkdirs(dir, 0777, err) && fs_lock_folder(dir, &wait, fd, err);
}

static void drop_aside(struct work *w)
{
	AUTO_ERR ignored = { 0 };
	for (size_t i = 0; i < w->items.n; i++)
		if (w->items.p[i]->aside.n && !w->items.p[i]->parent && !fs_remove_tree(w->items.p[i]->aside, &ignored))
			err_deinit(&ignored);
}

static bool run(struct work *w, struct pkg_vendor_result *out, struct err *err)
{
	AUTO_FD held = -1;
	if (!pkg_hold(w->opt, w->file.vendor_dir, &held, err))
		return false;
	/* Somebody else may have done it while we waited. */
	struct work again = { .opt = w->opt, .arena = w->arena, .fetch = w->fetch };
	*w = again;
	if (!plan(w, err))
		return false;
	bool ok = work_bring(w, err) && commit(w, out, err);
	drop_aside(w);
	pkg_git_free(w->git);
	w->git = NULL;
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
	out->charts = w.items.n;
	out->files = w.file.files.n;
	if (all_done(&w) && !opt->prune)
		return true;
	w.fetch = pkg_fetch_new(opt);
	struct pkg_fetch *fetch = w.fetch;
	bool ok = run(&w, out, err);
	pkg_fetch_free(fetch);
	return ok;
}

/* --- looking without touching --- */

void work_differ(struct work *w, struct pkg_vendor_result *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vec_push_in(&out->differences, w->arena, arena_vfmt(w->arena, fmt, ap));
	va_end(ap);
}

static bool check_required(struct work *w, struct pkg_vendor_result *out)
{
	for (size_t i = 0; i < w->file.requires.n; i++) {
		const struct pkg_require *r = &w->file.requires.p[i];
		struct str chart = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repo_name), STR_ARG(r->name));
		const struct pkg_pin *lock = pkg_pin_find(&w->lock, r->directory);
		if (!lock)
			work_differ(w, out, "%.*s is not in %.*s", STR_ARG(chart), STR_ARG(w->lock_name));
		else if (!str_eq(lock->chart, chart))
			work_differ(w, out, "%.*s/%.*s: the chartfile asks for %.*s, the lock has %.*s", STR_ARG(w->shown), STR_ARG(r->directory),
			       STR_ARG(chart), STR_ARG(lock->chart));
		else if (!pkg_require_takes(r, lock->version))
			work_differ(w, out, "%.*s: the chartfile asks for %.*s, the lock has %.*s", STR_ARG(chart), STR_ARG(r->version),
			       STR_ARG(lock->version));
	}
	return true;
}

static bool check_pin(struct work *w, const struct pkg_pin *lock, struct pkg_vendor_result *out, struct err *err)
{
	struct str where = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(w->shown), STR_ARG(lock->directory));
	struct str dir = path_join(w->arena, w->file.vendor_dir, lock->directory);
	struct digest tree;
	char want[DIGEST_HEX_LEN + 1], got[DIGEST_HEX_LEN + 1];
	if (!requirement_of(w, lock->directory))
		work_differ(w, out, "%.*s pins %.*s, which the chartfile does not require", STR_ARG(w->lock_name), STR_ARG(lock->chart));
	if (!fs_is_dir(dir)) {
		work_differ(w, out, "%.*s is not there", STR_ARG(where));
		return true;
	}
	if (!pkg_tree_digest(dir, &tree, err))
		return false;
	digest_hex(&lock->tree, want);
	digest_hex(&tree, got);
	if (!digest_eq(&lock->tree, &tree))
		work_differ(w, out, "%.*s has the tree sha256:%s, the lock says sha256:%s", STR_ARG(where), got, want);
	return true;
}

static bool differs_stray(struct work *w, struct str path, void *ctx, struct err *err)
{
	work_differ(w, ctx, "%.*s/%.*s is a chart that nobody requires", STR_ARG(w->shown), STR_ARG(path));
	return true;
}

bool pkg_vendor_check(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err)
{
	struct work w = { .opt = opt, .arena = a };
	*out = (struct pkg_vendor_result){ 0 };
	if (!load(&w, err))
		return false;
	out->charts = w.file.requires.n;
	out->files = w.file.files.n;
	if (!w.has_lock)
		work_differ(&w, out, "%.*s is not there", STR_ARG(w.lock_name));
	else if (!reconcile(&w, err))
		return false;
	check_required(&w, out);
	for (size_t i = 0; i < w.lock.n; i++)
		if (!check_pin(&w, &w.lock.p[i], out, err))
			return false;
	if (!work_look_at_files(&w, err) || !work_check_files(&w, out, err))
		return false;
	return !fs_is_dir(w.file.vendor_dir) || each_stray(&w, STR(""), differs_stray, out, err);
}

/* --- what is newer --- */

/* The newest version of all and the newest that the requirement takes, from the tags or the index. */
static bool newest(struct work *w, const struct pkg_require *r, struct pkg_newer *n, struct err *err)
{
	struct pkg_found in_range;
	AUTO_ERR none = { 0 };
	bool found;
	if (r->repository->git)
		return work_newest_git(w, r, n, err);
	if (r->repository->is_oci && !w->opt->mirror.n) {
		struct pkg_require any = *r;
		struct str url = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repository->url), STR_ARG(r->name));
		any.exact = false;
		if (!semver_range_parse(w->arena, STR("*"), SEMVER_HELM, &any.range, err))
			return false;
		if (!pkg_resolve_oci(w->fetch, url, &any, w->arena, &n->latest, &none)) {
			if (none.kind == ERR_NOT_FOUND)
				return true;
			err_move(err, &none);
			return false;
		}
		if (r->exact)
			n->latest_in_range = r->version;
		else if (!pkg_resolve_oci(w->fetch, url, r, w->arena, &n->latest_in_range, &none))
			n->latest_in_range = STR("");
		return true;
	}
	struct pkg_source *s = work_source(w, r);
	if (!pkg_resolve_latest(s, r->name, w->arena, &n->latest, &found, err))
		return false;
	n->latest_in_range = pkg_resolve(s, r, STR(""), w->arena, &in_range, &none) ? in_range.version : STR("");
	return true;
}

/* The chartfile's charts, and what the lock pins of what they depend on. */
static bool list_all(struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->file.requires.n; i++) {
		struct item *it = arena_new(w->arena, struct item);
		const struct pkg_require *r = it->require = &w->file.requires.p[i];
		const struct pkg_pin *lock = pkg_pin_find(&w->lock, r->directory);
		it->known.pin = (struct pkg_pin){ .directory = r->directory, .chart = arena_fmt(w->arena, "%.*s/%.*s", STR_ARG(r->repo_name), STR_ARG(r->name)) };
		it->known.pin.version = lock ? lock->version : STR("");
		it->known.pin.source = lock ? lock->source : STR("");
		vec_push_in(&w->items, w->arena, it);
	}
	for (size_t i = 0; i < w->items.n; i++)
		if (!work_list_dependencies(w, w->items.p[i], err))
			return false;
	return true;
}

static bool add_newer(struct work *w, const struct item *it, pkg_newers *out, struct err *err)
{
	struct pkg_newer n = { .chart = it->known.pin.chart, .version = it->known.pin.version };
	if (it->parent)
		n.chart = arena_fmt(w->arena, "%.*s (of %.*s)", STR_ARG(n.chart), STR_ARG(it->parent->known.pin.chart));
	if (!newest(w, it->require, &n, err))
		return err_wrap(err, "%.*s", STR_ARG(n.chart));
	if (pkg_is_newer(n.latest, n.version) || pkg_is_newer(n.latest_in_range, n.version))
		vec_push_in(out, w->arena, n);
	return true;
}

bool pkg_vendor_outdated(const struct pkg_vendor_options *opt, struct arena *a, pkg_newers *out, struct err *err)
{
	struct work w = { .opt = opt, .arena = a };
	*out = (pkg_newers){ 0 };
	if (!load(&w, err) || !list_all(&w, err))
		return false;
	w.fetch = pkg_fetch_new(opt);
	for (size_t i = 0; i < w.items.n; i++) {
		const struct pkg_require *r = w.items.p[i]->require;
		if (!r->repository->git && (!r->repository->is_oci || opt->mirror.n))
			work_source(&w, r);
	}
	bool ok = pkg_sources_read(w.fetch, &w.sources, a, err) && work_prepare_newest_git(&w, err);
	for (size_t i = 0; ok && i < w.items.n; i++)
		ok = add_newer(&w, w.items.p[i], out, err);
	pkg_sources_free(&w.sources);
	pkg_git_free(w.git);
	pkg_fetch_free(w.fetch);
	return ok;
}

/* --- trying another version --- */

bool pkg_vendor_try(const struct pkg_vendor_options *opt, struct str name, struct str version, struct str into, struct arena *a, struct str *dir,
		    struct str *now, struct err *err)
{
	struct work w = { .opt = opt, .arena = a };
	const struct pkg_require *found = NULL;
	struct pkg_vendor_options one = { .names = &name, .name_count = 1 };
	if (!load(&w, err))
		return false;
	for (size_t i = 0; i < w.file.requires.n && !found; i++)
		if (is_named(&one, &w.file.requires.p[i]))
			found = &w.file.requires.p[i];
	if (!found)
		return err_set(err, ERR_USAGE, "%.*s does not require '%.*s'", STR_ARG(opt->name), STR_ARG(name));
	struct pkg_require r = *found;
	*now = path_join(a, w.file.vendor_dir, r.directory);
	if (!pkg_require_set_version(&r, version, a, err))
		return false;
	struct item item = { .require = &r, .state = ITEM_RESOLVE };
	item.known.pin = (struct pkg_pin){ .directory = r.directory, .chart = arena_fmt(a, "%.*s/%.*s", STR_ARG(r.repo_name), STR_ARG(r.name)) };
	w.lock = w.file_lock = (pkg_pins){ 0 };
	w.file.files.n = 0;
	w.file.vendor_dir = into;
	w.fetch = pkg_fetch_new(opt);
	vec_push_in(&w.items, a, &item);
	bool ok = work_bring(&w, err);
	*dir = item.aside;
	pkg_git_free(w.git);
	pkg_sources_free(&w.sources);
	pkg_fetch_free(w.fetch);
	return ok;
}
