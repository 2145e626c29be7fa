/* Kubeconfig files: which count, how they merge, what a context means. Files are written to a folder that is removed at the end. */
#include "unit.h"

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "kube/config.h"

struct fixture {
	struct arena a;
	struct str dir;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err err = { 0 };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-config-"), &f->a, &f->dir, &err));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	assert_true(fs_remove_tree(f->dir, &err));
	arena_deinit(&f->a);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *name, const char *text)
{
	struct err err = { 0 };
	struct str path = path_join(&f->a, f->dir, str_c(name));
	assert_true(fs_mkdirs(path_dir(&f->a, path), 0700, &err));
	assert_true(fs_write(path, str_c(text), 0600, FS_NO_SYNC, &err));
}

#define ONE(NAME, SERVER, TOKEN)                                                                                   \
	"apiVersion: v1\nkind: Config\nclusters: [{name: " NAME ", cluster: {server: '" SERVER "'}}]\n"            \
	"users: [{name: " NAME ", user: {token: " TOKEN "}}]\n"                                                   \
	"contexts: [{name: " NAME ", context: {cluster: " NAME ", user: " NAME ", namespace: " NAME "-ns}}]\n"

/* Runs kube_config_load with KUBECONFIG set to files of the fixture ("a:b"), or --kubeconfig where `flag`. */
static bool load(struct fixture *f, const char *files, const char *flag, const char *context, struct kube_config *out, bool *found,
		 struct err *err)
{
	AUTO_BUF list = { 0 };
	struct str rest = str_c(files), piece;
	buf_add_c(&list, "KUBECONFIG=");
	while (str_next(&rest, ':', &piece))
		buf_addf(&list, "%s%.*s/%.*s", list.p[list.n - 1] == '=' ? "" : ":", STR_ARG(f->dir), STR_ARG(piece));
	char *home = arena_cstr(&f->a, arena_fmt(&f->a, "HOME=%.*s/home", STR_ARG(f->dir)));
	char *environ[] = { home, *files ? arena_cstr(&f->a, buf_str(&list)) : NULL, NULL };
	const struct kube_config_options options = {
		.kubeconfig = flag ? path_join(&f->a, f->dir, str_c(flag)) : STR(""), .environ = environ, .cwd = f->dir
	};
	return kube_config_load(&options, str_c(context), &f->a, out, found, err);
}

static void test_merge(void **state)
{
	struct fixture *f = *state;
	put(f, "a", ONE("red", "https://a", "from-a") "current-context: red\n");
	put(f, "b", ONE("red", "https://b", "from-b") "current-context: blue\n");
	put(f, "c", ONE("blue", "https://c/", "from-c"));
	put(f, "empty", "");
	put(f, "home/.kube/config", ONE("home", "home:6443", "from-home") "current-context: home\n");
	static const struct {
		const char *files, *flag, *context, *server, *token, *namespace;
	} rows[] = {
		{ "a:b:c", NULL, "", "https://a", "from-a", "red-ns" },         /* the first file wins, whole entries */
		{ "b:a:c", NULL, "red", "https://b", "from-b", "red-ns" },
		{ "b:a:c", NULL, "", "https://c", "from-c", "blue-ns" },        /* current-context too; the slash goes */
		{ "missing:c:a", NULL, "blue", "https://c", "from-c", "blue-ns" }, /* missing ones are skipped */
		{ "empty:a", NULL, "", "https://a", "from-a", "red-ns" },
		{ "c", "a", "", "https://a", "from-a", "red-ns" },              /* --kubeconfig alone */
		{ "", NULL, "", "http://home:6443", "from-home", "home-ns" },   /* no scheme and no TLS: http, as client-go */
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct kube_config c;
		bool found;
		struct err err = { 0 };
		if (!load(f, rows[i].files, rows[i].flag, rows[i].context, &c, &found, &err))
			fail_msg("row %zu: %s", i, err.message);
		assert_true(found);
		same(c.server, rows[i].server);
		same(c.token, rows[i].token);
		same(c.namespace, rows[i].namespace);
	}
}

