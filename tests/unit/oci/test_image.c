/* Images: the same input gives the same digests, whatever the order; a built image reads back; damage is noticed. */
#include "unit.h"

#include "base/fs.h"
#include "base/path.h"
#include "data/json.h"
#include "oci/layer.h"

static void add(oci_files *files, struct arena *a, const char *path, const char *text, uint32_t mode)
{
	vec_push_in(files, a, (struct oci_file){ .path = str_c(path), .bytes = str_c(text), .mode = mode });
}

static struct oci_image build(struct arena *a, const struct oci_image *base, const oci_files *files)
{
	static const struct str env[] = { STR_INIT("A=1"), STR_INIT("PATH=/bin") }, entry[] = { STR_INIT("/bin/x") }, ports[] = { STR_INIT("80") };
	struct oci_settings s = { .os = STR("linux"), .architecture = STR("amd64"), .env = env, .env_count = 2, .entrypoint = entry,
				  .entrypoint_count = 1, .ports = ports, .port_count = 1, .user = STR("1000") };
	struct oci_image image;
	AUTO_ERR err = { 0 };
	struct oci_layer layer;
	if (!oci_layer_build(files, a, &layer, &err) || !oci_image_build(base, &layer, &s, a, &image, &err))
		fail_msg("%s", err.message);
	return image;
}

static void test_deterministic(void **state)
{
	struct arena a = { 0 };
	struct oci_image none = { 0 };
	oci_files one = { 0 }, other = { 0 };
	add(&one, &a, "/bin/x", "#!/bin/sh\n", 0755);
	add(&one, &a, "/etc/conf.d/y", "y", 0644);
	add(&other, &a, "/etc/conf.d/y", "y", 0644);
	add(&other, &a, "/bin/x", "#!/bin/sh\n", 0755);
	struct oci_image x = build(&a, &none, &one), y = build(&a, &none, &other);
	assert_true(digest_eq(&x.manifest.digest, &y.manifest.digest));
	add(&other, &a, "/new", "", 0644);
	y = build(&a, &none, &other);
	assert_false(digest_eq(&x.manifest.digest, &y.manifest.digest));
	arena_deinit(&a);
}

static void test_config(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct oci_image none = { 0 };
	oci_files files = { 0 }, more = { 0 };
	struct value config;
	add(&files, &a, "/bin/x", "1", 0755);
	add(&more, &a, "/bin/y", "2", 0755);
	struct oci_image base = build(&a, &none, &files), top = build(&a, &base, &more);
	assert_int_equal(top.layers.n, 2);
	assert_true(digest_eq(&top.layers.p[0].digest, &base.layers.p[0].digest));
	assert_true(json_parse(top.config.bytes, NULL, &a, &config, &err));
	same(value_find_str(config, "config.User"), "1000");
	same(value_find_str(config, "architecture"), "amd64");
	assert_int_equal(value_list_len(*value_find(config, "rootfs.diff_ids")), 2);
	assert_int_equal(value_list_len(*value_find(config, "config.Env")), 2); /* the base's A and PATH are replaced, not doubled */
	assert_non_null(value_map_get(*value_find(config, "config.ExposedPorts"), STR("80/tcp")));
	arena_deinit(&a);
}

static void put(struct arena *a, struct str dir, const struct oci_blob *b)
{
	AUTO_ERR err = { 0 };
	char hex[DIGEST_HEX_LEN + 1];
	digest_hex(&b->digest, hex);
	assert_true(fs_write(arena_fmt(a, "%.*s/blobs/sha256/%s", STR_ARG(dir), hex), b->bytes, 0644, FS_NO_SYNC, &err));
}

static void test_layout(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct oci_image none = { 0 }, back;
	struct oci_platform platform = { STR("linux"), STR("amd64"), STR("") };
	oci_files files = { 0 };
	struct str dir, name = STR("x");
	add(&files, &a, "/bin/x", "1", 0755);
	struct oci_image image = build(&a, &none, &files);
	assert_true(fs_mkdtemp(STR("/tmp/raibid-oci-"), &a, &dir, &err));
	assert_true(fs_mkdirs(path_join(&a, dir, STR("blobs/sha256")), 0755, &err));
	put(&a, dir, &image.manifest);
	put(&a, dir, &image.config);
	put(&a, dir, &image.layers.p[0]);
	assert_true(fs_write(path_join(&a, dir, STR("index.json")), oci_layout_index(&image, &name, 1, &a), 0644, FS_NO_SYNC, &err));
	assert_true(oci_layout_read(dir, &platform, &a, &back, &err));
	assert_true(digest_eq(&back.manifest.digest, &image.manifest.digest));
	assert_int_equal(back.layers.n, 1);
	struct oci_blob wrong = image.layers.p[0];
	wrong.bytes = STR("other bytes");
	put(&a, dir, &wrong);
	assert_false(oci_layout_read(dir, &platform, &a, &back, &err));
	assert_int_equal(err.kind, ERR_INTEGRITY);
	err_deinit(&err);
	assert_true(fs_remove_tree(dir, &err));
	arena_deinit(&a);
}

static void test_refused(void **state)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct oci_layer layer;
	oci_files twice = { 0 }, relative = { 0 };
	add(&twice, &a, "/x", "1", 0644);
	add(&twice, &a, "/x", "2", 0644);
	add(&relative, &a, "x", "1", 0644);
	assert_false(oci_layer_build(&twice, &a, &layer, &err));
	assert_int_equal(err.kind, ERR_CONFLICT);
	err_deinit(&err);
	assert_false(oci_layer_build(&relative, &a, &layer, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	err_deinit(&err);
	struct oci_platform p;
	assert_false(oci_platform_parse(STR("linux"), &p, &err));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_deterministic), cmocka_unit_test(test_config), cmocka_unit_test(test_layout),
					    cmocka_unit_test(test_refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
