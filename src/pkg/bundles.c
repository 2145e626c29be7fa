/*
 * One walk from the root's dependencies outward settles each package: by the lock where that fits, else by asking its repository. The walk runs twice at most: first
 * without touching anything, which is all where nothing is to be done; then, with the folder held against other runs, fetching what is missing. Everything is unpacked
 * aside and checked before the first folder is replaced.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "pkg/bundles_internal.h"
#include "pkg/tree.h"

enum { MAX_TEXT = 16 << 20, MAX_BUNDLES = 2000 };

/* --- loading --- */

/* The lock again from the database. */
static void lock_from_rows(struct bundling *b)
{
	AUTO_ERR ignored = { 0 };
	for (size_t i = 0; i < b->known.n; i++) {
		const struct pkg_known *k = &b->known.p[i];
		struct pkg_git_place place;
		struct str source = str_slice(k->pin.source, 0, k->pin.source.n - bundle_row_sum(k).n - 1);
		if (!pkg_git_parse(source, b->arena, &place, &ignored)) {
			err_deinit(&ignored);
			continue;
		}
		vec_push_in(&b->lock.deps, b->arena,
			    (struct pkg_dep){ .remote = place.remote, .subdir = place.path, .version = k->pin.version, .sum = bundle_row_sum(k),
					      .package = k->pin.directory });
	}
}

static bool disagree(const struct bundling *b, const struct pkg_dep *lock, struct str sum, struct err *err)
{
	err_set(err, ERR_INTEGRITY, "%.*s and .raibid/state.db pin %.*s at %.*s with different bytes: the sum is %.*s in the lock, %.*s in the database",
		STR_ARG(b->lock_name), STR_ARG(lock->package), STR_ARG(lock->version), STR_ARG(lock->sum), STR_ARG(sum));
	return err_hint(err, "if the lock is right (it came with git), run `vendor --trust lock`; if the database is, restore the lock from git or run "
			     "`vendor --trust state`");
}

static bool reconcile(struct bundling *b, struct err *err)
{
	if (!b->has_lock || b->opt->trust == PKG_TRUST_STATE) {
		if (b->known.n) {
			b->lock = (struct pkg_jsonnetfile){ 0 };
			lock_from_rows(b);
		}
		return true;
	}
	for (size_t i = 0; i < b->known.n && b->opt->trust != PKG_TRUST_LOCK; i++) {
		const struct pkg_known *k = &b->known.p[i];
		const struct pkg_dep *lock = pkg_dep_find(&b->lock.deps, k->pin.directory);
		if (lock && str_eq(lock->version, k->pin.version) && lock->sum.n && !str_eq(lock->sum, bundle_row_sum(k)))
			return disagree(b, lock, bundle_row_sum(k), err);
	}
	return true;
}

static bool load(struct bundling *b, struct err *err)
{
	const struct pkg_vendor_options *opt = b->opt;
	struct str text;
	b->root = path_dir(b->arena, opt->jsonnetfile);
	b->vendor_dir = path_join(b->arena, b->root, STR("vendor"));
	b->lock_path = path_join(b->arena, b->root, STR("jsonnetfile.lock.json"));
	b->lock_name = path_join(b->arena, path_dir(b->arena, opt->jsonnetfile_name), STR("jsonnetfile.lock.json"));
	if (!fs_read(opt->jsonnetfile, MAX_TEXT, b->arena, &text, err) ||
	    !pkg_jsonnetfile_parse(opt->jsonnetfile_name, text, b->arena, &b->file, err))
		return false;
	b->has_lock = fs_is_file(b->lock_path);
	if (b->has_lock && (!fs_read(b->lock_path, MAX_TEXT, b->arena, &text, err) ||
			    !pkg_jsonnetfile_parse(b->lock_name, text, b->arena, &b->lock, err)))
		return false;
	b->left_name = arena_concat(b->arena, opt->jsonnetfile_name, STR(PKG_PINS_LEFT));
	return pkg_pins_load(opt->state, opt->jsonnetfile_name, b->arena, &b->known, err) &&
	       pkg_pins_load(opt->state, b->left_name, b->arena, &b->left, err) && reconcile(b, err);
}

/* --- links --- */

/* What the link at `path` says, or empty. */
static struct str link_target(struct bundling *b, struct str path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(arena_cstr(b->arena, path), target, sizeof(target));
	return n < 0 ? STR("") : arena_str(b->arena, (struct str){ target, (size_t)n });
}

