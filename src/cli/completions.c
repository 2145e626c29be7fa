/*
 * completions.c: --completions SHELL: a script that offers options from the table and recipes from `--summary` of the file at hand.
 *
 * Each script asks the program itself, so that it is right for every tasks file. The word behind --step is a built-in step.
 */
#include <string.h>

#include "cli/cmd.h"
#include "step/step.h"

struct completion {
	struct buf *out;
	const struct options *o;
};

/* Options separated by `between`, long ones with dashes. */
static void add_options(struct completion *c, const char *before, const char *after)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (spec->kind == ARG_POSITIONAL || (spec->extension && !c->o->extensions))
			continue;
		buf_addf(c->out, "%s--%s%s", before, spec->name, after);
	}
}

static void add_steps(struct completion *c)
{
	for (size_t i = 0; step_table[i] && c->o->extensions; i++)
		buf_addf(c->out, " %.*s", STR_ARG(step_table[i]->name));
}

static void bash(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "_%s() {\n    local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" words\n", "raibid_run");
	buf_add_c(c->out, "    case \"$before\" in\n        -f|--justfile|-d|--working-directory|-E|--dotenv-path) COMPREPLY=($(compgen -f -- \"$word\")); return;;\n");
	buf_add_c(c->out, "        --step) words=\"");
	add_steps(c);
	buf_addf(c->out, "\";;\n        *) if [[ $word == -* ]]; then words=\"");
	add_options(c, " ", "");
	buf_addf(c->out, "\"; else words=\"$(%s --summary 2>/dev/null)\"; fi;;\n    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n", p);
	buf_addf(c->out, "complete -F _raibid_run -o bashdefault -o default %s\n", p);
}

static void zsh(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "#compdef %s\n_raibid_run() {\n    local -a words\n    if [[ $PREFIX == -* ]]; then\n        words=(", p);
	add_options(c, " ", "");
	buf_add_c(c->out, ")\n    elif [[ ${words[CURRENT-1]} == --step ]]; then\n        words=(");
	add_steps(c);
	buf_addf(c->out, ")\n    else\n        words=(${(s: :)\"$(%s --summary 2>/dev/null)\"})\n    fi\n    compadd -a words || _files\n}\ncompdef _raibid_run %s\n", p, p);
}

static void fish(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "complete -c %s -f -a '(string split \" \" -- (%s --summary 2>/dev/null))'\n", p, p);
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (spec->kind == ARG_POSITIONAL || (spec->extension && !c->o->extensions))
			continue;
		buf_addf(c->out, "complete -c %s -l %s", p, spec->name);
		if (spec->letter)
			buf_addf(c->out, " -s %c", spec->letter);
		if (spec->choices) {
			buf_add_c(c->out, " -x -a '");
			for (size_t j = 0; spec->choices[j]; j++)
				buf_addf(c->out, "%s%s", j ? " " : "", spec->choices[j]);
			buf_add_c(c->out, "'");
		} else if (spec->kind == ARG_VALUE || spec->kind == ARG_APPEND) {
			buf_add_c(c->out, " -r -F");
		}
		buf_add_c(c->out, " -d '");
		for (const char *s = spec->help; *s; s++)
			buf_addf(c->out, *s == '\'' ? "\\%c" : "%c", *s);
		buf_add_c(c->out, "'\n");
	}
}

static void elvish(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "set edit:completion:arg-completer[%s] = {|@words|\n    if (str:has-prefix $words[-1] '-') {\n        put", p);
	add_options(c, " ", "");
	buf_addf(c->out, "\n    } else {\n        str:split ' ' (%s --summary 2>/dev/null | slurp)\n    }\n}\n", p);
}

static void powershell(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "Register-ArgumentCompleter -Native -CommandName '%s' -ScriptBlock {\n    param($word, $ast, $cursor)\n    $options = @(", p);
	add_options(c, "'", "', ");
	buf_addf(c->out, "'--')\n    $names = if ($word -like '-*') { $options } else { (%s --summary 2>$null) -split ' ' }\n", p);
	buf_add_c(c->out, "    $names | Where-Object { $_ -like \"$word*\" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }\n}\n");
}

static void nushell(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "def \"nu-complete %s\" [] { ^%s --summary | complete | get stdout | str trim | split row ' ' }\nexport extern \"%s\" [\n", p, p, p);
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (spec->kind == ARG_POSITIONAL || (spec->extension && !c->o->extensions))
			continue;
		buf_addf(c->out, "    --%s", spec->name);
		if (spec->letter)
			buf_addf(c->out, "(-%c)", spec->letter);
		buf_addf(c->out, "%s # %s\n", spec->kind == ARG_VALUE || spec->kind == ARG_APPEND ? ": string" : "", spec->help);
	}
	buf_addf(c->out, "    ...recipes: string@\"nu-complete %s\"\n]\n", p);
}

bool cmd_completions(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	static const struct { const char *shell; void (*add)(struct completion *); } shells[] = {
		{ "bash", bash }, { "elvish", elvish }, { "fish", fish }, { "nushell", nushell }, { "powershell", powershell }, { "zsh", zsh },
	};
	AUTO_BUF out = { 0 };
	struct completion c = { &out, &cli->options };
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (str_eq_c(cli->options.command_values.p[0], shells[i].shell))
			shells[i].add(&c);
	}
	return cli_print(&out, err);
}