static void test_none(void **state)
{
	struct fixture *f = *state;
	struct kube_config c;
	bool found = true;
	struct err err = { 0 };
	put(f, "empty", "apiVersion: v1\nkind: Config\n");
	assert_true(load(f, "nothing", NULL, "", &c, &found, &err));
	assert_false(found);
	assert_true(load(f, "empty", NULL, "", &c, &found, &err));
	assert_false(found);
}

static void test_fields(void **state)
{
	struct fixture *f = *state;
	struct kube_config c;
	bool found;
	struct err err = { 0 };
	put(f, "sub/k", "clusters: [{name: x, cluster: {server: 'k:1', certificate-authority: ca.pem, tls-server-name: sni, proxy-url: 'http://p'}}]\n"
			"users: [{name: x, user: {client-certificate-data: Zm9v, client-key: ../key.pem, as: root, as-groups: [g]}}]\n"
			"contexts: [{name: x, context: {cluster: x, user: x}}]\ncurrent-context: x\n");
	assert_true(load(f, "sub/k", NULL, "", &c, &found, &err));
	same(c.server, "https://k:1"); /* a CA means TLS */
	same(c.ca_file, path_join(&f->a, f->dir, STR("sub/ca.pem")).p);
	same(c.key_file, path_join(&f->a, f->dir, STR("key.pem")).p);
	same(c.cert_pem, "foo");
	same(c.tls_server_name, "sni");
	same(c.proxy_url, "http://p");
	same(c.namespace, "default");
	same(c.as_user, "root");
	assert_int_equal(c.as_groups.n, 1);
	put(f, "sub/x", "clusters: [{name: x, cluster: {server: 'https://k'}}]\n"
			"users: [{name: x, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/p, interactiveMode: Never,"
			" args: [a, b], env: [{name: NAME, value: val}]}}}]\n"
			"contexts: [{name: x, context: {cluster: x, user: x}}]\ncurrent-context: x\n");
	assert_true(load(f, "sub/x", NULL, "", &c, &found, &err));
	same(c.exec->command, path_join(&f->a, f->dir, STR("sub/bin/p")).p);
	assert_int_equal(c.exec->args.n, 2);
	same(c.exec->env.p[0], "NAME=val");
	assert_int_equal(c.exec->interactive, KUBE_EXEC_NEVER);
}

