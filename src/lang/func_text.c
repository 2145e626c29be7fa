/* Functions on text: cutting, replacing, case, style, versions, dates. */
#include <time.h>

#include "base/utf8.h"
#include "lang/builtin.h"
#include "lang/case.h"
#include "lang/error.h"
#include "lang/strftime.h"
#include "text/regex.h"
#include "text/semver.h"
#include "text/unicode.h"

static struct str arg(const struct builtin_call *c, size_t i)
{
	return c->args[i].p[0];
}

static bool return_buf(struct builtin_call *c, struct buf *b)
{
	return builtin_return(c, buf_to_arena(b, c->arena));
}

/* append and prepend: the words of a string, or each element of a list. */

enum side { SIDE_LEFT, SIDE_RIGHT };

static struct str attach(struct builtin_call *c, enum side side, struct str fix, struct str s)
{
	return side == SIDE_LEFT ? arena_concat(c->arena, fix, s) : arena_concat(c->arena, s, fix);
}

bool builtin_next_word(struct str *rest, struct str *word)
{
	*rest = unicode_str_trim(*rest);
	if (!rest->n)
		return false;
	size_t i = 0;
	for (uint32_t r; i < rest->n;) {
		size_t n = utf8_decode(str_slice(*rest, i, rest->n), &r);
		if (unicode_is_space(r))
			break;
		i += n;
	}
	*word = str_slice(*rest, 0, i);
	*rest = str_slice(*rest, i, rest->n);
	return true;
}

static bool fix_words(struct builtin_call *c, enum side side)
{
	if (c->args[0].n != 1)
		return builtin_fail_list(c, &c->args[0]);
	struct str fix = arg(c, 0), word;
	const struct lang_value *v = &c->args[1];
	if (builtin_has_lists(c)) {
		struct str *p = arena_array(c->arena, struct str, v->n);
		for (size_t i = 0; i < v->n; i++)
			p[i] = attach(c, side, fix, v->p[i]);
		*c->out = (struct lang_value){ p, v->n };
		return true;
	}
	AUTO_BUF b = { 0 };
	for (struct str rest = v->p[0]; builtin_next_word(&rest, &word);) {
		if (b.n)
			buf_add_char(&b, ' ');
		buf_add(&b, attach(c, side, fix, word));
	}
	return return_buf(c, &b);
}

static bool fn_append(struct builtin_call *c)
{
	return fix_words(c, SIDE_RIGHT);
}

static bool fn_prepend(struct builtin_call *c)
{
	return fix_words(c, SIDE_LEFT);
}

static bool fn_encode_uri_component(struct builtin_call *c)
{
	AUTO_BUF b = { 0 };
	struct str s = arg(c, 0);
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
			     str_find_char(STR("-_.!~*'()"), ch) != STR_NPOS;
		if (plain)
			buf_add_char(&b, ch);
		else
			buf_addf(&b, "%%%02X", (unsigned char)ch);
	}
	return return_buf(c, &b);
}

static struct str quote_one(struct builtin_call *c, struct str s)
{
	AUTO_BUF b = { 0 };
	buf_add_char(&b, '\'');
	for (size_t at; (at = str_find_char(s, '\'')) != STR_NPOS; s = str_slice(s, at + 1, s.n)) {
		buf_add(&b, str_slice(s, 0, at));
		buf_add_c(&b, "'\\''");
	}
	buf_add(&b, s);
	buf_add_char(&b, '\'');
	return buf_to_arena(&b, c->arena);
}

static bool fn_quote(struct builtin_call *c)
{
	return builtin_map(c, &c->args[0], quote_one);
}

static bool fn_replace(struct builtin_call *c)
{
	struct str s = arg(c, 0), from = arg(c, 1), to = arg(c, 2);
	AUTO_BUF b = { 0 };
	if (!from.n) {
		/* Between all code points and at both ends. */
		for (uint32_t r; s.n;) {
			size_t n = utf8_decode(s, &r);
			buf_add(&b, to);
			buf_add(&b, str_slice(s, 0, n));
			s = str_slice(s, n, s.n);
		}
		buf_add(&b, to);
		return return_buf(c, &b);
	}
	for (size_t at; (at = str_find(s, from)) != STR_NPOS; s = str_slice(s, at + from.n, s.n)) {
		buf_add(&b, str_slice(s, 0, at));
		buf_add(&b, to);
	}
	buf_add(&b, s);
	return return_buf(c, &b);
}

