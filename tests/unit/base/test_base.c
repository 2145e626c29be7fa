/* Strings, buffers, maps, paths, numbers, files: one row a case. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/num.h"
#include "base/path.h"
#include "base/scratch.h"
#include "base/utf8.h"
#include "base/vec.h"

static void test_str(void **state)
{
	struct str a, b, rest = STR("a,,b"), piece;
	assert_true(str_cut(STR("k=v=w"), '=', &a, &b));
	same(a, "k");
	same(b, "v=w");
	assert_false(str_cut(STR("kv"), '=', &a, &b));
	same(a, "kv");
	assert_true(str_next(&rest, ',', &piece));
	same(piece, "a");
	assert_true(str_next(&rest, ',', &piece));
	same(piece, "");
	assert_true(str_next(&rest, ',', &piece));
	same(piece, "b");
	assert_false(str_next(&rest, ',', &piece));
	rest = STR("x\r\ny\n");
	assert_true(str_next_line(&rest, &piece));
	same(piece, "x");
	assert_true(str_next_line(&rest, &piece));
	same(piece, "y");
	assert_false(str_next_line(&rest, &piece));
	same(str_trim(STR(" \t x y\n")), "x y");
	assert_int_equal(str_rfind(STR("abcabc"), STR("bc")), 4);
	assert_int_equal(str_find(STR("abc"), STR("d")), STR_NPOS);
	assert_int_equal(str_distance(STR("biuld"), STR("build"), 5), 2);
	assert_int_equal(str_distance(STR("x"), STR("build"), 3), 3);
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	int64_t v = 7;
	assert_true(str_to_int(STR("-9223372036854775808"), &v));
	assert_true(v == INT64_MIN);
	assert_false(str_to_int(STR("9223372036854775808"), &v));
	assert_false(str_to_int(STR("-"), &v));
}

static void test_buf_arena(void **state)
{
	AUTO_BUF b = { 0 };
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i);
	assert_int_equal(b.n, 3890);
	buf_clear(&b);
	buf_add_rune(&b, 0x20AC);
	buf_add_rune(&b, 0xD800);
	same(buf_str(&b), "\xE2\x82\xAC\xEF\xBF\xBD");
	struct arena a = { 0 };
	VEC(int) v = { 0 };
	for (int i = 0; i < 10000; i++)
		vec_push_in(&v, &a, i);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(v.p[i], i);
	char *large = arena_alloc(&a, 5 << 20), *small = arena_alloc(&a, 16);
	large[0] = small[0] = 1;
	same(arena_fmt(&a, "%s-%d", "x", 5), "x-5");
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 1 << 20));
	arena_deinit(&a);
}

/* Arenas within arenas, and buffers that grow in one. */
static void test_arena_share(void **state)
{
	struct arena a = { 0 }, part = { 0 };
	(void)state;
	struct arena_reserve *reserve = arena_reserve(&a);
	for (int i = 0; i < 1000; i++)
		memset(arena_alloc(&a, 1024), 'a', 1024);
	arena_want(&a, 1 << 20);
	assert_true(arena_room(&a) < 1 << 20 && a.reserve);
	arena_populate(reserve);
	arena_want(&a, 1 << 20);
	assert_true(arena_room(&a) > 1 << 20 && !a.reserve);
	char *before = arena_alloc(&a, 8192);
	memset(before, 'b', 8192);
	arena_share(&a, &part, 1024);
	assert_true(arena_room(&part) == 1024);
	char *inside = arena_alloc(&part, 1000), *outside = arena_alloc(&part, 4096);
	assert_true(inside > before && inside < before + 10240);
	memset(inside, 'i', 1000);
	memset(outside, 'o', 4096);
	arena_adopt(&a, &part);
	assert_true(part.blocks == NULL && inside[999] == 'i' && outside[4095] == 'o');

	struct buf b = { .arena = &a };
	buf_add_repeat(&b, 'x', 100);
	struct str first = buf_cut(&b);
	buf_add_c(&b, "second");
	struct str second = buf_cut(&b);
	assert_true(second.p == first.p + 104 && first.n == 100 && first.p[100] == '\0');
	same(second, "second");
	assert_true(buf_cut(&b).n == 0);
	buf_deinit(&b);
	arena_share(&a, &part, 100);
	arena_deinit(&part);
	/* What an adopted arena has left is used before a new block. */
	arena_share(&a, &part, 64 << 10);
	inside = arena_alloc(&part, 1000);
	arena_adopt(&a, &part);
	size_t total = a.total;
	while (arena_room(&a))
		(void)arena_alloc(&a, 1);
	assert_ptr_equal(arena_alloc(&a, 32 << 10), inside + arena_rounded(1000));
	assert_int_equal(a.total, total);
	arena_deinit(&a);
}

