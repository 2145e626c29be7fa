/* Looking functions and constants up, and what their rows share. */
#include "lang/builtin.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/error.h"

static const struct builtin_table *const tables[] = { &builtin_strings, &builtin_path, &builtin_system, &builtin_lists, &builtin_digest };

const struct lang_builtin *builtin_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (size_t j = 0; j < tables[i]->n; j++)
			if (str_eq(tables[i]->rows[j].name, name))
				return &tables[i]->rows[j];
	/* …_dir is short for …_directory. */
	static const struct str suffixes[] = { STR_INIT("_dir"), STR_INIT("_dir_native") };
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (!str_ends(name, suffixes[i]) || name.n > 60)
			continue;
		char full[96];
		size_t n = name.n - suffixes[i].n;
		memcpy(full, name.p, n);
		strcpy(full + n, i ? "_directory_native" : "_directory");
		return builtin_find(str_c(full));
	}
	return NULL;
}

bool builtin_needs_lists(struct str name)
{
	const struct lang_builtin *b = builtin_find(name);
	return b && b->needs_lists;
}

const struct lang_constant lang_constants[] = {
	{ STR_INIT("HEX"), STR_INIT("0123456789abcdef") },
	{ STR_INIT("HEXLOWER"), STR_INIT("0123456789abcdef") },
	{ STR_INIT("HEXUPPER"), STR_INIT("0123456789ABCDEF") },
	{ STR_INIT("PATH_SEP"), STR_INIT("/") },
	{ STR_INIT("PATH_VAR_SEP"), STR_INIT(":") },
	{ STR_INIT("CLEAR"), STR_INIT("\033c") },
	{ STR_INIT("NORMAL"), STR_INIT("\033[0m") },
	{ STR_INIT("BOLD"), STR_INIT("\033[1m") },
	{ STR_INIT("ITALIC"), STR_INIT("\033[3m") },
	{ STR_INIT("UNDERLINE"), STR_INIT("\033[4m") },
	{ STR_INIT("INVERT"), STR_INIT("\033[7m") },
	{ STR_INIT("HIDE"), STR_INIT("\033[8m") },
	{ STR_INIT("STRIKETHROUGH"), STR_INIT("\033[9m") },
	{ STR_INIT("BLACK"), STR_INIT("\033[30m") },
	{ STR_INIT("RED"), STR_INIT("\033[31m") },
	{ STR_INIT("GREEN"), STR_INIT("\033[32m") },
	{ STR_INIT("YELLOW"), STR_INIT("\033[33m") },
	{ STR_INIT("BLUE"), STR_INIT("\033[34m") },
	{ STR_INIT("MAGENTA"), STR_INIT("\033[35m") },
	{ STR_INIT("CYAN"), STR_INIT("\033[36m") },
	{ STR_INIT("WHITE"), STR_INIT("\033[37m") },
	{ STR_INIT("BG_BLACK"), STR_INIT("\033[40m") },
	{ STR_INIT("BG_RED"), STR_INIT("\033[41m") },
	{ STR_INIT("BG_GREEN"), STR_INIT("\033[42m") },
	{ STR_INIT("BG_YELLOW"), STR_INIT("\033[43m") },
	{ STR_INIT("BG_BLUE"), STR_INIT("\033[44m") },
	{ STR_INIT("BG_MAGENTA"), STR_INIT("\033[45m") },
	{ STR_INIT("BG_CYAN"), STR_INIT("\033[46m") },
	{ STR_INIT("BG_WHITE"), STR_INIT("\033[47m") },
};

bool lang_constant_find(struct str name, uint32_t *index)
{
	for (size_t i = 0; i < ARRAY_LEN(lang_constants); i++)
		if (str_eq(lang_constants[i].name, name)) {
			*index = (uint32_t)i;
			return true;
		}
	return false;
}

bool builtin_return(struct builtin_call *c, struct str s)
{
	*c->out = lang_value_of(c->arena, s);
	return true;
}

bool builtin_has_lists(const struct builtin_call *c)
{
	return lang_on(c->ev->scope->module, LANG_SET_LISTS);
}

bool builtin_return_bool(struct builtin_call *c, bool b)
{
	if (!builtin_has_lists(c))
		return builtin_return(c, b ? STR("true") : STR("false"));
	if (b)
		return builtin_return(c, STR("true"));
	*c->out = (struct lang_value){ 0 };
	return true;
}

bool builtin_map(struct builtin_call *c, const struct lang_value *v, builtin_each *one)
{
	struct str *p = arena_array(c->arena, struct str, v->n);
	for (size_t i = 0; i < v->n; i++)
		p[i] = one(c, v->p[i]);
	*c->out = (struct lang_value){ p, v->n };
	return true;
}

bool builtin_fail(struct builtin_call *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	err_vset(c->err, ERR_FAILED, fmt, ap);
	va_end(ap);
	return lang_err_place(c->err, &c->expr->at);
}

bool builtin_fail_list(struct builtin_call *c, const struct lang_value *v)
{
	AUTO_BUF b = { 0 };
	lang_show_value(v, c->ev->host->stderr_color, &b);
	return builtin_fail(c,
			    "list value %s passed to `%.*s()`\nthe behavior of lists with many built-in functions is undecided\nsee "
			    "https://github.com/casey/just#lists",
			    buf_text(&b), STR_ARG(c->expr->call.name));
}
