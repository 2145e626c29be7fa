/* A command is known by its words, its folder, and what its environment has besides that of the program. All memory is the cli's: there are few. */
#include "cli/commands.h"

#include <string.h>

#include "cli/cmd.h"
#include "ext/proc.h"
#include "run/shell.h"

static struct str name_of(const char *pair)
{
	struct str name, value;
	return str_cut(str_c(pair), '=', &name, &value) ? name : str_c(pair);
}

static void add_word(struct buf *b, struct str word)
{
	buf_add(b, word);
	buf_add_char(b, '\0');
}

/* What the child's environment has besides the program's own. */
static struct str overlay_of(struct cli *cli, char *const *environ)
{
	AUTO_BUF out = { 0 };
	struct map own, theirs;
	map_init(&own, 0, NULL);
	map_init(&theirs, 0, NULL);
	for (char **v = cli->environ; *v; v++)
		map_put(&own, str_c(*v));
	for (char *const *v = environ; *v; v++) {
		map_put(&theirs, name_of(*v));
		if (!map_has(&own, str_c(*v)))
			add_word(&out, str_c(*v));
	}
	for (char **v = cli->environ; *v; v++)
		if (!map_has(&theirs, name_of(*v)))
			add_word(&out, name_of(*v));
	map_deinit(&own);
	map_deinit(&theirs);
	return buf_to_arena(&out, &cli->arena);
}

static struct plan_command command_of(struct cli *cli, const struct shell_child *child)
{
	AUTO_BUF argv = { 0 };
	for (const char *const *word = child->argv; *word; word++)
		add_word(&argv, str_c(*word));
	return (struct plan_command){ .argv = buf_to_arena(&argv, &cli->arena), .overlay = overlay_of(cli, child->environ),
				      .directory = child->directory ? arena_str(&cli->arena, str_c(child->directory)) : STR_NONE,
				      .is_quiet = child->is_quiet };
}

static struct digest asked_by(const struct plan_command *c)
{
	struct sha256 h;
	sha256_init(&h);
	sha256_add_field(&h, c->argv);
	sha256_add_field(&h, c->overlay);
	sha256_add_field(&h, c->directory);
	return sha256_end(&h);
}

void commands_ran(void *ctx, const struct shell_child *child, struct str out)
{
	struct cli *cli = ctx;
	struct plan_command c = command_of(cli, child);
	c.output = sha256_of(out);
	vec_push_in(&cli->commands.ran, &cli->arena, c);
}

bool commands_answer(void *ctx, const struct shell_child *child, struct str *out)
{
	struct cli *cli = ctx;
	struct commands *all = &cli->commands;
	if (all->next == all->answers.n)
		return false;
	struct plan_command c = command_of(cli, child);
	struct digest asked = asked_by(&c);
	if (!digest_eq(&asked, &all->answers.p[all->next].asked)) {
		all->next = all->answers.n; /* what follows depends on what is different */
		return false;
	}
	*out = all->answers.p[all->next++].output;
	return true;
}

/* --- running them --- */

typedef VEC(const char *) c_strings;

static void split(struct cli *cli, struct str words, c_strings *out)
{
	for (struct str word; words.n > 0 && str_cut(words, '\0', &word, &words);)
		vec_push_in(out, &cli->arena, word.p);
}

static void make_environ(struct cli *cli, struct str overlay, c_strings *out)
{
	c_strings changes = { 0 };
	struct map names;
	split(cli, overlay, &changes);
	map_init(&names, 0, NULL);
	for (size_t i = 0; i < changes.n; i++)
		map_put(&names, name_of(changes.p[i]));
	for (char **v = cli->environ; *v; v++)
		if (!map_has(&names, name_of(*v)))
			vec_push_in(out, &cli->arena, *v);
	for (size_t i = 0; i < changes.n; i++)
		if (strchr(changes.p[i], '='))
			vec_push_in(out, &cli->arena, changes.p[i]);
	vec_push_in(out, &cli->arena, NULL);
	map_deinit(&names);
}

static bool holds(struct cli *cli, const struct plan_command *c)
{
	c_strings argv = { 0 }, environ = { 0 };
	AUTO_BUF printed = { 0 };
	AUTO_ERR ignored = { 0 };
	struct proc_end end;
	split(cli, c->argv, &argv);
	vec_push_in(&argv, &cli->arena, NULL);
	make_environ(cli, c->overlay, &environ);
	struct proc_options options = { .argv = argv.p, .env = environ.p, .cwd = c->directory.n > 0 ? arena_cstr(&cli->arena, c->directory) : NULL,
					.in = PROC_INHERIT, .out = PROC_PIPE, .err = c->is_quiet ? PROC_NULL : PROC_INHERIT };
	struct proc_run io = { .out = &printed };
	/* One that fails is run again as the tasks file is evaluated, which says what is to be said of it. */
	if (argv.n < 2 || !proc_run(&options, &io, &end, &ignored) || end.code != 0)
		return false;
	struct command_answer answer = { asked_by(c), buf_to_arena(&printed, &cli->arena) };
	vec_push_in(&cli->commands.answers, &cli->arena, answer);
	struct digest output = sha256_of(answer.output);
	return digest_eq(&output, &c->output);
}

bool commands_hold(struct cli *cli, const struct plan_guard *guard)
{
	for (size_t i = 0; i < guard->commands.n; i++)
		if (!holds(cli, &guard->commands.p[i]))
			return false;
	return true;
}
