/* sprig's tables, and above them the few functions that ask for the environment. */
#include "tanka/names.h"

#include "base/buf.h"
#include "gotmpl/template.h"

/* Bytes that one name may have. */
#define NAME_MAX_OUTPUT ((size_t)1 << 20)

struct tanka_namer {
	const struct tanka_host *host;
	struct template_set *set;
	struct value env;
	struct arena *a;
};

/* --- functions --- */

static bool fn_getenv(struct go_call *call, struct value *out, struct err *err)
{
	const struct tanka_namer *n = call->user;
	(void)err;
	*out = value_str(n->host->getenv(n->host->ctx, value_as_str(call->argv[0])));
	return true;
}

static bool is_name(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Go's os.ExpandEnv: $name and ${name}. */
static bool fn_expandenv(struct go_call *call, struct value *out, struct err *err)
{
	const struct tanka_namer *n = call->user;
	struct str s = value_as_str(call->argv[0]);
	AUTO_BUF b = { 0 };
	(void)err;
	for (size_t i = 0; i < s.n; i++) {
		size_t from = i + 1, to, close;
		if (s.p[i] != '$' || from == s.n) {
			buf_add_char(&b, s.p[i]);
			continue;
		}
		if (s.p[from] == '{' && (close = str_find_char(str_slice(s, from, s.n), '}')) != STR_NPOS) {
			to = from + close;
			from++;
			i = to;
		} else {
			for (to = from; to < s.n && is_name(s.p[to]);)
				to++;
			i = to - 1;
		}
		buf_add(&b, n->host->getenv(n->host->ctx, str_slice(s, from, to)));
	}
	*out = value_str(buf_to_arena(&b, call->arena));
	return true;
}

static bool fn_environment(struct go_call *call, struct value *out, struct err *err)
{
	const struct tanka_namer *n = call->user;
	(void)err;
	*out = n->env;
	return true;
}

static const struct go_func env_rows[] = {
	GO_FUNC("env", fn_getenv, GO_P_STRING),
	GO_FUNC("expandenv", fn_expandenv, GO_P_STRING),
};
static const struct go_table env_table = GO_TABLE(env_rows);
static const struct go_func environment_rows[] = { GO_FUNC("env", fn_environment, GO_P_END) };
static const struct go_table environment_table = GO_TABLE(environment_rows);

/* --- the namer --- */

bool tanka_namer_new(const struct tanka_host *host, struct str format, struct value env, struct arena *a, struct tanka_namer **out,
		     struct err *err)
{
	struct go_table tables[SPRIG_TABLES_MAX + 2];
	struct tanka_namer *n = arena_new(a, struct tanka_namer);
	size_t count = sprig_tables(tables);
	tables[count++] = env_table;
	if (env.kind == VAL_MAP)
		tables[count++] = environment_table;
	*n = (struct tanka_namer){ .host = host, .env = env, .a = a };
	n->set = template_set_new(STR(""), &(struct template_options){ .funcs = go_funcs_new(tables, count, a) }, a);
	if (!template_parse(n->set, STR(""), format, NULL, err))
		return false;
	*out = n;
	return true;
}

bool tanka_namer_name(struct tanka_namer *n, struct value object, struct str *out, struct err *err)
{
	AUTO_BUF b = { 0 };
	struct template_run run = { .arena = n->a, .user = n, .host = n->host->templates, .max_output = NAME_MAX_OUTPUT };
	if (!template_execute(n->set, STR(""), object, &run, &b, err))
		return false;
	*out = buf_to_arena(&b, n->a);
	return true;
}
