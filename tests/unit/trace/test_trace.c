/* What is seen of commands: what they read, looked for, listed and made; and what makes a result uncacheable. Each row runs in a folder of its own, which holds
 * a.txt, b.txt, sub/c.txt, empty.txt, a link and a script. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "trace/trace.h"

extern char **environ;

struct fixture {
	struct arena arena;
	struct str dir;
	const char *probe;
};

static const char *const letters[] = { "", "F", "A", "K", "L", "S", "T", "O" };

static void put(struct fixture *x, const char *name, const char *bytes, mode_t mode)
{
	struct err err = { 0 };
	assert_true(fs_write(path_join(&x->arena, x->dir, str_c(name)), str_c(bytes), mode, FS_NO_SYNC, &err));
}

static void fill(struct fixture *x)
{
	struct err err = { 0 };
	assert_true(fs_mkdtemp(STR("/tmp/raibid-trace-"), &x->arena, &x->dir, &err));
	assert_int_equal(chdir(x->dir.p), 0);
	assert_int_equal(mkdir("sub", 0777), 0);
	put(x, "a.txt", "a\n", 0644);
	put(x, "b.txt", "b\n", 0644);
	put(x, "sub/c.txt", "c\n", 0644);
	put(x, "empty.txt", "", 0644);
	put(x, "script", "#!/bin/cat\nx\n", 0755);
	assert_int_equal(symlink("sub/c.txt", "link"), 0);
}

static int set_up(void **state)
{
	struct fixture *x = xcalloc(1, sizeof(*x));
	x->probe = PROBE;
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	arena_deinit(&x->arena);
	free(x);
	return 0;
}

/* Entries of the folder itself as "F a.txt, O out", those elsewhere left out. */
static struct str shown(const struct fixture *x, const struct traced *t, struct arena *a)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < t->entries.n; i++) {
		const struct traced_entry *e = &t->entries.p[i];
		struct str name = str_drop_prefix(e->path, x->dir);
		/* That a file is looked at besides being read is of no interest here. */
		if (name.n == e->path.n || e->kind == TRACED_KIND)
			continue;
		buf_addf(&b, "%s%s %s", b.n ? ", " : "", letters[e->kind], name.n ? "" : ".");
		buf_add(&b, str_drop_prefix(name, STR("/")));
	}
	return buf_to_arena(&b, a);
}

/* What a daemon still does may come in between. */
static void remove_dir(struct fixture *x)
{
	bool removed = false;
	assert_int_equal(chdir("/"), 0);
	for (int i = 0; i < 100 && !removed; i++) {
		struct err err = { 0 };
		removed = fs_remove_tree(x->dir, &err);
		err_deinit(&err);
		if (!removed)
			usleep(20000);
	}
	assert_true(removed);
}

struct row {
	const char *command; /* for sh; a word that begins with @ is `probe` with that deed */
	const char *seen;    /* NULL: of no interest */
	const char *reason;  /* a part of it; NULL: cacheable */
};

static void check(struct fixture *x, const struct row *r)
{
	struct traced t;
	struct err err = { 0 };
	int status = 0;
	char probe[512];
	fill(x);
	snprintf(probe, sizeof(probe), "exec %s %s", x->probe, r->command + 1);
	const char *argv[] = { "/bin/sh", "-c", r->command[0] == '@' ? probe : r->command, NULL };
	char *env[] = { "PATH=/usr/bin:/bin", "TMPDIR=/tmp", "LC_ALL=C", "ASAN_OPTIONS=detect_leaks=0", NULL }; /* a leak checker is a debugger */
	struct trace_options options = { .root = x->dir };
	struct trace_command command = { .argv = argv, .environ = env };
	assert_true(trace_run(&options, &command, &status, &x->arena, &t, &err));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		return; /* this machine cannot do it */
	if (status != 0 && r->command[0] == '@')
		fail_msg("'%s' ended with status %x", r->command, (unsigned)status);
	if (r->seen && !str_eq_c(shown(x, &t, &x->arena), r->seen))
		fail_msg("'%s' saw\n  got:  %s\n  want: %s", r->command, shown(x, &t, &x->arena).p, r->seen);
	bool as_wanted = r->reason ? str_contains(t.reason, str_c(r->reason)) : t.reason.n == 0;
	if (!as_wanted)
		fail_msg("'%s' is uncacheable because\n  got:  %.*s\n  want: %s", r->command, STR_ARG(t.reason), r->reason ? r->reason : "");
	remove_dir(x);
}