static bool fn_replace_regex(struct builtin_call *c)
{
	const struct regex *re;
	AUTO_ERR why = { 0 };
	if (!regex_compile(c->arena, arg(c, 1), REGEX_RUST, &re, &why))
		return builtin_fail(c, "%s", why.message);
	return builtin_return(c, regex_replace(re, arg(c, 0), arg(c, 2), REGEX_EXPAND, c->arena));
}

/* Trimming. */

static struct str trim_start(struct str s)
{
	for (uint32_t r; s.n;) {
		size_t n = utf8_decode(s, &r);
		if (!unicode_is_space(r))
			break;
		s = str_slice(s, n, s.n);
	}
	return s;
}

static bool fn_trim(struct builtin_call *c)
{
	return builtin_return(c, unicode_str_trim(arg(c, 0)));
}

static bool fn_trim_start(struct builtin_call *c)
{
	return builtin_return(c, trim_start(arg(c, 0)));
}

static bool fn_trim_end(struct builtin_call *c)
{
	struct str s = arg(c, 0), left = trim_start(s), both = unicode_str_trim(s);
	return builtin_return(c, str_slice(s, 0, s.n - left.n + both.n));
}

static bool fn_trim_start_match(struct builtin_call *c)
{
	return builtin_return(c, str_drop_prefix(arg(c, 0), arg(c, 1)));
}

static bool fn_trim_end_match(struct builtin_call *c)
{
	return builtin_return(c, str_drop_suffix(arg(c, 0), arg(c, 1)));
}

static bool fn_trim_start_matches(struct builtin_call *c)
{
	struct str s = arg(c, 0), fix = arg(c, 1);
	while (fix.n && str_starts(s, fix))
		s = str_slice(s, fix.n, s.n);
	return builtin_return(c, s);
}

static bool fn_trim_end_matches(struct builtin_call *c)
{
	struct str s = arg(c, 0), fix = arg(c, 1);
	while (fix.n && str_ends(s, fix))
		s.n -= fix.n;
	return builtin_return(c, s);
}

/* Case. */

static bool fn_capitalize(struct builtin_call *c)
{
	struct str s = arg(c, 0);
	AUTO_BUF b = { 0 };
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t r;
		n = utf8_decode(str_slice(s, i, s.n), &r);
		if (i)
			case_add_lower(&b, r);
		else
			case_add_upper(&b, r);
	}
	return return_buf(c, &b);
}

static bool fn_lowercase(struct builtin_call *c)
{
	AUTO_BUF b = { 0 };
	case_lower(&b, arg(c, 0));
	return return_buf(c, &b);
}

static bool fn_uppercase(struct builtin_call *c)
{
	AUTO_BUF b = { 0 };
	case_upper(&b, arg(c, 0));
	return return_buf(c, &b);
}

/* One table serves the functions that differ in style only: the call knows its own name. */
static const struct {
	struct str name;
	struct case_style style;
} styles[] = {
	{ STR_INIT("kebabcase"), { CASE_LOWER, CASE_LOWER, STR_INIT("-") } },
	{ STR_INIT("lowercamelcase"), { CASE_LOWER, CASE_CAPITALIZED, STR_INIT("") } },
	{ STR_INIT("shoutykebabcase"), { CASE_UPPER, CASE_UPPER, STR_INIT("-") } },
	{ STR_INIT("shoutysnakecase"), { CASE_UPPER, CASE_UPPER, STR_INIT("_") } },
	{ STR_INIT("snakecase"), { CASE_LOWER, CASE_LOWER, STR_INIT("_") } },
	{ STR_INIT("titlecase"), { CASE_CAPITALIZED, CASE_CAPITALIZED, STR_INIT(" ") } },
	{ STR_INIT("uppercamelcase"), { CASE_CAPITALIZED, CASE_CAPITALIZED, STR_INIT("") } },
};

static bool fn_words(struct builtin_call *c)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(styles); i++)
		if (str_eq(styles[i].name, c->expr->call.name))
			case_words(&b, arg(c, 0), &styles[i].style);
	return return_buf(c, &b);
}

/* style(). */

