/*
 * completions.c: --completions SHELL: a script that completes the command line in that shell.
 *
 * Each script asks the program itself, so that it is right for every tasks file: as just's do, --summary of the file at hand, or, called raibid-run, --complete (see
 * complete.c), which knows options, modules, arguments, steps, environments and charts.
 */
#include <string.h>

#include "cli/cmd.h"

struct completion {
	struct buf *out;
	const struct options *o;
};

static bool is_offered(const struct completion *c, const struct arg_spec *spec)
{
	return spec->kind != ARG_POSITIONAL && (!spec->extension || c->o->extensions);
}

/* Options separated by `between`, long ones with dashes. */
static void add_options(struct completion *c, const char *before, const char *after)
{
	for (size_t i = 0; i < options_count; i++) {
		if (is_offered(c, &options_table[i]))
			buf_addf(c->out, "%s--%s%s", before, options_table[i].name, after);
	}
}

/* ---- called `just`: options from the table, recipes from --summary ---- */

static void bash(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "_%s() {\n    local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" words\n", "raibid_run");
	buf_add_c(c->out, "    case \"$before\" in\n        -f|--justfile|-d|--working-directory|-E|--dotenv-path) COMPREPLY=($(compgen -f -- \"$word\")); return;;\n");
	buf_add_c(c->out, "        --step) words=\"\";;\n        *) if [[ $word == -* ]]; then words=\"");
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
	buf_addf(c->out, ")\n    else\n        words=(${(s: :)\"$(%s --summary 2>/dev/null)\"})\n    fi\n    compadd -a words || _files\n}\ncompdef _raibid_run %s\n", p, p);
}

static void fish(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "complete -c %s -f -a '(string split \" \" -- (%s --summary 2>/dev/null))'\n", p, p);
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (!is_offered(c, spec))
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

/* The options of an `export extern`, then the recipes. */
static void add_extern(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "export extern \"%s\" [\n", p);
	for (size_t i = 0; i < options_count; i++) {
		const struct arg_spec *spec = &options_table[i];
		if (!is_offered(c, spec))
			continue;
		buf_addf(c->out, "    --%s", spec->name);
		if (spec->letter)
			buf_addf(c->out, "(-%c)", spec->letter);
		buf_addf(c->out, "%s # %s\n", spec->kind == ARG_VALUE || spec->kind == ARG_APPEND ? ": string" : "", spec->help);
	}
	buf_addf(c->out, "    ...recipes: string@\"nu-complete %s\"\n]\n", p);
}

static void nushell(struct completion *c)
{
	const char *p = c->o->program;
	buf_addf(c->out, "def \"nu-complete %s\" [] { ^%s --summary | complete | get stdout | str trim | split row ' ' }\n", p, p);
	add_extern(c);
}

/* ---- called raibid-run: each asks --complete with the words up to the cursor, and offers files where it says nothing ---- */

/* bash cuts words at `:` and `=`: they are joined again where nothing stands between them on the line, and what bash keeps of the last one is cut off from the
 * replies. */
static const char asking_bash[] =
	"_raibid_run() {\n"
	"    local line=\"${COMP_LINE:0:COMP_POINT}\" words=() word= rest reply kept i\n"
	"    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"        rest=\"${line#\"${line%%[![:space:]]*}\"}\"\n"
	"        if [[ $i == 0 || $rest != \"$line\" || -z $line ]]; then words+=(\"\"); fi\n"
	"        if [[ $i == \"$COMP_CWORD\" ]]; then word=\"$rest\"; else word=\"${COMP_WORDS[i]}\"; fi\n"
	"        words[${#words[@]}-1]+=\"$word\"\n"
	"        line=\"${rest#\"$word\"}\"\n"
	"    done\n"
	"    if [[ $word != *[!:=]* ]]; then word=; fi\n"
	"    kept=\"${words[${#words[@]}-1]}\"\n"
	"    kept=\"${kept%\"$word\"}\"\n"
	"    COMPREPLY=()\n"
	"    while IFS= read -r reply; do\n"
	"        reply=\"${reply%%$'\\t'*}\"\n"
	"        COMPREPLY+=(\"${reply#\"$kept\"}\")\n"
	"    done < <(\"${1/#\\~/$HOME}\" --complete \"${words[@]:1}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _raibid_run -o bashdefault -o default raibid-run\n";

