/*
 * lang_dump: the language without the rest of the program, for comparing it with just: lang_dump COMMAND FILE [ARG…]
 *
 *	dump, json, fmt     the file as --dump, --json and --fmt print it
 *	evaluate [NAME]     all variables, or one
 *	line RECIPE         the recipe's lines, evaluated, defaults for all parameters
 *	summary             the recipes' names
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "lang/lang.h"

static int last_status = 1;

static bool host_getenv(void *ctx, struct str name, struct str *out)
{
	(void)ctx;
	char buf[4096];
	if (name.n >= sizeof(buf))
		return false;
	memcpy(buf, name.p, name.n);
	buf[name.n] = '\0';
	const char *v = getenv(buf);
	if (v)
		*out = str_c(v);
	return v;
}

static void export_one(void *ctx, struct str name, struct str value)
{
	struct arena *a = ctx;
	setenv(arena_cstr(a, name), arena_cstr(a, value), 1);
}

static bool host_run(void *ctx, const struct lang_command *c, struct arena *a, struct str *out, struct err *err)
{
	(void)ctx;
	int fds[2];
	if (pipe(fds))
		return err_set(err, ERR_IO, "pipe");
	pid_t pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		close(fds[0]);
		lang_scope_exports(c->scope, export_one, a);
		const char **argv = arena_array(a, const char *, c->n_args + 8);
		size_t n = 0;
		argv[n++] = "sh";
		argv[n++] = "-cu";
		argv[n++] = arena_cstr(a, c->text);
		if (c->is_shell_call) {
			argv[n++] = argv[2];
			for (size_t i = 0; i < c->n_args; i++)
				argv[n++] = arena_cstr(a, c->args[i]);
		}
		execvp("sh", (char **)argv);
		_exit(127);
	}
	close(fds[1]);
	bool ok = fs_read_fd(fds[0], STR("pipe"), 0, a, out, err);
	close(fds[0]);
	int status;
	waitpid(pid, &status, 0);
	if (!ok)
		return false;
	if (WIFSIGNALED(status)) {
		if (!c->is_shell_call)
			last_status = 128 + WTERMSIG(status);
		return err_set(err, ERR_FAILED, c->is_shell_call ? "process terminated by signal %d" : "was terminated by signal %d", WTERMSIG(status));
	}
	if (WEXITSTATUS(status)) {
		if (!c->is_shell_call)
			last_status = WEXITSTATUS(status);
		return err_set(err, ERR_FAILED, c->is_shell_call ? "process exited with status code %d" : "failed with exit code %d", WEXITSTATUS(status));
	}
	return true;
}

static bool evaluate(struct lang_run *run, const struct lang_module *m, const char *name, struct err *err)
{
	const struct lang_scope *scope;
	struct lang_assignment **one = name ? map_find(&m->assignments, str_c(name)) : NULL;
	if (one)
		lang_run_use_variable(run, *one);
	else
		lang_run_use_all(run, m);
	if (!lang_run_module(run, m, &scope, err))
		return false;
	struct map *map = (struct map *)&m->assignments;
	size_t width = 0;
	struct arena a = { 0 };
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_assignment *x = *(struct lang_assignment **)map_at(map, i);
		if (!x->is_private)
			width = MAX(width, x->name.s.n);
	}
	for (size_t i = 0; i < map_len(map); i++) {
		const struct lang_assignment *x = *(struct lang_assignment **)map_at(map, map_sorted(map, i));
		const struct lang_value *v = lang_scope_get(scope, x);
		AUTO_BUF b = { 0 };
		if (name) {
			if (str_eq_c(x->name.s, name))
				buf_add(&b, lang_join(&a, v));
			fwrite(b.p, 1, b.n, stdout);
			continue;
		}
		if (x->is_private || !v)
			continue;
		lang_show_value(v, false, &b);
		printf("%-*.*s := %.*s\n", (int)width, STR_ARG(x->name.s), STR_ARG(buf_str(&b)));
	}
	arena_deinit(&a);
	return true;
}

static bool lines(struct lang_run *run, const struct lang_module *m, const char *name, struct err *err)
{
	const struct lang_recipe *r = lang_find_recipe(m, str_c(name));
	if (!r)
		return err_set(err, ERR_NOT_FOUND, "no recipe %s", name);
	struct arena a = { 0 };
	const struct lang_scope *scope;
	lang_run_use_recipe(run, r);
	AUTO_BUF b = { 0 };
	bool ok = lang_call_scope(run, &(struct lang_call){ .recipe = r }, &a, &scope, err);
	for (size_t i = 0; i < r->n_lines && ok; i++) {
		ok = lang_eval_line(scope, &r->body[i], &b, err);
		buf_add_char(&b, '\n');
	}
	if (ok)
		fwrite(b.p, 1, b.n, stdout);
	arena_deinit(&a);
	return ok;
}

static bool command(char **argv, const struct lang_host *host, struct err *err)
{
	struct lang_tree tree = { 0 };
	struct arena a = { 0 };
	struct str cwd;
	AUTO_BUF out = { 0 };
	if (!fs_getcwd(&a, &cwd, err))
		return false;
	struct str path = path_in(&a, cwd, str_c(argv[2]));
	bool ok;
	if (!strcmp(argv[1], "fmt")) {
		struct lang_file file = { .path = path, .display = path_base(path) };
		ok = fs_read(path, 0, &a, &file.text, err) && lang_format(&file, host, NULL, &out, err);
	} else {
		struct lang_load_options options = { .path = path };
		if (str_ends(path, STR(".md"))) {
			struct str markdown;
			if (!fs_read(path, 0, &a, &markdown, err))
				return false;
			options.text = lang_from_markdown(&a, markdown);
			options.path = path_in(&a, cwd, STR("justfile"));
		}
		ok = lang_load(&tree, &options, host, err);
	}
	struct lang_run *run = ok && tree.root ? lang_run_new(&tree, host) : NULL;
	if (ok && !strcmp(argv[1], "dump")) {
		lang_dump(&tree, NULL, &out);
	} else if (ok && !strcmp(argv[1], "json")) {
		lang_dump_json(&tree, &out);
		buf_add_char(&out, '\n');
	} else if (ok && !strcmp(argv[1], "evaluate")) {
		ok = evaluate(run, tree.root, argv[3], err);
	} else if (ok && !strcmp(argv[1], "line")) {
		ok = lines(run, tree.root, argv[3], err);
	} else if (ok && !strcmp(argv[1], "summary")) {
		for (size_t i = 0; i < map_len(&tree.root->recipes); i++) {
			struct map *map = &tree.root->recipes;
			const struct lang_recipe *r = *(struct lang_recipe **)map_at(map, map_sorted(map, i));
			if (!r->is_private)
				buf_addf(&out, "%s%.*s", out.n ? " " : "", STR_ARG(r->name.s));
		}
		buf_add_char(&out, '\n');
	}
	if (ok)
		fwrite(out.p, 1, out.n, stdout);
	lang_run_free(run);
	lang_tree_deinit(&tree);
	arena_deinit(&a);
	return ok;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	char cwd[4096];
	struct lang_host host = {
		.getenv = host_getenv,
		.run = host_run,
		.program = STR("just"),
		.version = STR("1.59.0"),
		.executable = STR("/usr/bin/just"),
		.invocation_directory = str_c(getcwd(cwd, sizeof(cwd))),
		.is_unstable = getenv("JUST_UNSTABLE") != NULL,
	};
	AUTO_ERR err = { 0 };
	if (command(argv, &host, &err))
		return 0;
	fflush(stdout);
	AUTO_BUF b = { 0 };
	lang_err_render(&err, &(struct lang_style){ 0 }, &b);
	fwrite(b.p, 1, b.n, stderr);
	return last_status;
}
