/* Archives: written ones read back, damaged ones at every length, and a table of what unpacking refuses. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sha256.h"
#include "ext/archive.h"

/* A ustar entry by hand, since no good writer makes the bad ones. */
static void raw_entry(struct buf *out, const char *name, char type, const char *target, const char *data)
{
	char h[512] = "";
	unsigned sum = 0;
	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "%07o", type == '0' ? 04755 : 0755);
	snprintf(h + 124, 12, "%011o", (unsigned)strlen(data) & 0xffffu);
	snprintf(h + 136, 12, "%011o", 0);
	memset(h + 148, ' ', 8);
	h[156] = type;
	snprintf(h + 157, 100, "%s", target);
	memcpy(h + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += (uint8_t)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	buf_add_bytes(out, h, 512);
	buf_add_c(out, data);
	buf_add_repeat(out, '\0', (512 - strlen(data) % 512) % 512);
}

static struct str scratch(struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct str dir;
	assert_true(fs_mkdtemp(STR("/tmp/raibid-arc-"), a, &dir, &err));
	return dir;
}

static bool unpack(struct str bytes, struct str dir, const struct arc_limits *limits, const struct arc_unpack *opt, struct err *err)
{
	struct arc_reader *r;
	if (!arc_open_bytes(bytes, STR("test.tgz"), limits, &r, err))
		return false;
	bool ok = arc_unpack(r, dir, opt, err);
	arc_close(r);
	return ok;
}

struct entry {
	const char *name;
	char type;
	const char *target, *data;
};

