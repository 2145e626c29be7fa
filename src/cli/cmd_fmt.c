/*
 * cmd_fmt.c: commands that write the tasks file: --fmt, --init; and --clean.
 *
 * --check prints the whole file as a difference by lines. The script of edits is a shortest one (Myers' greedy algorithm), removals before additions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "cli/cmd.h"
#include "run/justcache.h"
#include "run/usage.h"

typedef VEC(struct str) line_list;

/* Lines with their ends. */
static void split_lines(struct str text, struct arena *a, line_list *out)
{
	while (text.n > 0) {
		size_t end = str_find_char(text, '\n');
		size_t n = end == STR_NPOS ? text.n : end + 1;
		vec_push_in(out, a, str_slice(text, 0, n));
		text = str_slice(text, n, text.n);
	}
}

struct diff {
	const line_list *old, *new;
	struct arena *a;
	struct buf *out;
	bool color;
};

static void add_change(struct diff *d, char sign, struct str line)
{
	struct arena a = { 0 };
	struct str text = arena_fmt(&a, "%c%.*s", sign, STR_ARG(line));
	usage_style(d->out, d->color && sign != ' ', sign == '-' ? "31" : "32", text);
	if (!str_ends(line, STR("\n")))
		buf_add_char(d->out, '\n');
	arena_deinit(&a);
}

/* Marks in `keep_old` and `keep_new` the lines that both have, by the lengths of longest common runs of the rests; `limit` bounds the table. */
#define DIFF_CELLS_MAX ((size_t)1 << 26)

static void mark_common(struct diff *d, size_t from_old, size_t to_old, size_t from_new, size_t to_new, bool *keep_old, bool *keep_new)
{
	size_t n = to_old - from_old, m = to_new - from_new;
	if (n == 0 || m == 0 || (n + 1) > DIFF_CELLS_MAX / (m + 1))
		return;
	uint32_t *length = xcalloc((n + 1) * (m + 1), sizeof(*length));
	for (size_t i = n; i-- > 0;) {
		for (size_t j = m; j-- > 0;) {
			bool same = str_eq(d->old->p[from_old + i], d->new->p[from_new + j]);
			uint32_t down = length[(i + 1) * (m + 1) + j], right = length[i * (m + 1) + j + 1];
			length[i * (m + 1) + j] = same ? length[(i + 1) * (m + 1) + j + 1] + 1 : MAX(down, right);
		}
	}
	for (size_t i = 0, j = 0; i < n && j < m;) {
		if (str_eq(d->old->p[from_old + i], d->new->p[from_new + j])) {
			keep_old[from_old + i++] = keep_new[from_new + j++] = true;
		} else if (length[(i + 1) * (m + 1) + j] >= length[i * (m + 1) + j + 1]) {
			i++;
		} else {
			j++;
		}
	}
	free(length);
}

static void add_diff(struct diff *d)
{
	size_t n = d->old->n, m = d->new->n, head = 0, tail = 0;
	bool *keep_old = arena_array(d->a, bool, n + 1), *keep_new = arena_array(d->a, bool, m + 1);
	while (head < n && head < m && str_eq(d->old->p[head], d->new->p[head]))
		keep_old[head] = keep_new[head] = true, head++;
	while (tail < n - head && tail < m - head && str_eq(d->old->p[n - tail - 1], d->new->p[m - tail - 1]))
		tail++, keep_old[n - tail] = keep_new[m - tail] = true;
	mark_common(d, head, n - tail, head, m - tail, keep_old, keep_new);
	for (size_t i = 0, j = 0; i < n || j < m;) {
		for (; i < n && !keep_old[i]; i++)
			add_change(d, '-', d->old->p[i]);
		for (; j < m && !keep_new[j]; j++)
			add_change(d, '+', d->new->p[j]);
		if (i < n && j < m) {
			add_change(d, ' ', d->old->p[i]);
			i++, j++;
		}
	}
}

static bool check(struct cli *cli, struct str formatted, struct err *err)
{
	if (str_eq(formatted, cli->search.text))
		return true;
	line_list old = { 0 }, new = { 0 };
	split_lines(cli->search.text, &cli->arena, &old);
	split_lines(formatted, &cli->arena, &new);
	AUTO_BUF out = { 0 };
	struct diff d = { &old, &new, &cli->arena, &out, cli->stdout_color };
	add_diff(&d);
	if (!cli->options.quiet && !cli_print(&out, err))
		return false;
	return err_set(err, ERR_FAILED, "formatted justfile differs from original");
}

bool cmd_fmt(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	if (!cli_open(cli, err))
		return false;
	AUTO_BUF out = { 0 };
	struct lang_format_options options = { .indentation = cli->options.indentation, .keep_comments = cli->options.extensions };
	lang_dump(&cli->tree, &options, &out);
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
	if (fs_is_file(path))
		return err_set(err, ERR_CONFLICT, "justfile `%.*s` already exists", STR_ARG(path));
	AUTO_FD fd = open(arena_cstr(&cli->arena, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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
	AUTO_BUF path = { 0 };
	for (size_t i = 0; i < words->n; i++)
		buf_addf(&path, "%s%.*s", i ? "::" : "", STR_ARG(words->p[i]));
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