static void check_map(struct arena *a)
{
	struct map m;
	struct arena keys = { 0 };
	map_init(&m, sizeof(int), a);
	for (int i = 0; i < 1000; i++)
		*(int *)map_put(&m, arena_fmt(&keys, "k%d", 999 - i)) = i;
	assert_int_equal(map_len(&m), 1000);
	assert_int_equal(*(int *)map_find(&m, STR("k998")), 1);
	same(map_key(&m, 0), "k999");
	same(map_key(&m, map_sorted(&m, 1)), "k1");
	same(map_key(&m, map_sorted(&m, 2)), "k10");
	assert_true(map_remove(&m, STR("k999")));
	assert_false(map_remove(&m, STR("k999")));
	same(map_key(&m, 0), "k998");
	assert_int_equal(*(int *)map_find(&m, STR("k0")), 999);
	assert_null(map_find(&m, STR("nope")));
	map_clear(&m);
	assert_null(map_find(&m, STR("k1")));
	map_deinit(&m);
	arena_deinit(&keys);
}

/* The sorted view of many keys, some of which go on alike for long, are each other's beginning, or hold NUL. */
static void check_order(struct arena *a, size_t n, const char *prefix, size_t letters)
{
	struct map m;
	struct arena keys = { 0 };
	uint32_t seed = (uint32_t)n + 1;
	map_init(&m, 0, a);
	for (size_t i = 0; i < n; i++) {
		char text[40];
		size_t length = strlen(prefix);
		memcpy(text, prefix, length);
		for (size_t more = (seed = seed * 1664525 + 1013904223) >> 8 & 15; more > 0; more--)
			text[length++] = "\0ab\xFFzyx"[((seed = seed * 1664525 + 1013904223) >> 16) % letters];
		map_put(&m, arena_str(&keys, (struct str){ text, length }));
	}
	for (size_t i = 1; i < map_len(&m); i++)
		assert_true(str_cmp(map_key(&m, map_sorted(&m, i - 1)), map_key(&m, map_sorted(&m, i))) < 0);
	map_deinit(&m);
	arena_deinit(&keys);
}

static void test_map_order(void **state)
{
	struct arena a = { 0 };
	static const size_t counts[] = { 1, 2, 30, 255, 256, 257, 3000 };
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		for (size_t letters = 1; letters <= 7; letters++) {
			check_order(NULL, counts[i], "", letters);
			check_order(&a, counts[i], "a_common_beginning_", letters);
		}
	arena_deinit(&a);
}

static void test_map(void **state)
{
	struct arena a = { 0 };
	check_map(NULL);
	check_map(&a);
	arena_deinit(&a);
}