/* What is wrong, and a part of what is said. */
static void test_errors(void **state)
{
	struct fixture *f = *state;
#define REST "contexts: [{name: x, context: {cluster: x, user: x}}]\ncurrent-context: x\n"
#define WITH_USER(U) "clusters: [{name: x, cluster: {server: 'https://k'}}]\nusers: [{name: x, user: {" U "}}]\n" REST
#define WITH_CLUSTER(C) "clusters: [{name: x, cluster: {" C "}}]\nusers: [{name: x, user: {token: t}}]\n" REST
	static const struct {
		const char *text, *context;
		enum err_kind kind;
		const char *part;
	} rows[] = {
		{ ONE("a", "https://a", "t"), "", ERR_USAGE, "sets no current-context" },
		{ ONE("a", "https://a", "t"), "b", ERR_NOT_FOUND, "context \"b\" does not exist" },
		{ "contexts: [{name: x, context: {cluster: gone}}]\n", "x", ERR_NOT_FOUND, "names cluster \"gone\"" },
		{ "clusters: [{name: x, cluster: {server: 'https://k'}}]\n" REST, "", ERR_NOT_FOUND, "names user \"x\"" },
		{ "a: [", "", ERR_SYNTAX, "did not find expected node content" },
		{ "kind: Pod\nclusters: []\n", "", ERR_SYNTAX, "kind is Pod" },
		{ "clusters: {}\n", "", ERR_SYNTAX, "clusters must be a list" },
		{ "clusters: [{name: a}, {name: a}]\n", "", ERR_SYNTAX, "defines 'a' twice" },
		{ WITH_CLUSTER("x: z"), "", ERR_USAGE, "no server found" },
		{ WITH_CLUSTER("server: 'ftp://x'"), "", ERR_USAGE, "neither http nor https" },
		{ WITH_CLUSTER("server: 'https://x', insecure-skip-tls-verify: true, certificate-authority: f"), "", ERR_USAGE, "insecure flag" },
		{ WITH_CLUSTER("server: 'https://x', certificate-authority-data: '*'"), "", ERR_SYNTAX, "illegal base64 data at input byte 0" },
		{ WITH_CLUSTER("server: 1"), "", ERR_SYNTAX, "server must be a string" },
		{ WITH_USER("token: t, username: u"), "", ERR_USAGE, "more than one authentication method" },
		{ WITH_USER("client-certificate: c"), "", ERR_USAGE, "client-key" },
		{ WITH_USER("as-uid: c"), "", ERR_USAGE, "impersonating" },
		{ WITH_USER("auth-provider: {name: gcp}"), "", ERR_USAGE, "auth-provider \"gcp\"" },
		{ WITH_USER("exec: {command: c}"), "", ERR_USAGE, "apiVersion must be specified" },
		{ WITH_USER("exec: {apiVersion: client.authentication.k8s.io/v1}"), "", ERR_USAGE, "command must be specified" },
		{ WITH_USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: c}"), "", ERR_USAGE, "interactiveMode must be" },
		{ WITH_USER("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: c}"), "", ERR_USAGE, "invalid apiVersion" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct kube_config c;
		bool found;
		AUTO_ERR err = { 0 };
		put(f, "k", rows[i].text);
		if (load(f, "", "k", rows[i].context, &c, &found, &err) || err.kind != rows[i].kind ||
		    !str_contains(str_c(err.message), str_c(rows[i].part)))
			fail_msg("row %zu: %s: %s", i, err_kind_name(err.kind), err.message ? err.message : "no error");
	}
	AUTO_ERR err = { 0 };
	struct kube_config c;
	bool found;
	assert_false(load(f, "", "absent", "", &c, &found, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void test_choices(void **state)
{
	struct fixture *f = *state;
	struct kube_configs configs;
	bool found;
	struct str context;
	AUTO_ERR err = { 0 };
	put(f, "k", "clusters: [{name: c1, cluster: {server: 'https://one:6443/'}}, {name: c2, cluster: {server: 'https://two'}}]\n"
		    "contexts: [{name: x, context: {cluster: c1}}, {name: why, context: {cluster: c2}}]\n");
	const struct kube_config_options options = { .kubeconfig = path_join(&f->a, f->dir, STR("k")), .cwd = f->dir };
	assert_true(kube_configs_load(&options, &f->a, &configs, &found, &err));
	assert_true(kube_configs_find_server(&configs, STR("two"), &f->a, &context, &err));
	same(context, "why");
	assert_true(kube_configs_find_server(&configs, STR("https://one:6443"), &f->a, &context, &err));
	same(context, "x");
	const struct str names[] = { STR_INIT("z"), STR_INIT("why"), STR_INIT("x") };
	assert_true(kube_configs_find_names(&configs, names, 3, &context, &err));
	same(context, "why");
	assert_false(kube_configs_find_names(&configs, names, 1, &context, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void test_pod(void **state)
{
	struct fixture *f = *state;
	char host[] = "KUBERNETES_SERVICE_HOST=fd00::1", port[] = "KUBERNETES_SERVICE_PORT=443";
	char *environ[] = { host, port, NULL };
	const struct kube_config_options options = { .environ = environ, .cwd = f->dir, .pod_dir = path_join(&f->a, f->dir, STR("pod")) };
	struct kube_config c;
	bool found;
	AUTO_ERR err = { 0 };
	assert_true(kube_config_load(&options, STR(""), &f->a, &c, &found, &err));
	assert_false(found);
	put(f, "pod/token", "t\n");
	put(f, "pod/namespace", "here\n");
	assert_true(kube_config_load(&options, STR(""), &f->a, &c, &found, &err));
	assert_true(found);
	same(c.server, "https://[fd00::1]:443");
	same(c.namespace, "here");
	same(c.ca_file, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_merge, setup, teardown),   cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fields, setup, teardown),  cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_choices, setup, teardown), cmocka_unit_test_setup_teardown(test_pod, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