static bool make_link(struct bundling *b, struct str path, struct str target, struct err *err)
{
	struct stat st;
	if (str_eq(link_target(b, path), target))
		return true;
	bool there = fs_stat(path, FS_NOFOLLOW, &st);
	if (there && !S_ISLNK(st.st_mode)) {
		bundle_say(b, b->opt->ui.note, "vendor/%.*s is not ours, so it stays, and no link of that name is made", STR_ARG(path_base(path)));
		return true;
	}
	AUTO_FREE char *at = xstrndup(path.p, path.n);
	if (there && unlink(at) != 0)
		return err_set(err, ERR_IO, "cannot replace '%s': %s", at, strerror(errno));
	return symlink(arena_cstr(b->arena, target), at) == 0 || err_set(err, ERR_IO, "cannot make the link '%s': %s", at, strerror(errno));
}

/* The link that belongs to an item; false where it has none. */
static bool link_of(struct bundling *b, const struct bundle *it, struct str *path, struct str *target)
{
	struct str name = pkg_dep_short_name(&it->dep);
	*path = path_join(b->arena, b->vendor_dir, name);
	if (it->dep.is_local)
		return path_rel(b->arena, b->vendor_dir, it->final_dir, target);
	*target = it->dep.package;
	if (!b->file.legacy_imports || str_eq(name, it->dep.package))
		return false;
	/* Of two packages with one short name the first has it. */
	for (size_t i = 0; b->items.p[i] != it; i++)
		if (str_eq(pkg_dep_short_name(&b->items.p[i]->dep), name))
			return false;
	return true;
}

static bool links_stand(struct bundling *b)
{
	for (size_t i = 0; i < b->items.n; i++) {
		struct str path, target;
		struct stat st;
		if (link_of(b, b->items.p[i], &path, &target) && !str_eq(link_target(b, path), target) &&
		    !(fs_stat(path, FS_NOFOLLOW, &st) && !S_ISLNK(st.st_mode)))
			return false;
	}
	return true;
}

/* --- the walk --- */

static bool enqueue(struct bundling *b, const struct pkg_dep *d, const struct bundle *parent, struct err *err)
{
	struct str from = parent ? parent->dep.package : b->opt->jsonnetfile_name;
	for (size_t i = 0; i < b->items.n; i++) {
		const struct bundle *there = b->items.p[i];
		if (!str_eq(there->dep.package, d->package))
			continue;
		if (!str_eq(there->dep.version, d->version) && b->holds)
			bundle_say(b, b->opt->ui.log, "%.*s wants %.*s at %.*s; %.*s's %.*s counts", STR_ARG(from), STR_ARG(d->package), STR_ARG(d->version),
			    STR_ARG(there->from), STR_ARG(there->dep.version));
		return true;
	}
	if (b->items.n >= MAX_BUNDLES)
		return err_set(err, ERR_LIMIT, "bundles depend on more than %d others", MAX_BUNDLES);
	struct bundle *it = arena_new(b->arena, struct bundle);
	*it = (struct bundle){ .dep = *d, .from = from };
	if (d->is_local) {
		it->read_dir = path_in(b->arena, parent ? parent->read_dir : b->root, d->local);
		it->final_dir = path_in(b->arena, parent ? parent->final_dir : b->root, d->local);
		struct str below;
		bool inside = path_rel(b->arena, parent ? parent->final_dir : b->root, it->final_dir, &below) && path_is_local(below);
		if (parent && !parent->dep.is_local && !inside)
			return err_set(err, ERR_INTEGRITY, "%.*s asks for the local folder '%.*s', which leads out of it", STR_ARG(from),
				       STR_ARG(d->local));
	}
	vec_push_in(&b->items, b->arena, it);
	return true;
}

static bool enqueue_nested(struct bundling *b, const struct bundle *it, struct err *err)
{
	struct pkg_jsonnetfile nested;
	struct str text, path = path_join(b->arena, it->read_dir, STR("jsonnetfile.json"));
	if (it->dep.single || !fs_is_file(path))
		return true;
	if (!fs_read(path, MAX_TEXT, b->arena, &text, err) ||
	    !pkg_jsonnetfile_parse(arena_fmt(b->arena, "%.*s/jsonnetfile.json", STR_ARG(it->dep.package)), text, b->arena, &nested, err))
		return false;
	for (size_t i = 0; i < nested.deps.n; i++)
		if (!enqueue(b, &nested.deps.p[i], it, err))
			return false;
	return true;
}