static void check_all(void **state, const struct row *rows, size_t n)
{
	struct fixture *x = *state;
	struct tracer *t;
	struct err err = { 0 };
	/* A sandbox may forbid filters, or have one that listens already. */
	if (!tracer_start(&(struct trace_options){ .root = STR("/tmp") }, &t, &err)) {
		print_message("SKIP: %s\n", err.message);
		err_deinit(&err);
		skip();
	}
	struct traced ignored;
	tracer_end(t, &x->arena, &ignored);
	for (size_t i = 0; i < n; i++)
		check(x, &rows[i]);
}

static void test_inputs(void **state)
{
	static const struct row rows[] = {
		{ "cat a.txt", "F a.txt", NULL },
		{ "cat a.txt b.txt | wc -l", "F a.txt, F b.txt", NULL },
		{ "cat a.txt; cat a.txt", "F a.txt", NULL },
		{ "cat ./sub/../a.txt", "F a.txt", NULL },
		{ "cat none.txt", "A none.txt", NULL },
		{ "cat none/deep/x", "A none/deep/x", NULL },
		{ "cat a.txt/x", "A a.txt/x", NULL },
		{ "test -e a.txt", "F a.txt", NULL },
		{ "test -d none", "A none", NULL },
		{ "cat link", "F sub/c.txt, S link", NULL },
		{ "readlink link", "S link", NULL },
		{ "ls sub >/dev/null", "L sub", NULL },
		{ "for f in sub/*; do cat $f; done", "F sub/c.txt, L sub", NULL },
		{ "cd sub && cat c.txt && cat ../a.txt", "F a.txt, F sub/c.txt", NULL },
		{ "./script", "F script", NULL },
		{ "sh script", "F script", NULL },
		{ ". ./empty.txt", "F empty.txt", NULL },
		{ "cat /dev/null a.txt", "F a.txt", NULL },
		{ "cat < a.txt", "F a.txt", NULL },
		{ "cat <&0", "", NULL },
		{ "(cat a.txt) & wait", "F a.txt", NULL },
		{ "cat /proc/self/cwd/a.txt", "F a.txt", NULL },
		{ "cat /proc/self/root$PWD/a.txt", "F a.txt", NULL },
		{ "exec 5<sub; cat /proc/self/fd/5/c.txt", "F sub/c.txt", NULL },
		{ "cat /proc/self/task/self/status", "", NULL },
		{ "exec 5<a.txt; cat /proc/thread-self/fd/5 b.txt", "F a.txt, F b.txt", NULL },
		{ "cat /proc/no-such-file /sys/no-such", "", NULL },
	};
	check_all(state, rows, ARRAY_LEN(rows));
}

static void test_outputs(void **state)
{
	static const struct row rows[] = {
		{ "cp a.txt out", "F a.txt, O out", NULL },
		{ "echo x > out; cat out", "O out", NULL },
		{ "echo x > out; rm out", "", NULL },
		{ "echo x > b.txt", "O b.txt", NULL },
		{ "test -s b.txt; echo x > b.txt", "O b.txt", NULL },
		{ "mkdir -p d/e && echo x > d/e/out", "O d/e/out", NULL },
		{ "mkdir d", "O d", NULL },
		{ "mkdir -p sub && echo x > sub/out", "O sub/out", NULL },
		{ "ln -s a.txt l", "O l", NULL },
		{ "ln -sf sub/c.txt link", "F sub/c.txt, S link", NULL },
		{ "ln a.txt hard", "F a.txt, O hard", NULL },
		{ "echo x > t && mv t out", "O out", NULL },
		{ "mkdir t && echo x > t/f && mv t out && cat out/f", "O out/f", NULL },
		{ "echo x > t; chmod +x t; ./t", "O t", NULL },
		{ "t=$(mktemp) && echo x > $t && cat $t a.txt && rm $t", "F a.txt", NULL },
		{ "ls > out", "L ., O out", NULL },
		{ "rm -rf sub && mkdir sub && echo x > sub/c.txt", "T sub, O sub/c.txt", NULL },
		{ "rm -rf sub && mkdir sub && echo x > sub/new", "T sub, O sub/new", NULL },
		{ "rm -f none.txt; echo x > out", "A none.txt, O out", NULL },
		{ "echo x >> out", "O out", NULL },
		{ "echo x >> empty.txt", "O empty.txt", NULL },
		/* Read, written, and the same as before. */
		{ "x=$(cat a.txt); echo \"$x\" > a.txt", "F a.txt", NULL },
		{ "touch a.txt", "F a.txt", NULL },
	};
	check_all(state, rows, ARRAY_LEN(rows));
}

