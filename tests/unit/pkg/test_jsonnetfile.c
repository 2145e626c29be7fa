/* jsonnetfiles and git URLs: what they become, and what is refused. */
#include "unit.h"

#include "pkg/git.h"
#include "pkg/jsonnetfile.h"

static void test_remotes(void **state)
{
	static const struct { const char *remote, *subdir, *written, *package, *short_name; } rows[] = {
		{ "https://github.com/grafana/jsonnet-libs.git", "ksonnet-util", "https://github.com/grafana/jsonnet-libs.git",
		  "github.com/grafana/jsonnet-libs/ksonnet-util", "ksonnet-util" },
		{ "https://github.com/a/b", "", "https://github.com/a/b.git", "github.com/a/b", "b" },
		{ "https://github.com/a/b/", "/x/./y/", "https://github.com/a/b.git", "github.com/a/b/x/y", "y" },
		{ "git@host.example:a/b.git", "c", "ssh://git@host.example/a/b.git", "host.example/a/b/c", "c" },
		{ "git+ssh://git@h/a/b", "", "ssh://git@h/a/b.git", "h/a/b", "b" },
		{ "https://h:8443/a/b/c/d.git", "", "https://h:8443/a/b/c/d.git", "h/a/b/c/d", "d" },
		{ "file:///srv/git/x.git", "", "file:///srv/git/x.git", "srv/git/x", "x" },
		{ "http://h/x", "", "http://h/x", "h/x", "x" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct pkg_jsonnetfile f;
		struct str text = arena_fmt(&a, "{\"version\": 1, \"dependencies\": [{\"source\": {\"git\": {\"remote\": \"%s\", \"subdir\": \"%s\"}}, \"version\": \"v1\"}]}",
					    rows[i].remote, rows[i].subdir);
		if (!pkg_jsonnetfile_parse(STR("f"), text, &a, &f, &err))
			fail_msg("%s: %s", rows[i].remote, err.message);
		same(f.deps.p[0].remote, rows[i].written);
		same(f.deps.p[0].package, rows[i].package);
		same(pkg_dep_short_name(&f.deps.p[0]), rows[i].short_name);
		assert_true(f.legacy_imports);
		arena_deinit(&a);
	}
}

static void test_urls(void **state)
{
	static const struct { const char *url, *remote, *path, *ref; } rows[] = {
		{ "git+https://h/a/b", "https://h/a/b", "", "" },
		{ "git+https://h/a/b.git//charts/x?ref=v1.0", "https://h/a/b.git", "charts/x", "v1.0" },
		{ "git+https://h/a//./x/../y/", "https://h/a", "y", "" },
		{ "git+ssh://git@h:22/a?ref=feature/x", "ssh://git@h:22/a", "", "feature/x" },
		{ "git+file:///srv/a.git//c", "file:///srv/a.git", "c", "" },
		{ "git+http://h/a//", "http://h/a", "", "" },
		{ "https://h/a", NULL, NULL, NULL },
		{ "git+https://h", NULL, NULL, NULL },
		{ "git+https:///a", NULL, NULL, NULL },
		{ "git+https://u@h/a", NULL, NULL, NULL },
		{ "git+ssh://git:pw@h/a", NULL, NULL, NULL },
		{ "git+ssh://-oX=y@h/a", NULL, NULL, NULL },
		{ "git+ext::sh -c x", NULL, NULL, NULL },
		{ "git+https://h/a b", NULL, NULL, NULL },
		{ "git+https://h/a?ref=-x", NULL, NULL, NULL },
		{ "git+https://h/a?ref=a..b", NULL, NULL, NULL },
		{ "git+https://h/a?ref=a@{1}", NULL, NULL, NULL },
		{ "git+https://h/a?ref=x.lock", NULL, NULL, NULL },
		{ "git+https://h/a//../x", NULL, NULL, NULL },
		{ "git+https://h/a//x?y=z", NULL, NULL, NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct pkg_git_place p;
		bool ok = pkg_git_parse(str_c(rows[i].url), &a, &p, &err);
		if (ok != (rows[i].remote != NULL))
			fail_msg("%s: %s", rows[i].url, ok ? "was accepted" : err.message);
		if (ok) {
			same(p.remote, rows[i].remote);
			same(p.path, rows[i].path);
			same(p.ref, rows[i].ref);
		}
		arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_remotes), cmocka_unit_test(test_urls) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
