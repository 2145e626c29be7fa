/*
 * help.c: --help, --version, --man, --changelog: all from the table of options.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "config.h"

/* Column in which descriptions begin, and where they wrap. */
enum { HELP_COLUMN = 32, HELP_WIDTH = 100 };

static bool is_shown(const struct arg_spec *spec, const struct options *o)
{
	return spec->kind != ARG_POSITIONAL && (!spec->extension || o->extensions);
}

/* `  -n, --dry-run` */
static struct str left_side(struct arena *a, const struct arg_spec *spec)
{
	struct str letter = spec->letter ? arena_fmt(a, "-%c, ", spec->letter) : STR("    ");
	return arena_fmt(a, "  %.*s--%s%s", STR_ARG(letter), spec->name, spec->shown ? spec->shown : "");
}

static void add_wrapped(struct buf *out, struct str text, size_t column)
{
	size_t at = column;
	struct str word;
	while (str_next(&text, ' ', &word)) {
		if (at > column && at + 1 + word.n > HELP_WIDTH) {
			buf_add_char(out, '\n');
			buf_add_repeat(out, ' ', column);
			at = column;
		} else if (at > column) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add(out, word);
		at += word.n;
	}
	buf_add_char(out, '\n');
}

static struct str description(struct arena *a, const struct arg_spec *spec)
{
	AUTO_BUF text = { 0 };
	buf_add_c(&text, spec->help);
	if (spec->choices) {
		buf_add_c(&text, " (");
		for (size_t i = 0; spec->choices[i]; i++)
			buf_addf(&text, "%s%s", i ? ", " : "", spec->choices[i]);
		buf_add_c(&text, ")");
	}
	if (spec->env)
		buf_addf(&text, " [$%s]", spec->env);
	return buf_to_arena(&text, a);
}

static void add_options(struct buf *out, const struct options *o, bool commands)
{
	struct arena a = { 0 };
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (!is_shown(spec, o) || spec->command != commands)
			continue;
		struct str left = left_side(&a, spec);
		buf_add(out, left);
		if (left.n + 2 > HELP_COLUMN) {
			buf_add_char(out, '\n');
			buf_add_repeat(out, ' ', HELP_COLUMN);
		} else {
			buf_add_repeat(out, ' ', HELP_COLUMN - left.n);
		}
		add_wrapped(out, description(&a, spec), HELP_COLUMN);
	}
	arena_deinit(&a);
}

static void add_help(struct buf *out, const struct options *o)
{
	buf_addf(out, "%s %s: runs the recipes of a tasks file\n\n", o->program, o->extensions ? PACKAGE_VERSION : "1.59.0");
	buf_addf(out, "Usage: %s [OPTIONS] [NAME=VALUE]... [RECIPE [ARGUMENTS]...]...\n\nOptions:\n", o->program);
	add_options(out, o, false);
	buf_add_c(out, "\nInstead of running recipes:\n");
	add_options(out, o, true);
}

bool help_print(const struct options *o, struct err *err)
{
	AUTO_BUF out = { 0 };
	if (strcmp(o->args.stop->name, "version") == 0)
		buf_addf(&out, "%s %s\n", o->program, o->extensions ? PACKAGE_VERSION : "1.59.0");
	else
		add_help(&out, o);
	return cli_print(&out, err);
}

/* Text of a manual page: hyphens and leading dots escaped. */
static void add_roff(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\')
			buf_add_c(out, "\\e");
		else if (text.p[i] == '-')
			buf_add_c(out, "\\-");
		else
			buf_add_char(out, text.p[i]);
	}
}

static void add_man_options(struct buf *out, const struct options *o, bool commands)
{
	struct arena a = { 0 };
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (!is_shown(spec, o) || spec->command != commands)
			continue;
		buf_add_c(out, ".TP\n\\fB");
		add_roff(out, str_trim(left_side(&a, spec)));
		buf_add_c(out, "\\fR\n");
		add_roff(out, description(&a, spec));
		buf_add_char(out, '\n');
	}
	arena_deinit(&a);
}

bool cmd_man(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	const struct options *o = &cli->options;
	AUTO_BUF out = { 0 };
	buf_addf(&out, ".TH %s 1 \"\" \"%s %s\"\n.SH NAME\n%s \\- runs the recipes of a tasks file\n", o->program, o->program,
	         o->extensions ? PACKAGE_VERSION : "1.59.0", o->program);
	buf_addf(&out, ".SH SYNOPSIS\n\\fB%s\\fR [\\fIOPTIONS\\fR] [\\fINAME\\fR=\\fIVALUE\\fR]... [\\fIRECIPE\\fR [\\fIARGUMENTS\\fR]...]...\n",
	         o->program);
	buf_add_c(&out, ".SH DESCRIPTION\nReads the nearest tasks file upward from the working folder and runs the recipes that are named, "
	                "or its first one. Recipes are run after those that they depend on.\n.SH OPTIONS\n");
	add_man_options(&out, o, false);
	buf_add_c(&out, ".SH COMMANDS\nInstead of running recipes:\n");
	add_man_options(&out, o, true);
	buf_add_c(&out, ".SH EXIT STATUS\n0 where all went well; that of the command that failed; 1 for a fault in the tasks file; 2 for a wrong "
	                "command line.\n");
	return cli_print(&out, err);
}

bool cmd_changelog(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)cli;
	(void)end;
	AUTO_BUF out = { 0 };
	buf_add_c(&out, "Changes\n=======\n\n" PACKAGE_VERSION "\n-----\n\nThe first version: the just language as just 1.59 has it, and the steps from "
	                "charts to a cluster built in.\n");
	return cli_print(&out, err);
}