static bool no_overlap(const struct bundling *b, struct err *err)
{
	for (size_t i = 0; i < b->items.n; i++)
		for (size_t k = 0; k < b->items.n; k++) {
			const struct bundle *outer = b->items.p[i], *inner = b->items.p[k];
			if (outer->dep.is_local || inner->dep.is_local || !str_starts(inner->dep.package, outer->dep.package) ||
			    inner->dep.package.n == outer->dep.package.n || inner->dep.package.p[outer->dep.package.n] != '/' ||
			    str_eq(inner->commit, outer->commit))
				continue;
			err_set(err, ERR_CONFLICT, "%.*s (for %.*s) lies in the folder of %.*s (for %.*s), at another commit", STR_ARG(inner->dep.package),
				STR_ARG(inner->from), STR_ARG(outer->dep.package), STR_ARG(outer->from));
			return err_hint(err, "name one commit for both in %.*s", STR_ARG(b->opt->jsonnetfile_name));
		}
	return true;
}

enum prepare { PREPARE_REFS, PREPARE_COMMITS };

/* Gets what the items from `from` to `end` will ask git for, side by side. */
static bool prepare(struct bundling *b, size_t from, size_t end, enum prepare what, struct err *err)
{
	struct pkg_git_want *wants = arena_array(b->arena, struct pkg_git_want, end - from);
	size_t n = 0;
	for (size_t i = from; b->holds && i < end; i++) {
		const struct bundle *it = b->items.p[i];
		struct pkg_git_want want = { .remote = it->dep.remote, .what = it->dep.package };
		if (it->dep.is_local || (what == PREPARE_REFS && (!bundle_asks(b, it) || pkg_git_is_commit(it->dep.version))))
			continue;
		if (what == PREPARE_COMMITS && (it->present || bundle_is_stored(b, it)))
			continue;
		want.commit = what == PREPARE_COMMITS ? it->commit : STR("");
		wants[n++] = want;
	}
	return !n || pkg_git_prepare(b->git, wants, n, err);
}

/* A level of the walk: all that is asked for by the level before. */
static bool walk_level(struct bundling *b, size_t from, size_t end, struct err *err)
{
	if (!prepare(b, from, end, PREPARE_REFS, err))
		return false;
	for (size_t i = from; i < end; i++)
		if (!b->items.p[i]->dep.is_local && !bundle_choose(b, b->items.p[i], err))
			return false;
	if (!prepare(b, from, end, PREPARE_COMMITS, err))
		return false;
	for (size_t i = from; i < end; i++) {
		struct bundle *it = b->items.p[i];
		if (!bundle_settle(b, it, err))
			return false;
		b->missing = b->missing || !it->settled;
		if (it->settled && !enqueue_nested(b, it, err))
			return false;
	}
	return true;
}

static bool walk(struct bundling *b, struct err *err)
{
	b->items.n = 0;
	b->missing = false;
	for (size_t i = 0; i < b->file.deps.n; i++)
		if (!enqueue(b, &b->file.deps.p[i], NULL, err))
			return false;
	for (size_t at = 0, end; at < b->items.n; at = end) {
		end = b->items.n;
		if (!walk_level(b, at, end, err))
			return false;
	}
	return no_overlap(b, err);
}

/* --- committing --- */

static int shorter_first(const void *x, const void *y)
{
	const struct bundle *a = *(struct bundle *const *)x, *b = *(struct bundle *const *)y;
	return a->dep.package.n < b->dep.package.n ? -1 : a->dep.package.n > b->dep.package.n;
}

