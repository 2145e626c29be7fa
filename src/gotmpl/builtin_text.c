/* print, printf, println, and the escapers html, js, urlquery. */
#include "base/utf8.h"
#include "gotmpl/builtin.h"
#include "gotmpl/gofmt.h"
#include "gotmpl/types.h"
#include "text/unicode.h"

static bool finish(struct go_call *call, bool ok, const struct buf *text, struct value *out, struct err *err)
{
	if (!ok || text->n > VALUE_STR_MAX)
		return err_set(err, ERR_LIMIT, "the value is too large or nested too deeply to be printed");
	*out = value_str(buf_to_arena(text, call->arena));
	return true;
}

static bool fn_print(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF text = { 0 };
	return finish(call, gofmt_print(&text, call->types, call->argv, call->argc), &text, out, err);
}

static bool fn_println(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF text = { 0 };
	return finish(call, gofmt_println(&text, call->types, call->argv, call->argc), &text, out, err);
}

static bool fn_printf(struct go_call *call, struct value *out, struct err *err)
{
	AUTO_BUF text = { 0 };
	struct str format = value_as_str(call->argv[0]);
	return finish(call, gofmt_printf(&text, call->types, format, call->argv + 1, call->argc - 1), &text, out, err);
}

/* What an escaper works on: a single string as it is, else what print makes, with "<no value>" for nil. */
static bool join_args(struct go_call *call, struct buf *text)
{
	bool ok = true, after_string = true;
	for (size_t i = 0; i < call->argc; i++) {
		struct value v = call->argv[i];
		bool is_string = v.kind == VAL_NULL || (v.kind == VAL_STR && v.type == GO_STRING);
		if (i && !is_string && !after_string)
			buf_add_char(text, ' ');
		if (v.kind == VAL_NULL)
			buf_add_c(text, "<no value>");
		else
			ok = gofmt_printable(text, call->types, v) && ok;
		after_string = is_string;
	}
	return ok;
}

typedef void escape_fn(struct buf *out, struct str s);

static bool escaped(struct go_call *call, escape_fn *escape, struct value *out, struct err *err)
{
	AUTO_BUF plain = { 0 };
	AUTO_BUF text = { 0 };
	bool ok = join_args(call, &plain);
	escape(&text, buf_str(&plain));
	return finish(call, ok, &text, out, err);
}

static void escape_html(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '\0': buf_add_rune(out, UTF8_BAD); break;
		case '"': buf_add_c(out, "&#34;"); break;
		case '\'': buf_add_c(out, "&#39;"); break;
		case '&': buf_add_c(out, "&amp;"); break;
		case '<': buf_add_c(out, "&lt;"); break;
		case '>': buf_add_c(out, "&gt;"); break;
		default: buf_add_char(out, s.p[i]);
		}
	}
}

static void escape_js(struct buf *out, struct str s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		if (r == '\\' || r == '\'' || r == '"') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)r);
		} else if (r < ' ' || r == '<' || r == '>' || r == '&' || r == '=' || (r >= 0x80 && !unicode_is_print(r))) {
			buf_addf(out, "\\u%04X", r);
		} else {
			buf_add_bytes(out, s.p + i, n);
		}
	}
}

static void escape_query(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == '~')
			buf_add_char(out, (char)c);
		else if (c == ' ')
			buf_add_char(out, '+');
		else
			buf_addf(out, "%%%02X", c);
	}
}

static bool fn_html(struct go_call *call, struct value *out, struct err *err)
{
	return escaped(call, escape_html, out, err);
}

static bool fn_js(struct go_call *call, struct value *out, struct err *err)
{
	return escaped(call, escape_js, out, err);
}

static bool fn_urlquery(struct go_call *call, struct value *out, struct err *err)
{
	return escaped(call, escape_query, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("print", fn_print, GO_P_ANY | GO_P_MANY),
	GO_FUNC("println", fn_println, GO_P_ANY | GO_P_MANY),
	GO_FUNC("printf", fn_printf, GO_P_STRING, GO_P_ANY | GO_P_MANY),
	GO_FUNC("html", fn_html, GO_P_ANY | GO_P_MANY),
	GO_FUNC("js", fn_js, GO_P_ANY | GO_P_MANY),
	GO_FUNC("urlquery", fn_urlquery, GO_P_ANY | GO_P_MANY),
};
const struct go_table builtin_text = GO_TABLE(rows);