static void test_path(void **state)
{
	static const struct { const char *in, *clean, *dir, *base, *ext; } rows[] = {
		{ "", ".", ".", ".", "" },
		{ ".", ".", ".", ".", "." },
		{ "/", "/", "/", "/", "" },
		{ "a/b.c", "a/b.c", "a", "b.c", ".c" },
		{ "a//b/../c/", "a/c", "a/c", "c", "" },
		{ "../a", "../a", "..", "a", "" },
		{ "a/../../b", "../b", "..", "b", "" },
		{ "/../a", "/a", "/", "a", "" },
		{ "/a/..", "/", "/a", "..", "." },
		{ "./x", "x", ".", "x", "" },
	};
	static const struct { const char *base, *target, *rel; } rels[] = {
		{ "/a/b", "/a/c", "../c" }, { "/a", "/a", "." }, { "a", "a/b/c", "b/c" }, { ".", "x", "x" }, { "/", "/x", "x" },
	};
	struct arena a = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		same(path_clean(&a, str_c(rows[i].in)), rows[i].clean);
		same(path_dir(&a, str_c(rows[i].in)), rows[i].dir);
		same(path_base(str_c(rows[i].in)), rows[i].base);
	}
	for (size_t i = 0; i < ARRAY_LEN(rels); i++) {
		struct str rel;
		assert_true(path_rel(&a, str_c(rels[i].base), str_c(rels[i].target), &rel));
		same(rel, rels[i].rel);
	}
	assert_true(path_is_local(STR("a/../b")));
	assert_false(path_is_local(STR("a/../../b")));
	same(path_join(&a, STR("a"), STR("../b")), "b");
	arena_deinit(&a);
}

