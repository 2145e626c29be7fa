/* Image references and authentication challenges. */
#include "unit.h"

#include "oci/auth.h"
#include "oci/ref.h"

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_parse(void **state)
{
	static const struct { const char *in, *host, *path, *tag, *digest, *url; } rows[] = {
		{ "redis", "docker.io", "library/redis", "latest", "", "https://registry-1.docker.io" },
		{ "bitnami/redis:7.2", "docker.io", "bitnami/redis", "7.2", "", "https://registry-1.docker.io" },
		{ "ghcr.io/a/b", "ghcr.io", "a/b", "latest", "", "https://ghcr.io" },
		{ "localhost/a", "localhost", "a", "latest", "", "http://localhost" },
		{ "localhost:5000/a/b:c", "localhost:5000", "a/b", "c", "", "http://localhost:5000" },
		{ "127.0.0.1:5000/a", "127.0.0.1:5000", "a", "latest", "", "http://127.0.0.1:5000" },
		{ "host:80/a@sha256:" D64, "host:80", "a", "", "sha256:" D64, "https://host:80" },
		{ "a:v1@sha256:" D64, "docker.io", "library/a", "v1", "sha256:" D64, "https://registry-1.docker.io" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct oci_ref r;
		assert_true(oci_ref_parse(str_c(rows[i].in), &a, &r, &err));
		same(r.host, rows[i].host);
		same(r.path, rows[i].path);
		same(r.tag, rows[i].tag);
		same(r.digest, rows[i].digest);
		same(oci_ref_url(&a, &r, OCI_HTTPS), rows[i].url);
		arena_deinit(&a);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = { "", "A", "a/", "/a", "a//b", "a:", "a@sha256:12", "a@md5:" D64, "a b", "-a", "a-", "a:b c", "host:80/" };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		AUTO_ERR err = { 0 };
		struct oci_ref r;
		if (oci_ref_parse(str_c(rows[i]), &a, &r, &err))
			fail_msg("'%s' was taken", rows[i]);
		assert_int_equal(err.kind, ERR_SYNTAX);
		arena_deinit(&a);
	}
}

static void test_challenge(void **state)
{
	struct oci_challenge c;
	assert_true(oci_auth_challenge(STR("Bearer realm=\"https://a/token\",service=\"r\", scope=\"repository:x:pull,push\""), &c));
	assert_true(c.bearer);
	same(c.realm, "https://a/token");
	same(c.service, "r");
	same(c.scope, "repository:x:pull,push");
	assert_true(oci_auth_challenge(STR("basic realm=x"), &c));
	assert_false(c.bearer);
	assert_false(oci_auth_challenge(STR("Negotiate abc"), &c));
	assert_false(oci_auth_challenge(STR("Bearer service=\"r\""), &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse), cmocka_unit_test(test_refused), cmocka_unit_test(test_challenge) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
