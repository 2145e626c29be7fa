/*
 * cmd_fmt.c: commands that write the tasks file: --fmt, --init; and --clean.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "cli/cmd.h"
#include "cli/line_diff.h"
#include "run/invoke.h"
#include "run/justcache.h"
#include "run/usage.h"

static void add_edit(struct buf *out, bool color, const struct line_edit *edit)
{
	static const struct { char sign; const char *style; } looks[] = {
		[LINE_SAME] = { ' ', NULL }, [LINE_REMOVED] = { '-', "31" }, [LINE_ADDED] = { '+', "32" },
	};
	AUTO_BUF text = { 0 };
	buf_add_char(&text, looks[edit->kind].sign);
	buf_add(&text, edit->line);
	if (!str_ends(edit->line, STR("\n")) && !str_ends(edit->line, STR("\r")))
		buf_add_char(&text, '\n');
	usage_style(out, color && looks[edit->kind].style, looks[edit->kind].style, buf_str(&text));
}

static bool check(struct cli *cli, struct str formatted, struct err *err)
{
	if (str_eq(formatted, cli->search.text))
		return true;
	line_edits edits = { 0 };
	line_diff(cli->search.text, formatted, &cli->arena, &edits);
	AUTO_BUF out = { 0 };
	for (size_t i = 0; i < edits.n; i++)
		add_edit(&out, cli->stdout_color, &edits.p[i]);
	if (!cli->options.quiet && !cli_print(&out, err))
		return false;
	return err_set(err, ERR_FAILED, "formatted justfile differs from original");
}

bool cmd_fmt(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	if (!search_find(&cli->where, &cli->arena, &cli->search, err))
		return false;
	/* Only this one file is read, and just names it in errors together with its folder. */
	struct str path = cli->search.path, folder = path_base(path_dir(&cli->arena, path));
	struct lang_file file = { .path = path, .display = path_join(&cli->arena, folder, path_base(path)), .text = cli->search.text };
	AUTO_BUF out = { 0 };
	struct lang_format_options options = { .indentation = cli->options.indentation, .keep_comments = cli->options.extensions };
	if (!lang_format(&file, &cli->host, &options, &out, err))
		return false;
	if (cli->options.check)
		return check(cli, buf_str(&out), err);
	if (cli->search.is_copied) {
		return cli_print(&out, err);
	}
	if (str_eq(buf_str(&out), cli->search.text))
		return true;
	AUTO_FD fd = open(arena_cstr(&cli->arena, cli->search.path), O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || write(fd, out.p, out.n) != (ssize_t)out.n)
		return err_set(err, ERR_IO, "failed to write justfile to `%.*s`: %.*s", STR_ARG(cli->search.path),
		               STR_ARG(os_error(&cli->arena, errno)));
	if (!cli->options.quiet)
		fprintf(stderr, "wrote justfile to `%.*s`\n", STR_ARG(cli->search.path));
	return true;
}

/* ---- --init ---- */

static const char first_file[] = "# https://just.systems\n\ndefault:\n    echo 'Hello, world!'\n";

bool cmd_init(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	struct str path;
	if (!search_init(&cli->where, &cli->arena, &path, err))
		return false;
	struct stat st;
	if (stat(arena_cstr(&cli->arena, path), &st) == 0) {
		if (S_ISREG(st.st_mode))
			return err_set(err, ERR_CONFLICT, "justfile `%.*s` already exists", STR_ARG(path));
	} else if (errno != ENOENT) {
		return err_set(err, ERR_IO, "I/O error at `%.*s`: %.*s", STR_ARG(path), STR_ARG(os_error(&cli->arena, errno)));
	}
	AUTO_FD fd = open(arena_cstr(&cli->arena, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, first_file, sizeof(first_file) - 1) < 0)
		return err_set(err, ERR_IO, "failed to write justfile to `%.*s`: %.*s", STR_ARG(path), STR_ARG(os_error(&cli->arena, errno)));
	if (!cli->options.quiet)
		fprintf(stderr, "wrote justfile to `%.*s`\n", STR_ARG(path));
	return true;
}

/* ---- --clean ---- */

bool cmd_clean(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	const str_list *words = &cli->options.arguments;
	name_list names = { 0 };
	if (words->n > 0 && !invoke_path(words->p, words->n, &cli->arena, &names, err))
		return false;
	AUTO_BUF path = { 0 };
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&path, "%s%.*s", i ? "::" : "", STR_ARG(names.p[i]));
	bool found;
	size_t removed;
	if (!justcache_clean(cli->tree.root->directory, buf_str(&path), &found, &removed, err))
		return false;
	if (cli->options.quiet)
		return true;
	if (!found)
		fprintf(stderr, "recipe cache not found\n");
	else
		fprintf(stderr, "removed %zu cache entr%s\n", removed, removed == 1 ? "y" : "ies");
	return true;
}
