/* Children: one row a command with what it prints and how it ends; then groups, limits and time-outs. */
#include "unit.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "ext/proc.h"

static void test_run(void **state)
{
	static const struct {
		const char *script, *input, *out, *err;
		int code, signal;
	} rows[] = {
		{ "exit 0", "", "", "", 0, 0 },
		{ "echo a; echo b >&2; exit 7", "", "a\n", "b\n", 7, 0 },
		{ "cat", "in\n", "in\n", "", 0, 0 },
		{ "exit 3", "never read", "", "", 3, 0 },
		{ "kill -9 $$", "", "", "", 137, 9 },
		{ "pwd; echo $X", "", "/\nvalue\n", "", 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *argv[] = { "sh", "-c", rows[i].script, NULL }, *env[] = { "PATH=/usr/bin:/bin", "X=value", NULL };
		AUTO_BUF out = { 0 }, diag = { 0 };
		AUTO_ERR err = { 0 };
		struct proc_end end;
		struct proc_options opt = { .argv = argv, .env = env, .cwd = "/", .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_PIPE };
		assert_true(proc_run(&opt, &(struct proc_run){ str_c(rows[i].input), &out, &diag }, &end, &err));
		same(buf_str(&out), rows[i].out);
		same(buf_str(&diag), rows[i].err);
		assert_int_equal(end.code, rows[i].code);
		assert_int_equal(end.signal, rows[i].signal);
	}
}

static void test_large_input(void **state)
{
	size_t n = 3 << 20;
	char *p = xmalloc(n);
	memset(p, 'x', n);
	const char *argv[] = { "cat", NULL };
	AUTO_BUF out = { 0 };
	AUTO_ERR err = { 0 };
	struct proc_end end;
	struct proc_options opt = { .argv = argv, .in = PROC_PIPE, .out = PROC_PIPE };
	assert_true(proc_run(&opt, &(struct proc_run){ { p, n }, &out }, &end, &err));
	assert_int_equal(out.n, n);
	assert_false(proc_run(&opt, &(struct proc_run){ { p, n }, &out, .limit = 1000 }, &end, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	free(p);
}

static void test_failures(void **state)
{
	AUTO_ERR err = { 0 };
	struct proc p;
	struct proc_end end;
	const char *none[] = { "no-such-program-here", NULL }, *sleeper[] = { "sleep", "60", NULL };
	assert_false(proc_start(&(struct proc_options){ .argv = none }, &p, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_deinit(&err);
	assert_false(proc_start(&(struct proc_options){ .argv = sleeper, .cwd = "/nonexistent" }, &p, &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_deinit(&err);
	assert_false(proc_run(&(struct proc_options){ .argv = sleeper }, &(struct proc_run){ .timeout_ms = 50 }, &end, &err));
	assert_int_equal(err.kind, ERR_TIMEOUT);
}

/* A zombie that its new parent has not reaped yet is not. */
static bool is_alive(pid_t pid)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct str stat;
	bool alive = fs_read(arena_fmt(&a, "/proc/%d/stat", (int)pid), 0, &a, &stat, &err) && !str_contains(stat, STR(") Z "));
	arena_deinit(&a);
	return alive;
}

/* A group dies with its leader's helpers, also one that ignores SIGTERM. */
static void test_group(void **state)
{
	const char *argv[] = { "sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60", NULL };
	AUTO_ERR err = { 0 };
	struct proc p;
	char line[32] = "";
	assert_true(proc_start(&(struct proc_options){ .argv = argv, .out = PROC_PIPE, .new_group = true }, &p, &err));
	assert_true(read(p.out, line, sizeof(line) - 1) > 0);
	pid_t helper = atoi(line);
	assert_int_equal(getpgid(helper), p.pid);
	proc_kill(&p, 50);
	assert_int_equal(p.pid, 0);
	proc_close(&p);
	for (int i = 0; i < 200 && is_alive(helper); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	assert_false(is_alive(helper));
}

static void test_find(void **state)
{
	struct arena a = { 0 };
	struct str found;
	assert_true(proc_find(STR("sh"), STR("/nonexistent:/bin"), &a, &found));
	same(found, "/bin/sh");
	assert_false(proc_find(STR("sh"), STR(""), &a, &found));
	assert_false(proc_find(STR("no-such-program"), STR("/bin:/usr/bin"), &a, &found));
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),   cmocka_unit_test(test_large_input), cmocka_unit_test(test_failures),
		cmocka_unit_test(test_group), cmocka_unit_test(test_find),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
