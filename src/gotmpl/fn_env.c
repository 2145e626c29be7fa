/* env and expandenv: sprig has them, Helm takes them away from charts but not from --name-template. */
#include "gotmpl/sprig_util.h"

#include <string.h>

static struct str variable(const struct go_call *call, struct str name)
{
	char *const *environ = call->host ? call->host->environ : NULL;
	for (; environ && *environ; environ++)
		if (strncmp(*environ, name.p, name.n) == 0 && (*environ)[name.n] == '=')
			return str_c(*environ + name.n + 1);
	return STR("");
}

static bool fn_env(struct go_call *call, struct value *out, struct err *err)
{
	(void)err;
	*out = value_str(variable(call, arg_str(call, 0)));
	return true;
}

static bool is_special(char c)
{
	return c && strchr("*#$@!?-0123456789", c);
}

static bool is_name_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The name behind a dollar sign, and how many bytes it takes: os.Expand's rules, by which "${}" and an open "${" vanish. */
static struct str shell_name(struct str s, size_t *taken)
{
	size_t n = 0;
	if (s.p[0] != '{') {
		while (n < s.n && is_name_char(s.p[n]))
			n++;
		*taken = is_special(s.p[0]) ? 1 : n;
		return str_slice(s, 0, *taken);
	}
	if (s.n > 2 && is_special(s.p[1]) && s.p[2] == '}') {
		*taken = 3;
		return str_slice(s, 1, 2);
	}
	size_t end = str_find_char(s, '}');
	*taken = end == STR_NPOS ? 1 : end + 1;
	return end == STR_NPOS ? STR("") : str_slice(s, 1, end);
}

static bool fn_expandenv(struct go_call *call, struct value *out, struct err *err)
{
	struct str s = arg_str(call, 0);
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < s.n; i++) {
		size_t taken = 0;
		if (s.p[i] != '$' || i + 1 == s.n) {
			buf_add_char(&b, s.p[i]);
			continue;
		}
		struct str name = shell_name(str_slice(s, i + 1, s.n), &taken);
		if (name.n)
			buf_add(&b, variable(call, name));
		else if (!taken)
			buf_add_char(&b, '$');
		i += taken;
	}
	return give(call, &b, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("env", fn_env, GO_P_STRING),
	GO_FUNC("expandenv", fn_expandenv, GO_P_STRING),
};
const struct go_table sprig_env = GO_TABLE(rows);
