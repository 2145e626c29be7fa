/* Lock, chartfile and tree: what is written is read back; edits keep the rest of the file; the digest of a tree follows its content only. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "pkg/chartfile.h"
#include "pkg/lock.h"
#include "pkg/tree.h"

static void test_lock(void **state)
{
	static const struct { const char *directory, *version, *source; } rows[] = {
		{ "z", "1.0.0", "https://h/z-1.0.0.tgz" }, { "a/b c", "1.2", "file:///x y/z.tgz" }, { "-", "v1.0.0+meta", "oci://h:5000/a/b:1.0.0" },
		{ "true", "1", "https://h/%41?" }, { "m\"q", "0x10", "" },
	};
	struct arena a = { 0 };
	AUTO_BUF text = { 0 }, again = { 0 };
	AUTO_ERR err = { 0 };
	struct pkg_lock lock = { 0 }, back;
	pkg_pins *pins = &lock.charts;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		vec_push_in(pins, &a, (struct pkg_pin){ str_c(rows[i].directory), STR("r/x"), str_c(rows[i].version), str_c(rows[i].source),
							 sha256_of(str_c(rows[i].directory)), sha256_of(STR("t")) });
	vec_push_in(&lock.files, &a, (struct pkg_pin){ .directory = STR("../crds/x y.yaml"), .source = STR("https://h/x"), .archive = sha256_of(STR("f")),
							  .tree = sha256_of(STR("f")) });
	pkg_lock_write(&lock, &text);
	if (!pkg_lock_parse(STR("charts.lock"), buf_str(&text), &a, &back, &err))
		fail_msg("%s\n%s", err.message, buf_str(&text).p);
	assert_int_equal(back.charts.n, pins->n);
	assert_int_equal(back.files.n, 1);
	assert_true(pkg_pin_eq(&lock.files.p[0], &back.files.p[0]));
	for (size_t i = 0; i < pins->n; i++) {
		assert_true(pkg_pin_eq(&pins->p[i], &back.charts.p[i]));
		assert_true(i == 0 || str_cmp(pins->p[i - 1].directory, pins->p[i].directory) < 0);
	}
	pkg_lock_write(&back, &again);
	same(buf_str(&again), text.p);
	arena_deinit(&a);
}

static const char chartfile[] = "# top\nversion: 1\nrepositories:\n- name: r\n  url: https://h/\nrequires: # them\n- chart: r/one\n  version: 1.0.0\n"
				"  directory: uno # here\n# between\n- version: ^2\n  chart: r/two\n# end\ndirectory: vendor\n";

static void test_edits(void **state)
{
	static const struct { bool add; const char *word, *from, *to; enum err_kind kind; } rows[] = {
		{ true, "r/three@3.0.0", "# end\n", "- chart: r/three\n  version: \"3.0.0\"\n# end\n", ERR_NONE },
		{ true, "r/one@1.0.0:eins", "# end\n", "- chart: r/one\n  version: \"1.0.0\"\n  directory: eins\n# end\n", ERR_NONE },
		{ false, "r/one", "- chart: r/one\n  version: 1.0.0\n  directory: uno # here\n", "", ERR_NONE },
		{ false, "uno", "- chart: r/one\n  version: 1.0.0\n  directory: uno # here\n", "", ERR_NONE },
		{ false, "two", "- version: ^2\n  chart: r/two\n", "", ERR_NONE },
		{ true, "r/two@2.0.0", "", "", ERR_CONFLICT },
		{ true, "x/two@2.0.0", "", "", ERR_USAGE },
		{ true, "r/two", "", "", ERR_USAGE },
		{ false, "r/four", "", "", ERR_NOT_FOUND },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_BUF out = { 0 };
		AUTO_ERR err = { 0 };
		struct pkg_chartfile f;
		struct str text = str_c(chartfile);
		assert_true(pkg_chartfile_parse(STR("/p/charts/chartfile.yaml"), STR("charts/chartfile.yaml"), text, &a, &f, &err));
		same(f.vendor_dir, "/p/charts/vendor");
		same(f.repositories.p[0].url, "https://h");
		assert_true(f.requires.p[0].exact && !f.requires.p[1].exact);
		bool ok = rows[i].add ? pkg_chartfile_add(&f, str_c(rows[i].word), &out, &err)
				      : pkg_chartfile_remove(&f, str_c(rows[i].word), &out, &err);
		assert_int_equal(err.kind, rows[i].kind);
		if (ok) {
			size_t at = str_find(text, str_c(rows[i].from));
			struct str want = arena_fmt(&a, "%.*s%s%s", (int)at, chartfile, rows[i].to, chartfile + at + strlen(rows[i].from));
			same(buf_str(&out), want.p);
		}
		arena_deinit(&a);
	}
}

static void put(struct arena *a, struct str dir, const char *name, const char *text)
{
	AUTO_ERR err = { 0 };
	assert_true(fs_write(arena_fmt(a, "%s/%s", dir.p, name), str_c(text), 0644, FS_NO_SYNC, &err));
}

static void test_tree(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir;
	struct digest first, now;
	struct pkg_stamp stamp, later;
	bool exists;
	assert_true(fs_mkdtemp(STR("/tmp/raibid-tree-"), &a, &dir, &err));
	assert_true(fs_mkdirs(arena_fmt(&a, "%s/sub", dir.p), 0755, &err));
	put(&a, dir, "a", "1");
	put(&a, dir, "sub/b", "2");
	assert_true(pkg_tree_digest(dir, &first, &err) && pkg_tree_stamp(dir, &stamp, &exists, &err) && exists);
	assert_true(pkg_tree_stamp(dir, &later, &exists, &err));
	assert_true(digest_eq(&stamp.digest, &later.digest));
	/* The same content again: another stamp, the same digest. */
	put(&a, dir, "a", "1");
	assert_true(pkg_tree_digest(dir, &now, &err) && pkg_tree_stamp(dir, &later, &exists, &err));
	assert_true(digest_eq(&first, &now));
	assert_false(digest_eq(&stamp.digest, &later.digest));
	struct { const char *from, *to; } moves[] = { { "a", "c" }, { "sub/b", "b" } };
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		struct str from = arena_fmt(&a, "%s/%s", dir.p, moves[i].from), to = arena_fmt(&a, "%s/%s", dir.p, moves[i].to);
		assert_true(fs_rename(from, to, &err) && pkg_tree_digest(dir, &now, &err));
		assert_false(digest_eq(&first, &now));
		assert_true(fs_rename(to, from, &err) && pkg_tree_digest(dir, &now, &err));
		assert_true(digest_eq(&first, &now));
	}
	assert_int_equal(chmod(arena_fmt(&a, "%s/a", dir.p).p, 0600), 0); /* only the owner's x counts */
	assert_true(pkg_tree_digest(dir, &now, &err));
	assert_true(digest_eq(&first, &now));
	assert_int_equal(symlink("a", arena_fmt(&a, "%s/l", dir.p).p), 0);
	assert_true(pkg_tree_digest(dir, &now, &err));
	assert_false(digest_eq(&first, &now));
	assert_int_equal(mkfifo(arena_fmt(&a, "%s/fifo", dir.p).p, 0600), 0);
	assert_false(pkg_tree_digest(dir, &now, &err));
	assert_int_equal(err.kind, ERR_INTEGRITY);
	err_deinit(&err);
	assert_true(pkg_tree_stamp(STR("/nonexistent"), &stamp, &exists, &err) && !exists);
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
