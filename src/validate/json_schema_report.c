/*
 * The words. Helm's validator prints numbers through a printer localised for English (1,234 and 1.5 × 10⁰⁷), strings by Go's %q with its quotes
 * exchanged, and flattens nothing but the outermost group of failures.
 */
#include "validate/json_schema_internal.h"

#include <math.h>

#include "base/num.h"
#include "base/utf8.h"
#include "text/unicode.h"

const char *const js_type_names[7] = { "null", "boolean", "number", "integer", "string", "array", "object" };

static void add_escape(struct buf *out, uint32_t r, size_t length, unsigned char byte)
{
	static const char named[] = "\aa\bb\tt\nn\vv\ff\rr";
	if (r == UTF8_BAD && length == 1) {
		buf_addf(out, "\\x%02x", byte);
		return;
	}
	for (const char *n = named; *n; n += 2) {
		if ((uint32_t)*n == r) {
			buf_addf(out, "\\%c", n[1]);
			return;
		}
	}
	buf_addf(out, r < ' ' || r == 0x7f ? "\\x%02x" : r < 0x10000 ? "\\u%04x" : "\\U%08x", r);
}

void js_add_quoted(struct buf *out, struct str s)
{
	/* %q, then \" becomes ", then ' becomes \': in that order, so that a backslash before the closing quote is lost as it is in Go. */
	buf_add_char(out, '\'');
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		bool last = i + n == s.n;
		if (r == '\\')
			buf_add_c(out, last ? "\\" : "\\\\");
		else if (r == '\'')
			buf_add_c(out, "\\'");
		else if ((r == UTF8_BAD && n == 1) || !unicode_is_print(r))
			add_escape(out, r, n, (unsigned char)s.p[i]);
		else
			buf_add_bytes(out, s.p + i, n);
	}
	buf_add_char(out, '\'');
}

/* Digits in groups of three up to the point or the end. */
static void add_grouped(struct buf *out, struct str digits)
{
	size_t whole = str_find_char(digits, '.');
	if (whole == STR_NPOS)
		whole = digits.n;
	for (size_t i = 0; i < digits.n; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			buf_add_char(out, ',');
		buf_add_char(out, digits.p[i]);
	}
}

static void add_superscript(struct buf *out, struct str exponent)
{
	static const char *const digits[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
	for (size_t i = 0; i < exponent.n; i++) {
		char c = exponent.p[i];
		buf_add_c(out, c == '-' ? "⁻" : c >= '0' && c <= '9' ? digits[c - '0'] : "");
	}
}

void js_add_number(struct buf *out, double v)
{
	AUTO_BUF text = { 0 };
	num_add_float(&text, fabs(v), 'g', -1);
	struct str mantissa, exponent;
	bool scientific = str_cut(buf_str(&text), 'e', &mantissa, &exponent);
	if (v < 0)
		buf_add_char(out, '-');
	add_grouped(out, mantissa);
	if (scientific) {
		buf_add_c(out, "\u202f×\u202f10");
		add_superscript(out, exponent);
	}
}

void js_add_count(struct buf *out, int64_t n)
{
	AUTO_BUF text = { 0 };
	buf_addf(&text, "%lld", (long long)n);
	add_grouped(out, buf_str(&text));
}

void js_add_value(struct buf *out, struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VAL_BOOL: buf_add_c(out, v.b ? "true" : "false"); break;
	case VAL_INT: buf_addf(out, "%lld", (long long)v.i); break;
	case VAL_FLOAT: num_add_float(out, v.f, 'g', -1); break;
	case VAL_STR: js_add_quoted(out, value_as_str(v)); break;
	default: buf_add_c(out, "<nil>"); break;
	}
}

static void add_lines(const struct js_failure *f, size_t depth, struct buf *out)
{
	buf_add_repeat(out, ' ', depth * 2);
	buf_add_c(out, "- at ");
	js_add_quoted(out, f->at);
	buf_add_c(out, ": ");
	buf_add(out, f->group ? STR("validation failed") : f->message);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < f->causes.n; i++)
		add_lines(f->causes.p[i], depth + 1, out);
}

void js_report(const struct js_failure *f, struct buf *out)
{
	if (!f->group || f->whole) {
		add_lines(f, 0, out);
		return;
	}
	for (size_t i = 0; i < f->causes.n; i++)
		add_lines(f->causes.p[i], 0, out);
}