static bool swap_all(struct bundling *b, struct pkg_vendor_result *out, struct err *err)
{
	struct bundle **order = arena_array(b->arena, struct bundle *, b->items.n + 1);
	for (size_t i = 0; i < b->items.n; i++)
		order[i] = b->items.p[i];
	/* A folder within another comes after it. */
	qsort(order, b->items.n, sizeof(*order), shorter_first);
	for (size_t i = 0; i < b->items.n; i++) {
		struct bundle *it = order[i];
		struct str aside = it->aside;
		if (!aside.n)
			continue;
		it->aside = STR_NONE;
		if (!pkg_tree_swap(aside, it->final_dir, err))
			return false;
		out->bundles_changed++;
		if (it->old_commit.n && !str_eq(it->old_commit, it->commit))
			vec_push_in(&out->updates, b->arena, (struct pkg_update){ it->dep.package, it->old_commit, it->commit, STR("") });
		else if (it->changed_by_hand)
			bundle_say(b, b->opt->ui.note, "vendor/%.*s had been changed: %.12s was put back", STR_ARG(it->dep.package), it->commit.p);
		bundle_say(b, b->opt->ui.log, "%.*s %.12s", STR_ARG(it->dep.package), it->commit.p);
	}
	for (size_t i = 0; i < b->items.n; i++) {
		struct str path, target;
		if (link_of(b, b->items.p[i], &path, &target) && !make_link(b, path, target, err))
			return false;
	}
	return true;
}

static void lock_text(struct bundling *b, struct buf *out)
{
	pkg_deps deps = { 0 };
	for (size_t i = 0; i < b->items.n; i++) {
		struct pkg_dep d = b->items.p[i]->dep;
		d.version = b->items.p[i]->commit;
		d.sum = b->items.p[i]->sum;
		vec_push_in(&deps, b->arena, d);
	}
	pkg_jsonnetfile_write_lock(&deps, out);
}

static bool lock_is_right(struct bundling *b)
{
	AUTO_BUF text = { 0 };
	AUTO_ERR ignored = { 0 };
	struct str now;
	lock_text(b, &text);
	return b->has_lock && fs_read(b->lock_path, MAX_TEXT, b->arena, &now, &ignored) && str_eq(now, buf_str(&text));
}

static bool rows_are_right(const struct bundling *b)
{
	size_t git = 0;
	for (size_t i = 0; i < b->items.n; i++) {
		git += !b->items.p[i]->dep.is_local;
		if (!b->items.p[i]->dep.is_local && !b->items.p[i]->recorded)
			return false;
	}
	return git == b->known.n;
}

static bool write_pins(struct bundling *b, struct err *err)
{
	AUTO_BUF text = { 0 };
	pkg_knowns rows = { 0 };
	fs_sweep(b->lock_path);
	lock_text(b, &text);
	if (!lock_is_right(b) && !fs_write(b->lock_path, buf_str(&text), 0644, FS_SYNC, err))
		return false;
	for (size_t i = 0; i < b->items.n; i++)
		if (!b->items.p[i]->dep.is_local)
			vec_push_in(&rows, b->arena, b->items.p[i]->known);
	return pkg_pins_save(b->opt->state, b->opt->jsonnetfile_name, &rows, b->opt->user, err);
}

static bool is_or_holds(struct str dir, struct str path)
{
	return str_starts(path, dir) && (path.n == dir.n || path.p[dir.n] == '/');
}

