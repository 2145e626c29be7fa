/* What vendoring reads: chartfiles and their edits, locks, jsonnetfiles, git URLs, indexes. The first byte says which; what is written is read back the same. */
#include <ctype.h>
#include <string.h>

#include "pkg/chartfile.h"
#include "pkg/git.h"
#include "pkg/index.h"
#include "pkg/jsonnetfile.h"
#include "pkg/lock.h"
#include "pkg/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_chartfile(struct str text, struct arena *a)
{
	struct pkg_chartfile f, again;
	AUTO_ERR err = { 0 }, edit = { 0 }, broken = { 0 };
	AUTO_BUF out = { 0 };
	if (!pkg_chartfile_parse(STR("/p/charts/chartfile.yaml"), STR("chartfile.yaml"), text, a, &f, &err) || !f.requires.n)
		return;
	const struct pkg_require *r = &f.requires.p[f.requires.n - 1];
	struct str chart = arena_fmt(a, "%.*s/%.*s", STR_ARG(r->repo_name), STR_ARG(r->name));
	if (!pkg_chartfile_remove(&f, chart, &out, &edit))
		return;
	if (pkg_chartfile_parse(f.path, STR("edited"), buf_to_arena(&out, a), a, &again, &broken) && again.requires.n + 1 != f.requires.n)
		base_die("removing one requirement left %zu of %zu", again.requires.n, f.requires.n);
}

static void fuzz_lock(struct str text, struct arena *a)
{
	struct pkg_lock lock, again;
	AUTO_ERR err = { 0 };
	AUTO_BUF out = { 0 };
	if (!pkg_lock_parse(STR("lock"), text, a, &lock, &err))
		return;
	pkg_lock_write(&lock, &out);
	if (!pkg_lock_parse(STR("again"), buf_str(&out), a, &again, &err))
		base_die("a lock that was written cannot be read: %s\n%s", err.message, out.p);
	for (size_t i = 0; i < lock.charts.n; i++)
		if (!pkg_pin_eq(&lock.charts.p[i], &again.charts.p[i]))
			base_die("a pin changes on its way out and in:\n%s", out.p);
}

static void fuzz_jsonnetfile(struct str text, struct arena *a)
{
	struct pkg_jsonnetfile f, again;
	AUTO_ERR err = { 0 };
	AUTO_BUF out = { 0 }, twice = { 0 };
	if (!pkg_jsonnetfile_parse(STR("f"), text, a, &f, &err))
		return;
	pkg_jsonnetfile_write_lock(&f.deps, &out);
	if (!pkg_jsonnetfile_parse(STR("again"), buf_str(&out), a, &again, &err))
		base_die("a lock that was written cannot be read: %s\n%s", err.message, out.p);
	pkg_jsonnetfile_write_lock(&again.deps, &twice);
	if (!str_eq(buf_str(&out), buf_str(&twice)))
		base_die("a lock changes on its way out and in:\n%s", out.p);
}

/* Git takes `NAME::REST` for a program of its own to run. */
static bool names_helper(struct str remote)
{
	size_t n = 0;
	while (n < remote.n && (isalnum((unsigned char)remote.p[n]) || memchr("+.-", remote.p[n], 3)))
		n++;
	return str_starts(str_slice(remote, n, remote.n), STR("::"));
}

static void fuzz_git_url(struct str text, struct arena *a)
{
	struct pkg_git_place p, again;
	AUTO_ERR err = { 0 };
	if (!pkg_git_parse(text, a, &p, &err))
		return;
	if (p.remote.p[0] == '-' || (p.ref.n && p.ref.p[0] == '-') || names_helper(p.remote))
		base_die("git could take this for an option");
	if (!pkg_git_parse(pkg_git_url(a, &p), a, &again, &err) || !str_eq(p.remote, again.remote) || !str_eq(p.path, again.path) ||
	    !str_eq(p.ref, again.ref))
		base_die("a git URL changes on its way out and in");
}

static void fuzz_index(struct str text, struct arena *a)
{
	static const struct str names[] = { STR_INIT("a"), STR_INIT("redis") };
	struct pkg_index *x = pkg_index_new(names, ARRAY_LEN(names));
	pkg_releases releases;
	AUTO_ERR err = { 0 }, none = { 0 };
	bool ok = true;
	size_t step = text.n % 13 + 1;
	for (size_t i = 0; ok && i < text.n; i += step)
		ok = pkg_index_feed(x, str_slice(text, i, i + step), &err);
	if (ok && pkg_index_end(x, &err) && !pkg_index_find(x, names[1], a, &releases, &none))
		err_deinit(&none);
	pkg_index_free(x);
}

static void fuzz_limits(struct str text, struct arena *a)
{
	struct pkg_limits limits = { 0 };
	AUTO_ERR err = { 0 };
	if (!pkg_limits_set(&limits, text, &err))
		return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parts[])(struct str text, struct arena *a) = { fuzz_chartfile, fuzz_lock, fuzz_jsonnetfile, fuzz_git_url, fuzz_index,
									   fuzz_limits };
	struct arena a = { 0 };
	if (size > 1)
		parts[data[0] % ARRAY_LEN(parts)](arena_str(&a, (struct str){ (const char *)data + 1, size - 1 }), &a);
	arena_deinit(&a);
	return 0;
}
