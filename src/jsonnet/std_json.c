/*
 * std.parseJson. Its errors are those of the reference's JSON library (nlohmann/json): what was read since the last string or number began, where
 * reading stopped, what was expected. The reader therefore counts characters as that library does: a column is a byte, the end of the text counts as
 * one, and `start` is where "last read" begins.
 */
#include <stdio.h>

#include "base/num.h"
#include "base/utf8.h"
#include "data/json.h"
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

enum token {
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_NULL,
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_OPEN_ARRAY,
	TOKEN_OPEN_OBJECT,
	TOKEN_CLOSE_ARRAY,
	TOKEN_CLOSE_OBJECT,
	TOKEN_COLON,
	TOKEN_COMMA,
	TOKEN_BAD,
	TOKEN_END,
	TOKEN_VALUE, /* only as what is expected */
};

static const char *const token_names[] = {
	"true literal", "false literal", "null literal", "string literal", "number literal", "'['", "'{'",
	"']'", "'}'", "':'", "','", "<parse error>", "end of input", "'[', '{', or a literal",
};

struct reader {
	struct vm *vm;
	struct str text;
	size_t at;             /* bytes read, one more at the end */
	size_t start;
	size_t line, column;   /* lines read; bytes of this line read */
	int current;           /* the last byte, or -1 */
	enum token token;
	const char *error;     /* of TOKEN_BAD */
	char error_text[100];
	struct buf *string;    /* the content of a TOKEN_STRING */
	double number;
};

static int get(struct reader *r)
{
	r->current = r->at < r->text.n ? (uint8_t)r->text.p[r->at] : -1;
	r->at++;
	r->column++;
	if (r->current == '\n') {
		r->line++;
		r->column = 0;
	}
	return r->current;
}

static void unget(struct reader *r)
{
	r->at--;
	if (r->column > 0)
		r->column--;
	else
		r->line--;
}

static enum token bad(struct reader *r, const char *error)
{
	r->error = error;
	return TOKEN_BAD;
}

static enum token scan_literal(struct reader *r, const char *word, enum token token)
{
	for (const char *c = word + 1; *c; c++)
		if (get(r) != *c)
			return bad(r, "invalid literal");
	return token;
}

static int scan_hex4(struct reader *r)
{
	int code = 0;
	for (int i = 0; i < 4; i++) {
		int c = get(r), lower = c | 0x20;
		if (c >= '0' && c <= '9')
			code = code * 16 + c - '0';
		else if (lower >= 'a' && lower <= 'f')
			code = code * 16 + lower - 'a' + 10;
		else
			return -1;
	}
	return code;
}

static const char hex4_error[] = "invalid string: '\\u' must be followed by 4 hex digits";
static const char pair_error[] = "invalid string: surrogate U+DC00..U+DFFF must be followed by U+DC00..U+DFFF";