enum color_kind { COLOR_NONE, COLOR_NAMED, COLOR_INDEXED, COLOR_RGB };
struct color {
	enum color_kind kind;
	uint8_t a, b, c;
};
struct look {
	unsigned properties; /* bit per row of `properties` */
	struct color front, back;
	bool is_off;         /* gated by a stream without colour */
};

static const struct {
	const char *name;
	int code;
} properties[] = {
	{ "bold", 1 }, { "dim", 2 }, { "italic", 3 }, { "underline", 4 }, { "blink", 5 }, { "reverse", 7 }, { "hidden", 8 }, { "strikethrough", 9 },
};
static const char *const colors[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white" };

static int hex_value(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

static bool parse_color(struct str s, struct color *out)
{
	for (size_t i = 0; i < ARRAY_LEN(colors); i++)
		if (str_eq_c(s, colors[i])) {
			*out = (struct color){ COLOR_NAMED, (uint8_t)i, 0, 0 };
			return true;
		}
	if (str_starts(s, STR("#")) && (s.n == 4 || s.n == 7)) {
		int v[6];
		for (size_t i = 1; i < s.n; i++)
			if ((v[i - 1] = hex_value(s.p[i])) < 0)
				return false;
		*out = s.n == 4 ? (struct color){ COLOR_RGB, (uint8_t)(v[0] * 17), (uint8_t)(v[1] * 17), (uint8_t)(v[2] * 17) }
				: (struct color){ COLOR_RGB, (uint8_t)(v[0] * 16 + v[1]), (uint8_t)(v[2] * 16 + v[3]), (uint8_t)(v[4] * 16 + v[5]) };
		return true;
	}
	unsigned n = 0;
	if (s.n == 0 || s.n > 3 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = (struct color){ COLOR_INDEXED, (uint8_t)n, 0, 0 };
	return n < 256;
}

static bool apply_style(struct builtin_call *c, struct str s, struct look *look)
{
	const struct lang_host *host = c->ev->host;
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (str_eq_c(s, properties[i].name)) {
			look->properties |= 1u << i;
			return true;
		}
	if (str_eq_c(s, "stdout") || str_eq_c(s, "stderr")) {
		look->is_off |= str_eq_c(s, "stdout") ? !host->stdout_color : !host->stderr_color;
		return true;
	}
	static const struct {
		const char *name;
		enum color_kind kind;
		uint8_t color;
	} own[] = { { "command", COLOR_NONE, 0 }, { "error", COLOR_NAMED, 1 }, { "warning", COLOR_NAMED, 3 } };
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_eq_c(s, own[i].name)) {
			look->properties |= 1;
			if (own[i].kind != COLOR_NONE)
				look->front = (struct color){ own[i].kind, own[i].color, 0, 0 };
			return true;
		}
	if (str_starts(s, STR("bg:")))
		return parse_color(str_slice(s, 3, s.n), &look->back);
	return parse_color(str_drop_prefix(s, STR("fg:")), &look->front);
}

static void add_code(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_code(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (b->n)
		buf_add_char(b, ';');
	buf_addvf(b, fmt, ap);
	va_end(ap);
}

static void add_color(struct buf *b, const struct color *color, int base)
{
	if (color->kind == COLOR_NAMED)
		add_code(b, "%d", base + color->a);
	else if (color->kind == COLOR_INDEXED)
		add_code(b, "%d;5;%d", base + 8, color->a);
	else if (color->kind == COLOR_RGB)
		add_code(b, "%d;2;%d;%d;%d", base + 8, color->a, color->b, color->c);
}

static bool fn_style(struct builtin_call *c)
{
	struct look look = { 0 };
	if (c->n == 2 && c->args[1].n != 1)
		return builtin_fail_list(c, &c->args[1]);
	for (size_t i = 0; i < c->args[0].n; i++)
		if (!apply_style(c, c->args[0].p[i], &look))
			return builtin_fail(c, "invalid style: `%.*s`", STR_ARG(c->args[0].p[i]));
	AUTO_BUF codes = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (look.properties >> i & 1)
			add_code(&codes, "%d", properties[i].code);
	add_color(&codes, &look.back, 40);
	add_color(&codes, &look.front, 30);
	struct str text = c->n == 2 ? arg(c, 1) : STR("");
	if (look.is_off || !codes.n)
		return builtin_return(c, text);
	return builtin_return(c, arena_fmt(c->arena, "\033[%sm%.*s%s", buf_text(&codes), STR_ARG(text), c->n == 2 ? "\033[0m" : ""));
}

static bool fn_semver_matches(struct builtin_call *c)
{
	struct semver v;
	const struct semver_range *range;
	AUTO_ERR why = { 0 };
	if (!semver_range_parse(c->arena, arg(c, 1), SEMVER_CARGO, &range, &why))
		return builtin_fail(c, "invalid semver requirement: %s", why.message);
	if (!semver_parse(arg(c, 0), SEMVER_RUST, &v, &why))
		return builtin_fail(c, "invalid semver version: %s", why.message);
	return builtin_return_bool(c, semver_range_has(range, &v));
}

/* Dates. */

static bool format_time(struct builtin_call *c, enum strftime_zone zone)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	AUTO_BUF b = { 0 };
	struct str format = arg(c, 0);
	switch (lang_strftime(&b, format, &now, zone)) {
	case STRFTIME_OK:
		return return_buf(c, &b);
	case STRFTIME_BAD_FORMAT:
		return builtin_fail(c, "failed to parse time format string `%.*s`: bad or unsupported format string", STR_ARG(format));
	case STRFTIME_UNPRINTABLE:
		break;
	}
	return builtin_fail(c, "failed to format time with format string `%.*s`", STR_ARG(format));
}

static bool fn_datetime(struct builtin_call *c)
{
	return format_time(c, STRFTIME_LOCAL);
}

static bool fn_datetime_utc(struct builtin_call *c)
{
	return format_time(c, STRFTIME_UTC);
}

static bool fn_error(struct builtin_call *c)
{
	return builtin_fail(c, "%.*s", STR_ARG(arg(c, 0)));
}

static const struct lang_builtin rows[] = {
	{ STR_INIT("append"), 2, 2, fn_append, .takes = BUILTIN_VALUES },
	{ STR_INIT("capitalize"), 1, 1, fn_capitalize },
	{ STR_INIT("datetime"), 1, 1, fn_datetime },
	{ STR_INIT("datetime_utc"), 1, 1, fn_datetime_utc },
	{ STR_INIT("encode_uri_component"), 1, 1, fn_encode_uri_component },
	{ STR_INIT("error"), 1, 1, fn_error },
	{ STR_INIT("kebabcase"), 1, 1, fn_words },
	{ STR_INIT("lowercamelcase"), 1, 1, fn_words },
	{ STR_INIT("lowercase"), 1, 1, fn_lowercase },
	{ STR_INIT("prepend"), 2, 2, fn_prepend, .takes = BUILTIN_VALUES },
	{ STR_INIT("quote"), 1, 1, fn_quote, .takes = BUILTIN_VALUES },
	{ STR_INIT("replace"), 3, 3, fn_replace },
	{ STR_INIT("replace_regex"), 3, 3, fn_replace_regex },
	{ STR_INIT("semver_matches"), 2, 2, fn_semver_matches },
	{ STR_INIT("shoutykebabcase"), 1, 1, fn_words },
	{ STR_INIT("shoutysnakecase"), 1, 1, fn_words },
	{ STR_INIT("snakecase"), 1, 1, fn_words },
	{ STR_INIT("style"), 1, 2, fn_style, .takes = BUILTIN_VALUES },
	{ STR_INIT("titlecase"), 1, 1, fn_words },
	{ STR_INIT("trim"), 1, 1, fn_trim },
	{ STR_INIT("trim_end"), 1, 1, fn_trim_end },
	{ STR_INIT("trim_end_match"), 2, 2, fn_trim_end_match },
	{ STR_INIT("trim_end_matches"), 2, 2, fn_trim_end_matches },
	{ STR_INIT("trim_start"), 1, 1, fn_trim_start },
	{ STR_INIT("trim_start_match"), 2, 2, fn_trim_start_match },
	{ STR_INIT("trim_start_matches"), 2, 2, fn_trim_start_matches },
	{ STR_INIT("uppercamelcase"), 1, 1, fn_words },
	{ STR_INIT("uppercase"), 1, 1, fn_uppercase },
};
const struct builtin_table builtin_strings = { rows, ARRAY_LEN(rows) };