static const char asking_zsh[] =
	"#compdef raibid-run\n"
	"_raibid_run() {\n"
	"    local -a candidates shown\n"
	"    local line\n"
	"    for line in \"${(@f)$(_call_program recipes raibid-run --complete \"${(@q)words[2,CURRENT-1]}\" \"${(q)PREFIX}\" 2>/dev/null)}\"; do\n"
	"        [[ -n $line ]] || continue\n"
	"        candidates+=(\"${line%%$'\\t'*}\")\n"
	"        shown+=(\"${line/$'\\t'/  -- }\")\n"
	"    done\n"
	"    if (( $#candidates )); then compadd -l -d shown -a candidates; else _files; fi\n"
	"}\n"
	"compdef _raibid_run raibid-run\n";

static const char asking_fish[] =
	"function __raibid_run_complete\n"
	"    set -l words (commandline -opc)\n"
	"    set -l word (commandline -ct)\n"
	"    set -l found (command raibid-run --complete $words[2..-1] \"$word\" 2>/dev/null)\n"
	"    if test (count $found) -gt 0\n"
	"        printf '%s\\n' $found\n"
	"    else\n"
	"        __fish_complete_path \"$word\"\n"
	"    end\n"
	"end\n"
	"complete -c raibid-run -f -a '(__raibid_run_complete)'\n";

static const char asking_elvish[] =
	"use str\n"
	"set edit:completion:arg-completer[raibid-run] = {|@words|\n"
	"    var found = [(e:raibid-run --complete (all $words[1..]) 2>/dev/null | from-lines)]\n"
	"    if (== 0 (count $found)) {\n"
	"        edit:complete-filename $@words\n"
	"    }\n"
	"    for line $found {\n"
	"        var parts = [(str:split \"\\t\" $line)]\n"
	"        edit:complex-candidate $parts[0] &display=(str:join '  ' $parts)\n"
	"    }\n"
	"}\n";

static const char asking_powershell[] =
	"Register-ArgumentCompleter -Native -CommandName 'raibid-run' -ScriptBlock {\n"
	"    param($word, $ast, $cursor)\n"
	"    $words = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })\n"
	"    & raibid-run --complete @words \"$word\" 2>$null | ForEach-Object {\n"
	"        $name, $doc = $_ -split \"`t\", 2\n"
	"        if (-not $doc) { $doc = $name }\n"
	"        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $doc)\n"
	"    }\n"
	"}\n";

static void asking_nushell(struct completion *c)
{
	buf_add_c(c->out, "def \"nu-complete raibid-run\" [context: string] {\n"
			  "    let words = ($context | split row -r '\\s+' | skip 1)\n"
			  "    let found = (^raibid-run --complete ...$words | complete | get stdout | lines)\n"
			  "    if ($found | is-empty) { return null }\n"
			  "    $found | each { |line| let parts = ($line | split row \"\\t\"); { value: $parts.0, description: ($parts | skip 1 | str join) } }\n"
			  "}\n");
	add_extern(c);
}

bool cmd_completions(struct cli *cli, struct cmd_end *end, struct err *err)
{
	(void)end;
	static const struct { const char *shell; void (*add)(struct completion *); const char *asking; void (*add_asking)(struct completion *); } shells[] = {
		{ "bash", bash, asking_bash, NULL }, { "elvish", elvish, asking_elvish, NULL }, { "fish", fish, asking_fish, NULL },
		{ "nushell", nushell, NULL, asking_nushell }, { "powershell", powershell, asking_powershell, NULL }, { "zsh", zsh, asking_zsh, NULL },
	};
	AUTO_BUF out = { 0 };
	struct completion c = { &out, &cli->options };
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (!str_eq_c(cli->options.command_values.p[0], shells[i].shell))
			continue;
		if (!cli->options.extensions)
			shells[i].add(&c);
		else if (shells[i].asking)
			buf_add_c(&out, shells[i].asking);
		else
			shells[i].add_asking(&c);
	}
	return cli_print(&out, err);
}