/* Removes the folder, the folders above it that are empty then, and links that led there. */
static bool remove_package(struct bundling *b, struct str package, struct err *err)
{
	fs_entries entries = { 0 };
	if (!fs_remove_tree(path_join(b->arena, b->vendor_dir, package), err))
		return false;
	for (struct str up = path_dir(b->arena, package); !str_eq(up, STR(".")); up = path_dir(b->arena, up))
		if (rmdir(arena_cstr(b->arena, path_join(b->arena, b->vendor_dir, up))) != 0)
			break;
	if (!fs_list(b->vendor_dir, b->arena, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++) {
		struct str path = path_join(b->arena, b->vendor_dir, entries.p[i].name);
		if (entries.p[i].kind == FS_LINK && is_or_holds(package, link_target(b, path)))
			unlink(arena_cstr(b->arena, path));
	}
	return true;
}

static void add_left(struct bundling *b, struct str package)
{
	for (size_t k = 0; k < b->items.n; k++)
		if (is_or_holds(package, b->items.p[k]->dep.package))
			return;
	if (!pkg_known_find(&b->left, package))
		vec_push_in(&b->left, b->arena, (struct pkg_known){ .pin = { .directory = package, .chart = package } });
}

/* What was vendored once and nobody asks for any more; and what a run that was killed left behind. */
static bool clean(struct bundling *b, struct pkg_vendor_result *out, struct err *err)
{
	fs_entries entries = { 0 };
	pkg_knowns left = { 0 };
	size_t had = b->left.n;
	if (!fs_list(b->vendor_dir, b->arena, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n; i++)
		if (entries.p[i].kind == FS_DIR && str_starts(entries.p[i].name, STR(BUNDLE_ASIDE)) &&
		    !fs_remove_tree(path_join(b->arena, b->vendor_dir, entries.p[i].name), err))
			return false;
	for (size_t i = 0; i < b->lock.deps.n; i++)
		if (!b->lock.deps.p[i].is_local)
			add_left(b, b->lock.deps.p[i].package);
	for (size_t i = 0; i < b->known.n; i++)
		add_left(b, b->known.p[i].pin.directory);
	for (size_t i = 0; i < b->left.n; i++) {
		struct str package = b->left.p[i].pin.directory;
		bool wanted = false;
		for (size_t k = 0; k < b->items.n; k++)
			wanted = wanted || is_or_holds(package, b->items.p[k]->dep.package);
		if (wanted || !fs_is_dir(path_join(b->arena, b->vendor_dir, package)))
			continue;
		if (!b->opt->prune) {
			bundle_say(b, b->opt->ui.log, "vendor/%.*s is not required any more: `vendor --prune` removes it", STR_ARG(package));
			vec_push_in(&left, b->arena, b->left.p[i]);
			continue;
		}
		if (!remove_package(b, package, err))
			return false;
		bundle_say(b, b->opt->ui.note, "removed vendor/%.*s", STR_ARG(package));
		out->removed++;
	}
	return (!left.n && !had) || pkg_pins_save(b->opt->state, b->left_name, &left, b->opt->user, err);
}

static void drop_aside(struct bundling *b)
{
	AUTO_ERR ignored = { 0 };
	for (size_t i = 0; i < b->items.n; i++)
		if (b->items.p[i]->aside.n && !fs_remove_tree(b->items.p[i]->aside, &ignored))
			err_deinit(&ignored);
}

bool pkg_bundles(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err)
{
	struct bundling b = { .opt = opt, .arena = a };
	AUTO_FD held = -1;
	if (!load(&b, err) || !walk(&b, err))
		return false;
	out->bundles = b.items.n;
	if (!opt->update && !opt->prune && !b.missing && links_stand(&b) && lock_is_right(&b) && rows_are_right(&b))
		return true;
	if (!pkg_hold(b.opt, b.vendor_dir, &held, err))
		return false;
	/* Somebody else may have done it while we waited. */
	struct bundling again = { .opt = opt, .arena = a, .holds = true };
	b = again;
	b.git = pkg_git_new(opt);
	bool ok = load(&b, err) && walk(&b, err) && swap_all(&b, out, err) && write_pins(&b, err) && clean(&b, out, err);
	drop_aside(&b);
	pkg_git_free(b.git);
	out->bundles = b.items.n;
	out->downloaded += b.downloaded;
	return ok;
}

/* --- looking without touching --- */

static void differ(struct bundling *b, struct pkg_vendor_result *out, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void differ(struct bundling *b, struct pkg_vendor_result *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vec_push_in(&out->differences, b->arena, arena_vfmt(b->arena, fmt, ap));
	va_end(ap);
}

static bool check_bundle(struct bundling *b, struct bundle *it, struct pkg_vendor_result *out, struct err *err)
{
	const struct pkg_dep *lock = bundle_lock(b, it);
	const struct pkg_known *row = pkg_known_find(&b->known, it->dep.package);
	struct digest tree;
	struct str sum;
	it->final_dir = it->read_dir = path_join(b->arena, b->vendor_dir, it->dep.package);
	if (!lock) {
		differ(b, out, "%.*s at %.*s is not in %.*s", STR_ARG(it->dep.package), STR_ARG(it->dep.version), STR_ARG(b->lock_name));
		return true;
	}
	it->commit = lock->version;
	if (!fs_is_dir(it->final_dir)) {
		differ(b, out, "vendor/%.*s is not there", STR_ARG(it->dep.package));
		return true;
	}
	it->settled = true;
	if (!pkg_bundle_sum(it->final_dir, b->arena, &sum, err) || !pkg_tree_digest(it->final_dir, &tree, err))
		return false;
	if (!str_eq(sum, lock->sum))
		differ(b, out, "vendor/%.*s has the sum %.*s, the lock says %.*s", STR_ARG(it->dep.package), STR_ARG(sum), STR_ARG(lock->sum));
	else if (row && str_eq(row->pin.version, lock->version) && !digest_eq(&row->pin.tree, &tree))
		differ(b, out, "vendor/%.*s has other names or modes of files than it was fetched with", STR_ARG(it->dep.package));
	return true;
}

static bool check_links(struct bundling *b, struct pkg_vendor_result *out)
{
	for (size_t i = 0; i < b->items.n; i++) {
		struct str path, target;
		if (b->items.p[i]->dep.is_local && link_of(b, b->items.p[i], &path, &target) && !str_eq(link_target(b, path), target))
			differ(b, out, "vendor/%.*s is no link to %.*s", STR_ARG(path_base(path)), STR_ARG(target));
	}
	return true;
}

bool pkg_bundles_check(const struct pkg_vendor_options *opt, struct arena *a, struct pkg_vendor_result *out, struct err *err)
{
	struct bundling b = { .opt = opt, .arena = a };
	if (!load(&b, err))
		return false;
	if (!b.has_lock)
		differ(&b, out, "%.*s is not there", STR_ARG(b.lock_name));
	for (size_t i = 0; i < b.file.deps.n; i++)
		if (!enqueue(&b, &b.file.deps.p[i], NULL, err))
			return false;
	for (size_t i = 0; i < b.items.n; i++) {
		struct bundle *it = b.items.p[i];
		if (!(it->dep.is_local ? bundle_settle(&b, it, err) : check_bundle(&b, it, out, err)) ||
		    (it->settled && !enqueue_nested(&b, it, err)))
			return false;
	}
	for (size_t i = 0; i < b.lock.deps.n; i++) {
		bool wanted = false;
		for (size_t k = 0; k < b.items.n; k++)
			wanted = wanted || str_eq(b.items.p[k]->dep.package, b.lock.deps.p[i].package);
		if (!wanted)
			differ(&b, out, "%.*s pins %.*s, which nobody asks for", STR_ARG(b.lock_name), STR_ARG(b.lock.deps.p[i].package));
	}
	out->bundles = b.items.n;
	return check_links(&b, out);
}

bool pkg_bundles_outdated(const struct pkg_vendor_options *opt, struct arena *a, pkg_newers *out, struct err *err)
{
	struct bundling b = { .opt = opt, .arena = a };
	if (!load(&b, err) || !walk(&b, err))
		return false;
	b.git = pkg_git_new(opt);
	struct pkg_git_want *wants = arena_array(a, struct pkg_git_want, b.items.n);
	size_t n = 0;
	for (size_t i = 0; i < b.items.n; i++)
		if (!b.items.p[i]->dep.is_local && !pkg_git_is_commit(b.items.p[i]->dep.version))
			wants[n++] = (struct pkg_git_want){ .remote = b.items.p[i]->dep.remote, .what = b.items.p[i]->dep.package };
	bool ok = pkg_git_prepare(b.git, wants, n, err);
	for (size_t i = 0; ok && i < b.items.n; i++) {
		struct bundle *it = b.items.p[i];
		struct str now;
		if (it->dep.is_local)
			continue;
		ok = pkg_git_commit(b.git, it->dep.remote, NULL, it->dep.version, a, &now, err) || err_wrap(err, "%.*s", STR_ARG(it->dep.package));
		const struct pkg_dep *lock = pkg_dep_find(&b.lock.deps, it->dep.package);
		struct str pinned = lock ? str_slice(lock->version, 0, 12) : STR("");
		if (ok && !(lock && str_eq(lock->version, now)))
			vec_push_in(out, a, (struct pkg_newer){ it->dep.package, pinned, str_slice(now, 0, 12), str_slice(now, 0, 12) });
	}
	pkg_git_free(b.git);
	return ok;
}

bool pkg_bundles_know(const struct pkg_vendor_options *opt, struct str name, struct arena *a, bool *known, struct err *err)
{
	struct bundling b = { .opt = opt, .arena = a };
	struct pkg_vendor_options one = *opt;
	one.names = &name;
	one.name_count = 1;
	*known = false;
	if (!load(&b, err) || !walk(&b, err))
		return false;
	b.opt = &one;
	for (size_t i = 0; i < b.items.n; i++)
		*known = *known || bundle_is_named(&b, &b.items.p[i]->dep);
	return true;
}