static void test_refused(void **state)
{
	static const struct {
		const char *says; /* NULL: unpacks */
		enum err_kind kind;
		struct entry e[4];
	} rows[] = {
		{ NULL, 0, { { "c/a", '0', "", "x" }, { "c/b/", '5', "", "" }, { "c/l", '2', "a", "" }, { "c/h", '1', "c/a", "" } } },
		{ NULL, 0, { { "./c/a", '0', "", "x" }, { "c/", '5', "", "" }, { "c/b/l", '2', "../a", "" } } },
		{ "absolute", ERR_INTEGRITY, { { "/etc/x", '0', "", "x" } } },
		{ "out of its folder", ERR_INTEGRITY, { { "c/../../x", '0', "", "x" } } },
		{ "out of its folder", ERR_INTEGRITY, { { "..", '5', "", "" } } },
		{ "control character", ERR_INTEGRITY, { { "c/a\nb", '0', "", "x" } } },
		{ "backslash", ERR_INTEGRITY, { { "c\\a", '0', "", "x" } } },
		{ "not UTF-8", ERR_INTEGRITY, { { "c/\xff", '0', "", "x" } } },
		{ "special file", ERR_INTEGRITY, { { "c/fifo", '6', "", "" } } },
		{ "special file", ERR_INTEGRITY, { { "c/dev", '3', "", "" } } },
		{ "leads out", ERR_INTEGRITY, { { "c/l", '2', "../../x", "" } } },
		{ "leads out", ERR_INTEGRITY, { { "c/l", '2', "/etc/passwd", "" } } },
		{ "leads out", ERR_INTEGRITY, { { "l", '2', "..", "" } } },
		{ "leads out", ERR_INTEGRITY, { { "a/b/l", '2', "../c", "" }, { "m", '2', "a/b/l/../../..", "" } } },
		{ "through another link", ERR_INTEGRITY, { { "l", '2', "d", "" }, { "m", '2', "l/x", "" } } },
		{ "below a link", ERR_INTEGRITY, { { "l", '2', "d", "" }, { "d/", '5', "", "" }, { "l/x", '0', "", "x" } } },
		{ "below a link", ERR_INTEGRITY, { { "l", '2', "d", "" }, { "l", '0', "", "x" } } },
		{ "leads to no file", ERR_INTEGRITY, { { "h", '1', "nowhere", "" } } },
		{ "out of its folder", ERR_INTEGRITY, { { "h", '1', "../x", "" } } },
		{ "only in case", ERR_INTEGRITY, { { "c/Readme", '0', "", "x" }, { "c/README", '0', "", "x" } } },
		{ "only in case", ERR_INTEGRITY, { { "C/a", '0', "", "x" }, { "c/b", '0', "", "x" } } },
		{ "comes twice", ERR_INTEGRITY, { { "a", '0', "", "x" }, { "a", '0', "", "y" } } },
		{ "comes twice", ERR_INTEGRITY, { { "a", '0', "", "x" }, { "a/b", '0', "", "y" } } },
		{ "folders in one name", ERR_LIMIT, { { "a/b/c/d/e/f/g/h/i", '0', "", "x" } } },
		{ "bytes in one file", ERR_LIMIT, { { "a", '0', "", "12345678901" } } },
		{ "unpacked bytes", ERR_LIMIT, { { "a", '0', "", "1234567" }, { "b", '0', "", "1234567" } } },
		{ "bytes in one name", ERR_LIMIT, { { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", '0', "", "" } } },
		{ "entries", ERR_LIMIT, { { "a", '5', "", "" }, { "b", '5', "", "" }, { "c", '5', "", "" }, { "d", '5', "", "" } } },
	};
	struct arc_limits limits = { .total_bytes = 12, .file_bytes = 10, .entries = 4, .path_bytes = 32, .depth = 8 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_BUF tar = { 0 };
		AUTO_ERR err = { 0 };
		struct str dir = scratch(&a);
		bool entries = rows[i].says && strcmp(rows[i].says, "entries") == 0;
		limits.entries = entries ? 3 : 4;
		for (size_t k = 0; k < 4 && rows[i].e[k].name; k++)
			raw_entry(&tar, rows[i].e[k].name, rows[i].e[k].type, rows[i].e[k].target, rows[i].e[k].data);
		bool ok = unpack(buf_str(&tar), dir, &limits, &(struct arc_unpack){ .keep_links = true }, &err);
		if (ok != !rows[i].says || (!ok && (err.kind != rows[i].kind || !strstr(err.message, rows[i].says))))
			fail_msg("row %zu: %s, want %s", i, ok ? "unpacked" : err.message, rows[i].says ? rows[i].says : "success");
		err_deinit(&err);
		assert_true(fs_remove_tree(dir, &err));
		arena_deinit(&a);
	}
}

static void test_strip(void **state)
{
	struct arena a = { 0 };
	AUTO_BUF tar = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir = scratch(&a), text;
	raw_entry(&tar, "redis/Chart.yaml", '0', "", "name: redis\n");
	raw_entry(&tar, "redis/run.sh", '0', "", "#!\n");
	raw_entry(&tar, "other/x", '0', "", "x");
	raw_entry(&tar, "rediss/x", '0', "", "x");
	assert_true(unpack(buf_str(&tar), dir, NULL, &(struct arc_unpack){ .strip = 0, .only = STR_INIT("redis") }, &err));
	fs_entries entries = { 0 };
	assert_true(fs_list(dir, &a, &entries, &err));
	assert_int_equal(entries.n, 2);
	assert_true(fs_read(arena_fmt(&a, "%.*s/Chart.yaml", STR_ARG(dir)), 0, &a, &text, &err));
	same(text, "name: redis\n");
	struct stat st;
	assert_true(fs_stat(arena_fmt(&a, "%.*s/run.sh", STR_ARG(dir)), FS_NOFOLLOW, &st));
	assert_int_equal(st.st_mode & 07777, 0755); /* no setuid */
	/* A folder with something in it is never unpacked into. */
	assert_false(unpack(buf_str(&tar), dir, NULL, &(struct arc_unpack){ 0 }, &err));
	assert_int_equal(err.kind, ERR_CONFLICT);
	err_deinit(&err);
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
}

static struct str write_sample(struct buf *out, enum arc_format format, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct arc_writer *w;
	char longname[181];
	memset(longname, 'n', 180);
	longname[180] = '\0';
	longname[90] = '/';
	assert_true(arc_writer_new(-1, &(struct arc_writer_options){ format }, &w, &err));
	assert_true(arc_add(w, &(struct arc_item){ STR("d"), .type = ARC_DIR, .mode = 0755 }, STR(""), &err));
	assert_true(arc_add(w, &(struct arc_item){ STR("d/f"), .type = ARC_FILE, .mode = 0644, .mtime = 12345 }, STR("content"), &err));
	assert_true(arc_add(w, &(struct arc_item){ STR("d/empty"), .type = ARC_FILE, .mode = 0644 }, STR(""), &err));
	assert_true(arc_add(w, &(struct arc_item){ STR("d/l"), STR("f"), ARC_SYMLINK, 0777 }, STR(""), &err));
	assert_true(arc_add(w, &(struct arc_item){ STR("d/h"), STR("d/f"), ARC_HARDLINK, 0644 }, STR(""), &err));
	assert_true(arc_add(w, &(struct arc_item){ str_c(longname), .type = ARC_FILE, .mode = 0600 }, STR("long"), &err));
	assert_true(arc_add(w, &(struct arc_item){ STR("d/\xc3\xa4\xe2\x82\xac"), .type = ARC_FILE, .mode = 0600 }, STR("utf8"), &err));
	assert_true(arc_writer_finish(w, out, &err));
	arc_writer_free(w);
	return arena_str(a, str_c(longname));
}

static void test_round_trip(void **state)
{
	static const enum arc_format formats[] = { ARC_TAR, ARC_TAR_GZ };
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct arena a = { 0 };
		AUTO_BUF once = { 0 }, twice = { 0 };
		AUTO_ERR err = { 0 };
		struct str longname = write_sample(&once, formats[i], &a);
		write_sample(&twice, formats[i], &a);
		assert_int_equal(once.n, twice.n);
		assert_memory_equal(once.p, twice.p, once.n);
		const struct { const char *path, *target, *data; enum arc_type type; } rows[] = {
			{ "d", "", "", ARC_DIR }, { "d/f", "", "content", ARC_FILE }, { "d/empty", "", "", ARC_FILE },
			{ "d/l", "f", "", ARC_SYMLINK }, { "d/h", "d/f", "", ARC_HARDLINK }, { longname.p, "", "long", ARC_FILE },
			{ "d/\xc3\xa4\xe2\x82\xac", "", "utf8", ARC_FILE },
		};
		struct arc_reader *r;
		struct arc_item item;
		struct str data;
		bool more;
		assert_true(arc_open_bytes(buf_str(&once), STR("x"), NULL, &r, &err));
		assert_true(arc_borrows(r));
		for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
			assert_true(arc_next(r, &item, &more, &err) && more);
			same(item.path, rows[k].path);
			same(item.target, rows[k].target);
			assert_int_equal(item.type, rows[k].type);
			assert_true(arc_read(r, &a, &data, &err));
			same(data, rows[k].data);
		}
		assert_true(arc_next(r, &item, &more, &err));
		assert_false(more);
		arc_close(r);
		arena_deinit(&a);
	}
}

/* Cut anywhere, an archive is an error or, where a whole number of entries is left, shorter; never more than that. */
static void test_truncated(void **state)
{
	struct arena a = { 0 };
	AUTO_BUF tar = { 0 }, tgz = { 0 };
	AUTO_ERR err = { 0 };
	write_sample(&tar, ARC_TAR, &a);
	write_sample(&tgz, ARC_TAR_GZ, &a);
	for (size_t n = 0; n < tar.n; n += 37) {
		char *exact = xstrndup(tar.p, n);
		struct arc_reader *r;
		struct arc_item item;
		bool more = true, ok = arc_open_bytes((struct str){ exact, n }, STR("x"), NULL, &r, &err);
		if (ok) {
			for (int k = 0; ok && more && k < 20; k++)
				ok = arc_next(r, &item, &more, &err);
			arc_close(r);
		}
		assert_true(ok || err.kind == ERR_INTEGRITY || err.kind == ERR_SYNTAX);
		err_deinit(&err);
		free(exact);
	}
	for (size_t n = 3; n < tgz.n; n++) {
		char *exact = xstrndup(tgz.p, n);
		AUTO_BUF out = { 0 };
		assert_false(arc_gunzip((struct str){ exact, n }, 1 << 20, &out, &err));
		assert_int_equal(err.kind, ERR_INTEGRITY);
		err_deinit(&err);
		free(exact);
	}
	tgz.p[tgz.n / 2] ^= 1;
	struct arc_reader *r;
	assert_false(arc_open_bytes(buf_str(&tgz), STR("x"), NULL, &r, &err));
	assert_int_equal(err.kind, ERR_INTEGRITY);
	arena_deinit(&a);
}

static void test_gzip(void **state)
{
	AUTO_BUF packed = { 0 }, back = { 0 }, zeros = { 0 };
	AUTO_ERR err = { 0 };
	assert_true(arc_gzip(STR("hello "), 6, &packed, &err));
	assert_true(arc_gzip(STR("world"), 1, &packed, &err)); /* a second member */
	assert_true(arc_gunzip(buf_str(&packed), 100, &back, &err));
	same(buf_str(&back), "hello world");
	assert_false(arc_gunzip(buf_str(&packed), 10, &back, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	err_deinit(&err);
	same(buf_str(&back), "hello world");
	assert_false(arc_gunzip(STR("plain"), 10, &back, &err));
	err_deinit(&err);
	/* A bomb: 64 MiB of zeros in 64 KiB. */
	buf_add_repeat(&zeros, '\0', 64 << 20);
	buf_clear(&packed);
	assert_true(arc_gzip(buf_str(&zeros), 6, &packed, &err));
	struct arc_reader *r;
	assert_false(arc_open_bytes(buf_str(&packed), STR("bomb.tgz"), NULL, &r, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
}

/* What others write: zip and xz go through libarchive. */
static void test_foreign(void **state)
{
	static const char *const make[] = {
		"cd %s && mkdir -p c && echo hello >c/f && python3 -c 'import shutil; shutil.make_archive(\"a\", \"zip\", \".\", \"c\")' 2>/dev/null && mv a.zip a",
		"cd %s && mkdir -p c && echo hello >c/f && tar cJf a c 2>/dev/null",
		"cd %s && mkdir -p c && echo hello >c/f && tar --format=gnu -czf a c",
		"cd %s && mkdir -p c && echo hello >c/f && tar --format=v7 -cf a c",
	};
	for (size_t i = 0; i < ARRAY_LEN(make); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct str dir = scratch(&a), text;
		char command[600];
		snprintf(command, sizeof(command), make[i], dir.p);
		if (system(command) == 0) {
			struct arc_reader *r;
			assert_true(arc_open_file(arena_fmt(&a, "%s/a", dir.p), NULL, &r, &err));
			assert_true(arc_unpack(r, arena_fmt(&a, "%s/out", dir.p), &(struct arc_unpack){ .only = STR_INIT("c") }, &err));
			arc_close(r);
			assert_true(fs_read(arena_fmt(&a, "%s/out/f", dir.p), 0, &a, &text, &err));
			same(text, "hello\n");
		}
		assert_true(fs_remove_tree(dir, &err));
		arena_deinit(&a);
	}
	AUTO_ERR err = { 0 };
	struct arc_reader *r;
	assert_false(arc_open_bytes(STR("<html>not an archive</html>"), STR("x.tgz"), NULL, &r, &err));
	assert_int_equal(err.kind, ERR_SYNTAX);
	err_deinit(&err);
	assert_false(arc_open_file(STR("/nonexistent.tgz"), NULL, &r, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_strip), cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_gzip),  cmocka_unit_test(test_foreign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
