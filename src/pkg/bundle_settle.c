/* A package's files are in its folder, in the store as a packed tree by commit, or fetched from its repository; what is fetched lies aside until the run commits. */
#include <stdarg.h>

#include "base/enc.h"
#include "base/fs.h"
#include "base/path.h"
#include "pkg/bundles_internal.h"
#include "pkg/tree.h"

#define MAX_FILE ((size_t)64 << 20)

void bundle_say(const struct bundling *b, void (*how)(void *ctx, const char *text), const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	how(b->opt->ui.ctx, arena_vfmt(b->arena, fmt, ap).p);
	va_end(ap);
}

/* --- sums --- */

struct summing {
	struct str dir;
	struct sha256 h;
};

static bool sum_entry(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	struct summing *s = ctx;
	struct arena a = { 0 };
	struct stat target;
	struct str full = path_join(&a, s->dir, path), bytes;
	/* jb opens what it walks over, so a link counts by the file that it leads to. */
	bool file = S_ISREG(st->st_mode) || (S_ISLNK(st->st_mode) && fs_stat(full, FS_FOLLOW, &target) && S_ISREG(target.st_mode));
	bool ok = !file || fs_read(full, MAX_FILE, &a, &bytes, err);
	if (ok && file)
		sha256_add(&s->h, bytes);
	arena_deinit(&a);
	return ok;
}

bool pkg_bundle_sum(struct str dir, struct arena *a, struct str *sum, struct err *err)
{
	struct summing s = { .dir = dir };
	AUTO_BUF text = { 0 };
	sha256_init(&s.h);
	if (!fs_walk(dir, sum_entry, &s, err))
		return false;
	struct digest d = sha256_end(&s.h);
	enc_base64(&text, (struct str){ (const char *)d.b, sizeof(d.b) }, ENC_BASE64);
	*sum = buf_to_arena(&text, a);
	return true;
}

/* --- what the database says --- */

struct str bundle_row_sum(const struct pkg_known *row)
{
	size_t at = str_rfind_char(row->pin.source, '#');
	return at == STR_NPOS ? STR("") : str_slice(row->pin.source, at + 1, row->pin.source.n);
}

static struct str ref_of_row(const struct pkg_known *row)
{
	size_t at = str_rfind_char(row->pin.chart, '@');
	return at == STR_NPOS ? STR("") : str_slice(row->pin.chart, at + 1, row->pin.chart.n);
}

/* --- settling one package --- */

bool bundle_is_named(const struct bundling *b, const struct pkg_dep *d)
{
	for (size_t i = 0; i < b->opt->name_count; i++)
		if (str_eq(b->opt->names[i], d->package) || str_eq(b->opt->names[i], pkg_dep_short_name(d)))
			return true;
	return b->opt->name_count == 0;
}

static struct str place_url(const struct bundling *b, const struct bundle *it)
{
	return pkg_git_url(b->arena, &(struct pkg_git_place){ it->dep.remote, it->dep.subdir, it->commit });
}

static void set_row(struct bundling *b, struct bundle *it)
{
	struct pkg_pin *pin = &it->known.pin;
	pin->directory = it->dep.package;
	pin->chart = arena_fmt(b->arena, "%.*s@%.*s", STR_ARG(it->dep.package), STR_ARG(it->dep.version));
	pin->version = it->commit;
	pin->source = arena_fmt(b->arena, "%.*s#%.*s", STR_ARG(place_url(b, it)), STR_ARG(it->sum));
}

/* Whether what lies in the folder is the pinned content. */
static bool look_at_folder(struct bundling *b, struct bundle *it, bool *present, struct err *err)
{
	struct pkg_stamp stamp;
	struct digest tree, none = { 0 };
	bool exists;
	struct str sum;
	const struct pkg_known *row = pkg_known_find(&b->known, it->dep.package);
	bool same = row && str_eq(row->pin.version, it->commit) && str_eq(bundle_row_sum(row), it->sum);
	*present = false;
	if (!pkg_tree_stamp(it->final_dir, &stamp, &exists, err))
		return false;
	if (!exists)
		return true;
	if (same) {
		it->known = *row;
		*present = !digest_eq(&row->stamp, &none) && digest_eq(&row->stamp, &stamp.digest);
		it->recorded = *present && str_eq(ref_of_row(row), it->dep.version);
	}
	if (*present)
		return true;
	if (!pkg_bundle_sum(it->final_dir, b->arena, &sum, err) || !pkg_tree_digest(it->final_dir, &tree, err))
		return false;
	*present = it->sum.n && str_eq(sum, it->sum) && (!same || digest_eq(&tree, &row->pin.tree));
	it->changed_by_hand = !*present && it->sum.n;
	it->known.pin.tree = tree;
	it->known.stamp = pkg_stamp_is_settled(&stamp) ? stamp.digest : none;
	return true;
}

/* The digest of the packed tree of this very commit, if this user has ever fetched it. */
static bool find_in_store(struct bundling *b, struct str url, struct digest *d)
{
	struct str note;
	return b->opt->store && store_note_find(b->opt->store, url, b->arena, &note) && digest_parse(note, d) && store_has(b->opt->store, d);
}

static bool take_from_store(struct bundling *b, struct str url, struct str *tar)
{
	AUTO_ERR ignored = { 0 };
	struct digest d;
	return find_in_store(b, url, &d) && store_get(b->opt->store, &d, b->arena, tar, &ignored);
}

