/* Regular expressions. Those without must fail on a bad one only where Go's MustCompile would: with its panic's text. */
#include "gotmpl/sprig_util.h"

#include "text/regex.h"

static bool can_backquote(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == '`' || s.p[i] == 0x7F)
			return false;
	return true;
}

static bool compile(struct go_call *call, const struct regex **re, struct err *err)
{
	return regex_compile(call->arena, arg_str(call, 0), 0, re, err);
}

/* As regexp.MustCompile. */
static bool must_compile(struct go_call *call, const struct regex **re, struct err *err)
{
	AUTO_ERR why = { 0 };
	AUTO_BUF quoted = { 0 };
	if (compile(call, re, &why))
		return true;
	struct str pattern = arg_str(call, 0);
	if (can_backquote(pattern))
		buf_addf(&quoted, "`%.*s`", STR_ARG(pattern));
	else
		gofmt_quote(&quoted, pattern);
	return err_set(err, ERR_FAILED, "regexp: Compile(%.*s): %s", STR_ARG(buf_str(&quoted)), why.message);
}

static bool fn_must_match(struct go_call *call, struct value *out, struct err *err)
{
	const struct regex *re;
	if (!compile(call, &re, err))
		return false;
	*out = value_bool(regex_match(re, arg_str(call, 1)));
	return true;
}

static bool fn_match(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	AUTO_ERR ignored = { 0 };
	if (!fn_must_match(call, out, &ignored))
		*out = value_bool(false);
	return true;
}

/* ---- The work behind each pair ---- */

typedef bool regex_work(struct go_call *call, const struct regex *re, struct value *out, struct err *err);

static bool find(struct go_call *call, const struct regex *re, struct value *out, struct err *err UNUSED)
{
	struct regex_span m;
	struct str s = arg_str(call, 1);
	*out = value_str(regex_find(re, s, 0, &m, 1) ? str_slice(s, m.from, m.to) : STR(""));
	return true;
}

static bool find_all(struct go_call *call, const struct regex *re, struct value *out, struct err *err UNUSED)
{
	struct str s = arg_str(call, 1);
	int64_t limit = call->argv[2].i;
	struct regex_span m;
	AUTO_REGEX_ITER it = regex_iter(re, s);
	*out = go_list_new(GO_STRINGS, call->arena);
	for (int64_t i = 0; (limit < 0 || i < limit) && regex_next(&it, &m, 1); i++)
		value_list_add(*out, value_str(str_slice(s, m.from, m.to)), call->arena);
	if (value_list_len(*out) == 0)
		out->extra = GO_NIL;
	return true;
}

static bool replace_all(struct go_call *call, const struct regex *re, struct value *out, struct err *err)
{
	return give_str(regex_replace(re, arg_str(call, 1), arg_str(call, 2), REGEX_EXPAND, call->arena), out, err);
}

static bool replace_all_literal(struct go_call *call, const struct regex *re, struct value *out, struct err *err)
{
	return give_str(regex_replace(re, arg_str(call, 1), arg_str(call, 2), REGEX_VERBATIM, call->arena), out, err);
}

static bool split(struct go_call *call, const struct regex *re, struct value *out, struct err *err UNUSED)
{
	regex_strs pieces;
	regex_split(re, arg_str(call, 1), call->argv[2].i, call->arena, &pieces);
	*out = go_list_new(GO_STRINGS, call->arena);
	for (size_t i = 0; i < pieces.n; i++)
		value_list_add(*out, value_str(pieces.p[i]), call->arena);
	if (call->argv[2].i == 0)
		out->extra = GO_NIL;
	return true;
}

/* fn_X and fn_must_X, which differ in the words for a bad expression. */
#define PAIR(work)                                                                                \
	static bool fn_##work(struct go_call *call, struct value *out, struct err *err)           \
	{                                                                                         \
		const struct regex *re;                                                           \
		return must_compile(call, &re, err) && work(call, re, out, err);                  \
	}                                                                                         \
	static bool fn_must_##work(struct go_call *call, struct value *out, struct err *err)      \
	{                                                                                         \
		const struct regex *re;                                                           \
		return compile(call, &re, err) && work(call, re, out, err);                       \
	}

PAIR(find)
PAIR(find_all)
PAIR(replace_all)
PAIR(replace_all_literal)
PAIR(split)

static bool fn_quote_meta(struct go_call *call, struct value *out, struct err *err)
{
	return give_str(regex_quote(call->arena, arg_str(call, 0)), out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("regexMatch", fn_match, GO_P_STRING, GO_P_STRING),
	GO_FUNC("mustRegexMatch", fn_must_match, GO_P_STRING, GO_P_STRING),
	GO_FUNC("regexFind", fn_find, GO_P_STRING, GO_P_STRING),
	GO_FUNC("mustRegexFind", fn_must_find, GO_P_STRING, GO_P_STRING),
	GO_FUNC("regexFindAll", fn_find_all, GO_P_STRING, GO_P_STRING, GO_P_INT),
	GO_FUNC("mustRegexFindAll", fn_must_find_all, GO_P_STRING, GO_P_STRING, GO_P_INT),
	GO_FUNC("regexReplaceAll", fn_replace_all, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_FUNC("mustRegexReplaceAll", fn_must_replace_all, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_FUNC("regexReplaceAllLiteral", fn_replace_all_literal, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_FUNC("mustRegexReplaceAllLiteral", fn_must_replace_all_literal, GO_P_STRING, GO_P_STRING, GO_P_STRING),
	GO_FUNC("regexSplit", fn_split, GO_P_STRING, GO_P_STRING, GO_P_INT),
	GO_FUNC("mustRegexSplit", fn_must_split, GO_P_STRING, GO_P_STRING, GO_P_INT),
	GO_FUNC("regexQuoteMeta", fn_quote_meta, GO_P_STRING),
};
const struct go_table fn_regex = GO_TABLE(rows);