static void test_num(void **state)
{
	static const struct { double v; const char *g, *f; } rows[] = {
		{ 0, "0", "0" }, { 1, "1", "1" }, { 1e6, "1e+06", "1000000" }, { 123456, "123456", "123456" },
		{ 0.1, "0.1", "0.1" }, { 1.0 / 3, "0.3333333333333333", "0.3333333333333333" }, { -2.5, "-2.5", "-2.5" },
		{ 1e-5, "1e-05", "0.00001" }, { 1e21, "1e+21", "1000000000000000000000" }, { 5e-324, "5e-324", NULL },
		{ 0.30000000000000004, "0.30000000000000004", "0.30000000000000004" }, { 1234567, "1.234567e+06", "1234567" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF b = { 0 };
		num_add_float(&b, rows[i].v, 'g', -1);
		same(buf_str(&b), rows[i].g);
		buf_clear(&b);
		num_add_float(&b, rows[i].v, 'f', -1);
		if (rows[i].f)
			same(buf_str(&b), rows[i].f);
	}
	int64_t v;
	assert_true(num_parse_int(STR("0x_1F"), 0, &v) && v == 31);
	assert_true(num_parse_int(STR("017"), 0, &v) && v == 15);
	assert_true(num_parse_int(STR("-0b11"), 0, &v) && v == -3);
	assert_true(num_parse_int(STR("1_000"), 0, &v) && v == 1000);
	assert_false(num_parse_int(STR("1_000"), 10, &v));
	assert_false(num_parse_int(STR("9223372036854775808"), 10, &v));
	assert_false(num_parse_int(STR("08"), 0, &v));
	double d;
	assert_true(num_parse_float(STR("1e3"), &d) && d == 1000);
	assert_false(num_parse_float(STR("1e999"), &d));
	assert_false(num_parse_float(STR(" 1"), &d));
}

static void test_utf8(void **state)
{
	static const struct { const char *s; bool valid; size_t count, width; } rows[] = {
		{ "abc", true, 3, 3 }, { "\xC3\xA9", true, 1, 1 }, { "\xE6\x97\xA5", true, 1, 2 }, { "\xF0\x9F\x98\x80", true, 1, 2 },
		{ "\xC0\x80", false, 2, 2 }, { "\xED\xA0\x80", false, 3, 3 }, { "e\xCC\x81", true, 2, 1 },
		{ "\u2764", true, 1, 1 }, { "\u2764\uFE0F", true, 2, 2 }, { "\u231A\uFE0E", true, 2, 1 }, { "1\uFE0F\u20E3", true, 3, 2 },
		{ "\U0001F44D\U0001F3FD", true, 2, 2 }, { "a\U0001F3FD", true, 2, 3 }, { "\U0001F469\u200D\U0001F467", true, 3, 2 },
		{ "\U0001F469\u200D\u2764\uFE0F\u200D\U0001F469", true, 6, 2 }, { "\u0644\u0627", true, 2, 1 }, { "\u1160", true, 1, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(utf8_valid(str_c(rows[i].s)), rows[i].valid);
		assert_int_equal(utf8_count(str_c(rows[i].s)), rows[i].count);
		assert_int_equal(utf8_width(str_c(rows[i].s)), rows[i].width);
	}
}

static void test_err(void **state)
{
	struct err err = { 0 };
	assert_false(err_set(&err, ERR_IO, "cannot %s", "x"));
	assert_false(err_wrap(&err, "release '%s'", "redis"));
	assert_string_equal(err.message, "release 'redis': cannot x");
	err_at(&err, STR("f.yaml"), 2, 3);
	err_at(&err, STR("other"), 9, 9);
	err_excerpt(&err, STR("one\n\ttwo three\n"), 3);
	assert_string_equal(err.excerpt, "\ttwo three\n\t ^^^");
	assert_string_equal(err.pos.file, "f.yaml");
	err_deinit(&err);
	assert_int_equal(err.kind, ERR_NONE);
}

static bool count_visit(void *ctx, struct str path, const struct stat *st, struct err *err)
{
	buf_add(ctx, path);
	buf_add_char(ctx, ' ');
	return true;
}

static void test_fs(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir, got;
	fs_entries entries;
	assert_true(fs_mkdtemp(STR("/tmp/raibid-test-"), &a, &dir, &err));
	struct str sub = path_join(&a, dir, STR("b/c"));
	assert_true(fs_mkdirs(sub, 0755, &err));
	assert_true(fs_mkdirs(sub, 0755, &err));
	struct str file = path_join(&a, dir, STR("a"));
	assert_true(fs_write(file, STR("hello"), 0644, FS_SYNC, &err));
	assert_true(fs_write(file, STR("again"), 0600, FS_NO_SYNC, &err));
	assert_true(fs_read(file, 0, &a, &got, &err));
	same(got, "again");
	assert_true(fs_list(dir, &a, &entries, &err));
	assert_int_equal(entries.n, 2);
	assert_int_equal(entries.p[1].kind, FS_DIR);
	AUTO_BUF seen = { 0 };
	assert_true(fs_walk(dir, count_visit, &seen, &err));
	same(buf_str(&seen), "a b b/c ");
	assert_false(fs_read(file, 3, &a, &got, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	err_deinit(&err);
	assert_false(fs_mkdirs(path_join(&a, file, STR("x")), 0755, &err));
	err_deinit(&err);
	assert_true(fs_remove_tree(dir, &err));
	assert_true(fs_remove_tree(dir, &err));
	assert_false(fs_exists(dir));
	assert_false(fs_read(file, 0, &a, &got, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	arena_deinit(&a);
}

static bool is_left(struct str dir, const char *name, struct arena *a)
{
	return fs_exists(path_join(a, dir, str_c(name)));
}

static void test_sweep(void **state)
{
	static const struct { const char *name, *of; } names[] = {
		{ "a.yaml.tmp-AbC123", "a.yaml" }, { "a.tmp-x.tmp-abcdef", "a.tmp-x" }, { "a.tmp-12345", NULL }, { "a.tmp-1234567", NULL }, { ".tmp-123456", NULL },
		{ "a", NULL }, { "", NULL },
	};
	struct str of;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(fs_is_temporary(str_c(names[i].name), &of), names[i].of != NULL);
		if (names[i].of)
			same(of, names[i].of);
	}
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir;
	assert_true(fs_mkdtemp(STR("/tmp/base-"), &a, &dir, &err));
	static const char *const files[] = { "a", "a.tmp-abcdef", "a.tmp-ABCDEF", "b.tmp-abcdef", "a.tmp-long-one" };
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		assert_true(fs_write(path_join(&a, dir, str_c(files[i])), STR("x"), 0644, FS_NO_SYNC, &err));
	fs_sweep(path_join(&a, dir, STR("a")));
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		assert_int_equal(is_left(dir, files[i], &a), i != 1 && i != 2);
	assert_true(fs_remove_tree(dir, &err));
	fs_sweep(path_join(&a, dir, STR("a")));
	arena_deinit(&a);
}

struct waited {
	int begins, asked;
};

static void begins(void *ctx)
{
	((struct waited *)ctx)->begins++;
}

static bool goes_on_once(void *ctx, struct err *err)
{
	return ((struct waited *)ctx)->asked++ == 0 || err_set(err, ERR_CANCELLED, "enough");
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void test_lock(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str dir;
	struct waited waited = { 0 };
	const struct fs_wait wait = { begins, goes_on_once, &waited };
	const struct sigaction interrupt = { .sa_handler = on_alarm };
	const struct itimerval soon = { { 0, 10000 }, { 0, 10000 } }, never = { 0 };
	int held = -1, mine = -1;
	(void)state;
	assert_true(fs_mkdtemp(STR("/tmp/base-"), &a, &dir, &err));
	/* A lock belongs to what was opened, so another descriptor is as good as another process. */
	assert_true(fs_lock_folder(dir, &wait, &held, &err));
	assert_int_equal(waited.begins, 0);
	sigaction(SIGALRM, &interrupt, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_false(fs_lock_folder(dir, &wait, &mine, &err));
	setitimer(ITIMER_REAL, &never, NULL);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_int_equal(waited.begins, 1);
	assert_int_equal(waited.asked, 2);
	assert_int_equal(mine, -1);
	base_close_fd(&held);
	assert_true(fs_lock_folder(dir, NULL, &mine, &err));
	base_close_fd(&mine);
	assert_true(fs_remove_tree(dir, &err));
	err_deinit(&err);
	assert_false(fs_lock_folder(dir, NULL, &mine, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	arena_deinit(&a);
}

static void test_scratch(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str parent;
	struct scratch one, two, three;
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	assert_true(fs_mkdtemp(STR("/tmp/base-"), &a, &parent, &err));
	assert_true(scratch_make(parent, "kind-", &a, &one, &err) && scratch_make(parent, "kind-", &a, &two, &err));
	/* A lock that is gone, as with its process, and one that is held; both old. */
	base_close_fd(&two.lock);
	assert_int_equal(utimensat(AT_FDCWD, arena_cstr(&a, one.dir), old, 0) | utimensat(AT_FDCWD, arena_cstr(&a, two.dir), old, 0), 0);
	assert_true(scratch_make(parent, "kind-", &a, &three, &err));
	assert_true(fs_is_dir(one.dir) && !fs_is_dir(two.dir) && fs_is_dir(three.dir));
	scratch_remove(&one);
	scratch_remove(&three);
	scratch_remove(&three);
	assert_false(fs_is_dir(three.dir));
	assert_true(fs_remove_tree(parent, &err));
	assert_false(scratch_make(parent, "kind-", &a, &one, &err));
	char *const environ[] = { "TMPDIR=relative", NULL }, *const absolute[] = { "TMPDIR=/x", NULL };
	same(scratch_parent(environ), "/tmp");
	same(scratch_parent(absolute), "/x");
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sweep), cmocka_unit_test(test_lock), cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_str), cmocka_unit_test(test_buf_arena), cmocka_unit_test(test_arena_share), cmocka_unit_test(test_map), cmocka_unit_test(test_map_order),
		cmocka_unit_test(test_path), cmocka_unit_test(test_num), cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_err), cmocka_unit_test(test_fs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