static bool keep_in_store(struct bundling *b, struct str url, struct str tar, struct err *err)
{
	struct digest d;
	char hex[DIGEST_HEX_LEN + 1];
	if (!b->opt->store)
		return true;
	if (!store_put(b->opt->store, tar, &d, err))
		return false;
	digest_hex(&d, hex);
	return store_note_put(b->opt->store, url, str_c(hex), err);
}

static bool get_tar(struct bundling *b, struct bundle *it, struct str *tar, struct err *err)
{
	struct str url = place_url(b, it);
	if (take_from_store(b, url, tar))
		return true;
	if (!pkg_git_pack(b->git, it->dep.remote, NULL, it->commit, it->dep.subdir, STR("bundle"), b->arena, tar, err))
		return err_wrap(err, "%.*s", STR_ARG(it->dep.package));
	b->downloaded++;
	if (!it->sum.n && str_starts(it->dep.remote, STR("http://")))
		bundle_say(b, b->opt->ui.note, "%.*s came over plain http and no digest vouches for it", STR_ARG(it->dep.package));
	return keep_in_store(b, url, *tar, err);
}

static bool fetch(struct bundling *b, struct bundle *it, struct err *err)
{
	struct str tar, sum, where = arena_fmt(b->arena, "%.*s (%.*s)", STR_ARG(it->dep.package), STR_ARG(place_url(b, it)));
	struct pkg_stamp stamp;
	bool exists;
	if (!get_tar(b, it, &tar, err) || !fs_mkdtemp(path_join(b->arena, b->vendor_dir, STR(BUNDLE_ASIDE)), b->arena, &it->aside, err) ||
	    !pkg_tree_unpack(tar, where, it->aside, &b->opt->limits, err) || !pkg_bundle_sum(it->aside, b->arena, &sum, err))
		return false;
	if (it->sum.n && !str_eq(it->sum, sum)) {
		err_set(err, ERR_INTEGRITY, "%.*s: its files have the sum %.*s, but %.*s was expected", STR_ARG(where), STR_ARG(sum), STR_ARG(it->sum));
		return err_hint(err, "these are other bytes than %.*s pins: find out why before you run `vendor --update`", STR_ARG(b->lock_name));
	}
	it->sum = sum;
	it->known.pin.archive = sha256_of(tar);
	it->recorded = false;
	it->read_dir = it->aside;
	if (!pkg_tree_digest(it->aside, &it->known.pin.tree, err) || !pkg_tree_stamp(it->aside, &stamp, &exists, err))
		return false;
	it->known.stamp = stamp.digest;
	return true;
}

const struct pkg_dep *bundle_lock(const struct bundling *b, const struct bundle *it)
{
	const struct pkg_dep *lock = pkg_dep_find(&b->lock.deps, it->dep.package);
	const struct pkg_known *row = pkg_known_find(&b->known, it->dep.package);
	if (!lock || lock->is_local || !str_eq(lock->remote, it->dep.remote) || !pkg_git_is_commit(lock->version))
		return NULL;
	if (pkg_git_is_commit(it->dep.version) && !str_eq(it->dep.version, lock->version))
		return NULL;
	/* A lock does not say which ref it was made for; the database does. */
	if (row && str_eq(row->pin.version, lock->version) && !str_eq(ref_of_row(row), it->dep.version))
		return NULL;
	return lock;
}

bool bundle_asks(const struct bundling *b, const struct bundle *it)
{
	return !bundle_lock(b, it) || (b->opt->update && bundle_is_named(b, &it->dep));
}

bool bundle_choose(struct bundling *b, struct bundle *it, struct err *err)
{
	const struct pkg_dep *same = pkg_dep_find(&b->lock.deps, it->dep.package), *lock = bundle_asks(b, it) ? NULL : bundle_lock(b, it);
	it->final_dir = it->read_dir = path_join(b->arena, b->vendor_dir, it->dep.package);
	it->old_commit = same && !same->is_local ? same->version : STR("");
	if (!lock && !b->holds)
		return true;
	if (lock)
		it->commit = lock->version;
	else if (!pkg_git_commit(b->git, it->dep.remote, NULL, it->dep.version, b->arena, &it->commit, err))
		return err_wrap(err, "%.*s", STR_ARG(it->dep.package));
	if (same && !same->is_local && str_eq(same->version, it->commit) && str_eq(same->remote, it->dep.remote))
		it->sum = same->sum;
	return look_at_folder(b, it, &it->present, err);
}

static bool settle_git(struct bundling *b, struct bundle *it, struct err *err)
{
	if (!it->present && !b->holds)
		return true;
	if (!it->present && !fetch(b, it, err))
		return false;
	set_row(b, it);
	it->settled = true;
	return true;
}

static bool settle_local(struct bundling *b, struct bundle *it, struct err *err)
{
	it->settled = true;
	if (fs_is_dir(it->read_dir))
		return true;
	return err_set(err, ERR_NOT_FOUND, "%.*s asks for the local folder '%.*s', which is not there", STR_ARG(it->from), STR_ARG(it->dep.local));
}

bool bundle_is_stored(struct bundling *b, const struct bundle *it)
{
	struct digest d;
	return find_in_store(b, place_url(b, it), &d);
}

bool bundle_settle(struct bundling *b, struct bundle *it, struct err *err)
{
	return it->dep.is_local ? settle_local(b, it, err) : settle_git(b, it, err);
}