/* After `\u`. NULL, or the error. */
static const char *scan_unicode(struct reader *r)
{
	int code = scan_hex4(r);
	if (code < 0)
		return hex4_error;
	if (code >= 0xDC00 && code <= 0xDFFF)
		return "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF";
	if (code >= 0xD800 && code <= 0xDBFF) {
		if (get(r) != '\\' || get(r) != 'u')
			return pair_error;
		int low = scan_hex4(r);
		if (low < 0)
			return hex4_error;
		if (low < 0xDC00 || low > 0xDFFF)
			return pair_error;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	buf_add_rune(r->string, (uint32_t)code);
	return NULL;
}

static const char *control_error(struct reader *r, int c)
{
	static const char names[32][4] = { "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT",	"LF", "VT", "FF", "CR", "SO", "SI",
					   "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US" };
	static const char short_forms[] = "btn.fr";
	char other[8] = "";
	if (c >= '\b' && c <= '\r' && c != '\v')
		snprintf(other, sizeof(other), " or \\%c", short_forms[c - '\b']);
	snprintf(r->error_text, sizeof(r->error_text), "invalid string: control character U+%04X (%s) must be escaped to \\u%04X%s", (unsigned)c,
		 names[c], (unsigned)c, other);
	return r->error_text;
}

static enum token scan_string(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	buf_clear(r->string);
	r->start = r->at - 1;
	for (;;) {
		int c = get(r);
		if (c < 0)
			return bad(r, "invalid string: missing closing quote");
		if (c == '"')
			return TOKEN_STRING;
		if (c < 0x20)
			return bad(r, control_error(r, c));
		if (c != '\\') {
			buf_add_char(r->string, (char)c);
			continue;
		}
		c = get(r);
		const char *escape = c > 0 ? strchr(from, c) : NULL;
		if (escape)
			buf_add_char(r->string, to[escape - from]);
		else if (c != 'u')
			return bad(r, "invalid string: forbidden character after backslash");
		else if ((r->error = scan_unicode(r)))
			return TOKEN_BAD;
	}
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* At least one digit, then all that follow; the first is asked for with `error`. */
static bool scan_digits(struct reader *r, int c, const char *error)
{
	r->error = error;
	if (!is_digit(c))
		return false;
	while (is_digit(get(r)))
		;
	return true;
}

static enum token scan_number(struct reader *r)
{
	int c = r->current;
	bool whole = true;
	r->start = r->at - 1;
	if (c == '-' && !is_digit(c = get(r)))
		return bad(r, "invalid number; expected digit after '-'");
	if (c == '0')
		get(r);
	else if (!scan_digits(r, c, NULL))
		return TOKEN_BAD;
	if (r->current == '.') {
		whole = false;
		if (!scan_digits(r, get(r), "invalid number; expected digit after '.'"))
			return TOKEN_BAD;
	}
	if (r->current == 'e' || r->current == 'E') {
		const char *error = "invalid number; expected '+', '-', or digit after exponent";
		whole = false;
		c = get(r);
		if (c == '+' || c == '-') {
			error = "invalid number; expected digit after exponent sign";
			c = get(r);
		}
		if (!scan_digits(r, c, error))
			return TOKEN_BAD;
	}
	unget(r);
	struct str digits = str_slice(r->text, r->start, r->at);
	if (!num_parse_float(digits, &r->number))
		vm_raise(r->vm, "[json.exception.out_of_range.406] number overflow parsing '%.*s'", STR_ARG(digits));
	if (whole && r->number == 0)
		r->number = 0; /* an integer has no -0 */
	return TOKEN_NUMBER;
}

static enum token scan(struct reader *r)
{
	do
		get(r);
	while (r->current == ' ' || r->current == '\t' || r->current == '\n' || r->current == '\r');
	switch (r->current) {
	case '[':
		return TOKEN_OPEN_ARRAY;
	case ']':
		return TOKEN_CLOSE_ARRAY;
	case '{':
		return TOKEN_OPEN_OBJECT;
	case '}':
		return TOKEN_CLOSE_OBJECT;
	case ':':
		return TOKEN_COLON;
	case ',':
		return TOKEN_COMMA;
	case 't':
		return scan_literal(r, "true", TOKEN_TRUE);
	case 'f':
		return scan_literal(r, "false", TOKEN_FALSE);
	case 'n':
		return scan_literal(r, "null", TOKEN_NULL);
	case '"':
		return scan_string(r);
	case '\0':
	case -1:
		return TOKEN_END;
	default:
		return r->current == '-' || is_digit(r->current) ? scan_number(r) : bad(r, "invalid literal");
	}
}

static enum token next(struct reader *r)
{
	return r->token = scan(r);
}

/* `expected` is TOKEN_BAD where nothing is said to be. */
NORETURN static void unexpected(struct reader *r, const char *context, enum token expected)
{
	struct buf *m = vm_buf(r->vm);
	buf_addf(m, "[json.exception.parse_error.101] parse error at line %zu, column %zu: syntax error while parsing %s - ", r->line + 1,
		 r->column, context);
	if (r->token == TOKEN_BAD) {
		buf_addf(m, "%s; last read: '", r->error);
		for (size_t i = r->start; i < MIN(r->at, r->text.n); i++)
			if ((uint8_t)r->text.p[i] < 0x20)
				buf_addf(m, "<U+%04X>", (unsigned)(uint8_t)r->text.p[i]);
			else
				buf_add_char(m, r->text.p[i]);
		buf_add_char(m, '\'');
	} else {
		buf_addf(m, "unexpected %s", token_names[r->token]);
	}
	if (expected != TOKEN_BAD)
		buf_addf(m, "; expected %s", token_names[expected]);
	vm_raise(r->vm, "%.*s", STR_ARG(buf_str(m)));
}

static struct jv read_value(struct reader *r);

static struct jv read_array(struct reader *r)
{
	struct vm_vec items = { 0 };
	if (next(r) == TOKEN_CLOSE_ARRAY)
		return vm_vec_array(r->vm, &items);
	for (;;) {
		vm_vec_push(r->vm, &items, read_value(r));
		if (next(r) == TOKEN_CLOSE_ARRAY)
			return vm_vec_array(r->vm, &items);
		if (r->token != TOKEN_COMMA)
			unexpected(r, "array", TOKEN_CLOSE_ARRAY);
		next(r);
	}
}

static struct jv read_object(struct reader *r)
{
	struct obj_build fields = { 0 };
	if (next(r) == TOKEN_CLOSE_OBJECT)
		return obj_build_done(r->vm, &fields);
	for (;;) {
		if (r->token != TOKEN_STRING)
			unexpected(r, "object key", TOKEN_STRING);
		struct jv name = str_new(r->vm, buf_str(r->string));
		if (next(r) != TOKEN_COLON)
			unexpected(r, "object separator", TOKEN_COLON);
		next(r);
		obj_build_add(r->vm, &fields, name, read_value(r), VIS_DEFAULT);
		if (next(r) == TOKEN_CLOSE_OBJECT)
			return obj_build_done(r->vm, &fields);
		if (r->token != TOKEN_COMMA)
			unexpected(r, "object", TOKEN_CLOSE_OBJECT);
		next(r);
	}
}

/* The value that begins with the token just read. */
static struct jv read_value(struct reader *r)
{
	vm_deeper(r->vm);
	switch (r->token) {
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		return jv_bool(r->token == TOKEN_TRUE);
	case TOKEN_NULL:
		return jv_null();
	case TOKEN_STRING:
		return str_new(r->vm, buf_str(r->string));
	case TOKEN_NUMBER:
		return vm_num(r->vm, r->number);
	case TOKEN_OPEN_ARRAY:
		return read_array(r);
	case TOKEN_OPEN_OBJECT:
		return read_object(r);
	default:
		unexpected(r, "value", r->token == TOKEN_BAD ? TOKEN_BAD : TOKEN_VALUE);
	}
}

static struct jv parse_as_go(struct vm *vm, struct str text)
{
	struct arena *a = vm_arena(vm);
	struct value v;
	struct err err = { 0 };
	if (!json_parse(text, NULL, a, &v, &err)) {
		struct str message = arena_str(&vm->arena, str_c(err.message));
		err_deinit(&err);
		vm_raise(vm, "failed to parse JSON: %.*s", STR_ARG(message));
	}
	struct jv out = jv_from_value(vm, v);
	vm_arena_done(vm);
	return out;
}

static struct jv fn_parse_json(struct vm *vm, struct jv *args)
{
	std_types(vm, "parseJson", "s", args);
	if (vm_is_go(vm))
		return parse_as_go(vm, str_bytes(vm, args[0]));
	struct reader r = { .vm = vm, .text = str_drop_prefix(str_bytes(vm, args[0]), STR("\xef\xbb\xbf")), .string = vm_buf(vm) };
	next(&r);
	struct jv v = read_value(&r);
	if (next(&r) != TOKEN_END)
		unexpected(&r, "value", TOKEN_END);
	vm_buf_done(vm, r.string);
	return v;
}

const struct std_row std_json_rows[] = {
	{ "parseJson", "str", fn_parse_json },
	{ NULL },
};