static void test_reasons(void **state)
{
	static const struct row rows[] = {
		{ "echo x >> a.txt", NULL, "reads and writes '" },
		{ "sed -i s/a/x/ a.txt", NULL, "reads and writes '" },
		{ "cat b.txt; echo x > b.txt", NULL, "reads and writes '" },
		{ "ln -sf sub link", NULL, "reads and writes" },
		{ "rm a.txt", NULL, "it removed '" },
		{ "mv a.txt moved", NULL, "'" },
		{ "rm -r sub", NULL, "it removed '" },
		{ "cat sub/c.txt; rm -r sub; mkdir sub; echo x > sub/d", NULL, "it reads and removes '" },
		{ "mv sub s; cat s/c.txt > out; mv s sub", NULL, "it moved the folder '" },
		{ "mv a.txt t; cat t > out; mv t a.txt", "F a.txt, O out", NULL },
		{ "t=$(mktemp); echo x > $t; (sleep 0.05; rm $t) >/dev/null 2>&1", "", NULL },
		{ "echo x > /tmp/raibid-trace-left; true", NULL, "outside the project" },
		{ "cat /proc/1/stat > /dev/null; true", NULL, "'/proc/1/stat'" },
		{ "cat /proc/self/stat /proc/meminfo > /dev/null", "", NULL },
		{ "cat /proc/sys/kernel/ostype", "", NULL },
		{ "ls /proc > /dev/null", NULL, "'/proc/'" },
		{ "cat /proc/net/dev > /dev/null", NULL, "'/proc/net/dev'" },
		{ "cat /proc/self/net/dev > /dev/null", NULL, "'/proc/net/dev'" },
		{ "cat /dev/tty; true", "", NULL },
		{ "mkfifo p; rm p", "", NULL },
		{ "mkfifo p", NULL, "neither file, link nor folder" },
		{ "sleep 1 >/dev/null 2>&1 &", NULL, "goes on running" },
	};
	check_all(state, rows, ARRAY_LEN(rows));
	unlink("/tmp/raibid-trace-left");
}

static void test_probes(void **state)
{
	static const struct row rows[] = {
		{ "@threads", "F a.txt, F b.txt, F sub/c.txt", NULL },
		{ "@openat2", "F sub/c.txt", NULL },
		{ "@renameat2", NULL, "reads and writes '" },
		{ "@io_uring", "", NULL },
		{ "@int80", NULL, "32-bit" },
		{ "@daemon", NULL, "goes on running" },
		{ "@straggler", "", NULL },
		{ "@forks", "F a.txt", NULL },
		{ "@shmget", NULL, "shmget" },
		{ "@shm_open", "", NULL },
		{ "@memfd", "", NULL },
		{ "@ptrace", NULL, "ptrace" },
		{ "@own-socket", "", NULL },
		{ "@absent-socket", "A none.sock", NULL },
		{ "@abstract-socket", NULL, "raibid-nobody" },
		{ "@execveat", "F script", NULL },
		{ "@tmpfile", "O named.txt", NULL },
		{ "@mmap", NULL, "reads and writes '" },
		{ "@vfork", "F b.txt", NULL },
		{ "@dirfd", "F a.txt, F sub/c.txt", NULL },
		{ "@signals", "F a.txt", NULL },
		{ "@chroot", NULL, "root folder" },
		{ "@unshare", NULL, "namespace" },
		{ "@memory", NULL, "memory of another process" },
	};
	check_all(state, rows, ARRAY_LEN(rows));
}

/* What a daemon does after the trace has ended still works: its calls are answered. */
static void test_leftover(void **state)
{
	static const struct row daemon = { "@daemon", NULL, "goes on running" };
	struct fixture *x = *state;
	check_all(state, &daemon, 0);
	struct traced t;
	struct err err = { 0 };
	int status;
	fill(x);
	const char *argv[] = { x->probe, "daemon", NULL };
	struct trace_command command = { .argv = argv, .environ = environ };
	assert_true(trace_run(&(struct trace_options){ .root = x->dir }, &command, &status, &x->arena, &t, &err));
	for (int i = 0; i < 300 && access("late.txt", F_OK) != 0; i++)
		usleep(10000);
	assert_int_equal(access("late.txt", F_OK), 0);
	remove_dir(x);
}

static void test_ignore(void **state)
{
	static const struct row none = { "", NULL, NULL };
	struct fixture *x = *state;
	check_all(state, &none, 0);
	struct traced t;
	struct err err = { 0 };
	int status;
	fill(x);
	struct str ignore[] = { path_join(&x->arena, x->dir, STR("sub")) };
	const char *argv[] = { "/bin/sh", "-c", "cat sub/c.txt a.txt; echo x >> sub/c.txt; rm sub/c.txt; echo y > sub/d", NULL };
	struct trace_command command = { .argv = argv, .environ = environ };
	assert_true(trace_run(&(struct trace_options){ .root = x->dir, .ignore = ignore, .n_ignore = 1 }, &command, &status, &x->arena, &t, &err));
	same(shown(x, &t, &x->arena), "F a.txt");
	same(t.reason, "");
	remove_dir(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_inputs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_outputs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reasons, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_probes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leftover, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ignore, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
