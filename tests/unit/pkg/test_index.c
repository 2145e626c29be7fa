/* The streamed index: the same answer however the text is cut into pieces; forms that repositories serve; what is no index. */
#include "unit.h"

#include "pkg/index.h"

static const char block[] =
	"# made by hand\n"
	"apiVersion: v1\n"
	"entries:\n"
	"  other:\n"
	"  - version: 1.0.0\n"
	"    urls: [o-1.tgz]\n"
	"  redis:\n"
	"  - description: |\n"
	"      redis:\n"
	"\n"
	"      other:\n"
	"    # a comment\n"
	"    digest: abc\n"
	"    urls:\n"
	"    - https://h/redis-2.tgz\n"
	"    version: \"2.0.0\"\n"
	"  - urls: []\n"
	"    version: 1.9.0\n"
	"  - urls:\n"
	"    - redis-1.tgz\n"
	"    version: 1.0.0\n"
	"    annotations: {a: \"x\n"
	"      y\"}\n"
	"\n"
	"  redis-cluster:\n"
	"  - version: 3.0.0\n"
	"    urls: [c.tgz]\n"
	"generated: now\n"
	"redis: nothing\n";
static const char indented[] = "entries:\n    redis:\n        -   version: 2.0.0\n            digest: abc\n            urls:\n"
			       "                - https://h/redis-2.tgz\n        -   version: 1.0.0\n            urls: [redis-1.tgz]\n    z: []\n";
static const char quoted[] = "\"entries\":\n  \"redis\":\n  - {version: 2.0.0, digest: abc, urls: [\"https://h/redis-2.tgz\"]}\n"
			     "  - {version: 1.0.0, urls: [redis-1.tgz]}\n";
static const char json[] = "{\"apiVersion\": \"v1\", \"entries\": {\"redis\": [{\"version\": \"2.0.0\", \"digest\": \"abc\", \"urls\": "
			   "[\"https://h/redis-2.tgz\"]},\n {\"version\": \"1.0.0\", \"urls\": [\"redis-1.tgz\"]}]}}";
static const char braces[] = "apiVersion: v1\nentries: {redis: [{version: 2.0.0, digest: abc, urls: ['https://h/redis-2.tgz']},\n"
			     "  {version: 1.0.0, urls: [redis-1.tgz]}]}\n";
static const char windows[] = "\xef\xbb\xbf" "entries:\r\n  redis:\r\n  - version: 2.0.0\r\n    digest: abc\r\n    urls:\r\n    - https://h/redis-2.tgz\r\n"
			      "  - version: 1.0.0\r\n    urls: [redis-1.tgz]";

static void test_forms(void **state)
{
	static const char *const rows[] = { block, indented, quoted, json, braces, windows };
	struct str names[] = { STR("redis"), STR("nothing") };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str text = str_c(rows[i]);
		for (size_t piece = 1; piece <= text.n; piece = piece < 20 ? piece + 1 : piece * 3) {
			struct arena a = { 0 };
			AUTO_ERR err = { 0 };
			pkg_releases all;
			struct pkg_index *x = pkg_index_new(names, 2);
			for (size_t at = 0; at < text.n; at += piece)
				assert_true(pkg_index_feed(x, str_slice(text, at, at + piece), &err));
			assert_true(pkg_index_end(x, &err));
			if (!pkg_index_find(x, STR("redis"), &a, &all, &err))
				fail_msg("row %zu, pieces of %zu: %s", i, piece, err.message);
			assert_int_equal(all.n, 2);
			same(all.p[0].version, "2.0.0");
			same(all.p[0].digest, "abc");
			same(all.p[0].url, "https://h/redis-2.tgz");
			same(all.p[1].version, "1.0.0");
			same(all.p[1].url, "redis-1.tgz");
			same(all.p[1].digest, "");
			assert_false(pkg_index_find(x, STR("nothing"), &a, &all, &err));
			assert_int_equal(err.kind, ERR_NOT_FOUND);
			pkg_index_free(x);
			arena_deinit(&a);
		}
	}
}

static void test_bad(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "", "no entries" },
		{ "apiVersion: v1\n", "no entries" },
		{ "\n<!DOCTYPE html>\n<html>", "a page of HTML" },
		{ "entries:\n  redis:\n  - version: [\n", "yaml" },
		{ "{\"entries\": [", "yaml" },
		{ "entries:\n  redsi:\n  - version: 1.0.0\n", "no chart 'redis'" },
	};
	struct str names[] = { STR("redis") };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		pkg_releases all;
		struct pkg_index *x = pkg_index_new(names, 1);
		bool ok = pkg_index_feed(x, str_c(rows[i].text), &err) && pkg_index_end(x, &err) &&
			  pkg_index_find(x, names[0], &a, &all, &err);
		if (ok || !strstr(err.message, rows[i].says))
			fail_msg("row %zu: %s", i, ok ? "read" : err.message);
		if (i == ARRAY_LEN(rows) - 1)
			assert_string_equal(err.hint, "did you mean 'redsi'?");
		/* After a reset the same reader takes a good text. */
		err_deinit(&err);
		pkg_index_reset(x);
		assert_true(pkg_index_feed(x, str_c(block), &err) && pkg_index_end(x, &err) && pkg_index_find(x, names[0], &a, &all, &err));
		assert_int_equal(all.n, 2);
		pkg_index_free(x);
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
