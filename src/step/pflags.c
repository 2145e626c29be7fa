/* One pass over the words; each kind of value has its reader in set_value. */
#include "step/pflags.h"

#include "base/buf.h"
#include "base/num.h"
#include "ext/proc.h"
#include "gotmpl/gofmt.h"

struct parser {
	const struct pflags *flags;
	struct arena *a;
	char *opts;
	struct err *err;
};

/* invalid argument "x" for "-l, --labels" flag: REASON */
static bool invalid(struct parser *p, const struct pflag *f, struct str value, const char *fmt, ...) PRINTF_LIKE(4, 5);
static bool invalid(struct parser *p, const struct pflag *f, struct str value, const char *fmt, ...)
{
	AUTO_BUF quoted = { 0 };
	va_list ap;
	char shorthand[8] = "";
	va_start(ap, fmt);
	err_vset(p->err, ERR_USAGE, fmt, ap);
	va_end(ap);
	gofmt_quote(&quoted, value);
	if (f->shorthand) {
		shorthand[0] = '-';
		shorthand[1] = f->shorthand;
		shorthand[2] = ',';
		shorthand[3] = ' ';
		shorthand[4] = 0;
	}
	return err_wrap(p->err, "invalid argument %.*s for \"%s--%s\" flag", STR_ARG(buf_str(&quoted)), shorthand, f->name);
}

/* strconv.ParseBool */
static bool parse_bool(struct str s, bool *out)
{
	static const char *const truths[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const lies[] = { "0", "f", "F", "false", "FALSE", "False" };
	for (size_t i = 0; i < ARRAY_LEN(truths); i++) {
		if (str_eq_c(s, truths[i]) || str_eq_c(s, lies[i])) {
			*out = str_eq_c(s, truths[i]);
			return true;
		}
	}
	return false;
}

/* One line of CSV as encoding/csv reads it: fields may be in double quotes, in which two of them stand for one. False with *at, the byte that breaks the rule. */
static bool split_csv(struct arena *a, struct str s, step_words *out, size_t *at)
{
	AUTO_BUF field = { 0 };
	bool quoted = false, at_start = true, was_quoted = false;
	if (!s.n)
		return true;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quoted) {
			if (c == '"' && i + 1 < s.n && s.p[i + 1] == '"')
				buf_add_char(&field, s.p[++i]);
			else if (c == '"')
				quoted = false, was_quoted = true;
			else
				buf_add_char(&field, c);
		} else if (c == ',') {
			vec_push_in(out, a, buf_to_arena(&field, a));
			buf_clear(&field);
			at_start = true;
			was_quoted = false;
			continue;
		} else if (c == '"' && at_start) {
			quoted = true;
		} else if (c == '"' || was_quoted) {
			*at = was_quoted ? i - 1 : i;
			return false;
		} else {
			buf_add_char(&field, c);
		}
		at_start = false;
	}
	*at = s.n;
	vec_push_in(out, a, buf_to_arena(&field, a));
	return !quoted;
}

static bool set_strings(struct parser *p, const struct pflag *f, struct str value, step_words *words)
{
	size_t at;
	if (split_csv(p->a, value, words, &at))
		return true;
	bool is_bare = at < value.n && (at == 0 || value.p[at - 1] != '"') && str_find_char(str_slice(value, 0, at), '"') == STR_NPOS;
	return invalid(p, f, value, "parse error on line 1, column %zu: %s", at + 1,
		       is_bare ? "bare \" in non-quoted-field" : "extraneous or missing \" in quoted-field");
}

static bool check_pairs(struct parser *p, const struct pflag *f, struct str value, const step_words *pairs, size_t from)
{
	for (size_t i = from; i < pairs->n; i++)
		if (str_find_char(pairs->p[i], '=') == STR_NPOS)
			return invalid(p, f, value, "%.*s must be formatted as key=value", STR_ARG(pairs->p[i]));
	return true;
}

/* time.ParseDuration, as far as telling whether it is one. */
static bool check_duration(struct parser *p, const struct pflag *f, struct str value)
{
	static const char *const units[] = { "ns", "us", "µs", "μs", "ms", "s", "m", "h" };
	struct str s = value;
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	if (str_eq(s, STR("0")))
		return true;
	if (!s.n)
		return invalid(p, f, value, "time: invalid duration \"%.*s\"", STR_ARG(value));
	while (s.n) {
		size_t digits = 0, n = 0, best = 0;
		while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
			digits += s.p[n++] != '.';
		if (!digits)
			return invalid(p, f, value, "time: invalid duration \"%.*s\"", STR_ARG(value));
		s = str_slice(s, n, s.n);
		for (n = 0; n < s.n && s.p[n] != '.' && (s.p[n] < '0' || s.p[n] > '9');)
			n++;
		struct str unit = str_slice(s, 0, n);
		if (!n)
			return invalid(p, f, value, "time: missing unit in duration \"%.*s\"", STR_ARG(value));
		for (size_t i = 0; i < ARRAY_LEN(units); i++)
			best += str_eq_c(unit, units[i]);
		if (!best)
			return invalid(p, f, value, "time: unknown unit \"%.*s\" in duration \"%.*s\"", STR_ARG(unit), STR_ARG(value));
		s = str_slice(s, n, s.n);
	}
	return true;
}

static bool set_program(struct parser *p, const struct pflag *f, struct str value, struct str *out)
{
	if (!value.n || proc_find(value, p->flags->path, p->a, out))
		return true;
	if (str_find_char(value, '/') != STR_NPOS)
		return invalid(p, f, value, "unable to find binary at %.*s: exec: \"%.*s\": stat %.*s: no such file or directory", STR_ARG(value),
			       STR_ARG(value), STR_ARG(value));
	return invalid(p, f, value, "unable to find binary at %.*s: exec: \"%.*s\": executable file not found in $PATH", STR_ARG(value),
		       STR_ARG(value));
}

static bool set_value(struct parser *p, const struct pflag *f, struct str value)
{
	void *member = p->opts + f->offset;
	step_words *words = member;
	size_t before;
	AUTO_BUF quoted = { 0 };
	gofmt_quote(&quoted, value);
	switch (f->kind) {
	case PFLAG_BOOL:
		return parse_bool(value, member) ||
		       invalid(p, f, value, "strconv.ParseBool: parsing %.*s: invalid syntax", STR_ARG(buf_str(&quoted)));
	case PFLAG_INT:
		return num_parse_int(value, 0, member) ||
		       invalid(p, f, value, "strconv.ParseInt: parsing %.*s: invalid syntax", STR_ARG(buf_str(&quoted)));
	case PFLAG_FLOAT:
		return num_parse_float(value, member) ||
		       invalid(p, f, value, "strconv.ParseFloat: parsing %.*s: invalid syntax", STR_ARG(buf_str(&quoted)));
	case PFLAG_DURATION:
		return check_duration(p, f, value);
	case PFLAG_PROGRAM:
		return set_program(p, f, value, member);
	case PFLAG_STRING:
	case PFLAG_OPT:
		*(struct str *)member = value;
		return true;
	case PFLAG_ARRAY:
		vec_push_in(words, p->a, value);
		return true;
	case PFLAG_STRINGS:
		return set_strings(p, f, value, words);
	case PFLAG_PAIRS:
		before = words->n;
		return set_strings(p, f, value, words) && check_pairs(p, f, value, words, before);
	}
	return true;
}

/* The value that an option has without one, or NULL where it needs one. */
static const char *default_of(const struct pflag *f)
{
	return f->kind == PFLAG_BOOL ? "true" : f->given;
}

static bool parse_long(struct parser *p, struct str word, const step_words *args, size_t *i)
{
	struct str name, value;
	const struct pflag *f = p->flags->table;
	bool has_value = str_cut(str_slice(word, 2, word.n), '=', &name, &value);
	if (!name.n || name.p[0] == '-')
		return err_set(p->err, ERR_USAGE, "bad flag syntax: %.*s", STR_ARG(word));
	while (f->name && !str_eq_c(name, f->name))
		f++;
	if (!f->name)
		return err_set(p->err, ERR_USAGE, "unknown flag: --%.*s", STR_ARG(name));
	if (!has_value && default_of(f))
		value = str_c(default_of(f));
	else if (!has_value && *i + 1 >= args->n)
		return err_set(p->err, ERR_USAGE, "flag needs an argument: --%.*s", STR_ARG(name));
	else if (!has_value)
		value = args->p[++*i];
	return set_value(p, f, value);
}

static bool parse_short(struct parser *p, struct str word, const step_words *args, size_t *i)
{
	struct str rest = str_slice(word, 1, word.n);
	while (rest.n) {
		char c = rest.p[0];
		struct str here = rest, value;
		const struct pflag *f = p->flags->table;
		while (f->name && f->shorthand != c)
			f++;
		if (!f->name)
			return err_set(p->err, ERR_USAGE, "unknown shorthand flag: '%c' in -%.*s", c, STR_ARG(here));
		rest = str_slice(rest, 1, rest.n);
		if (rest.n > 1 && rest.p[0] == '=') {
			value = str_slice(rest, 1, rest.n);
			rest = STR("");
		} else if (default_of(f)) {
			value = str_c(default_of(f));
		} else if (rest.n) {
			value = rest;
			rest = STR("");
		} else if (*i + 1 < args->n) {
			value = args->p[++*i];
		} else {
			return err_set(p->err, ERR_USAGE, "flag needs an argument: '%c' in -%.*s", c, STR_ARG(here));
		}
		if (!set_value(p, f, value))
			return false;
	}
	return true;
}

bool pflags_parse(const struct pflags *flags, const step_words *args, struct arena *a, void *opts, step_words *operands, struct err *err)
{
	struct parser p = { flags, a, opts, err };
	for (size_t i = 0; i < args->n; i++) {
		struct str word = args->p[i];
		if (str_eq(word, STR("--"))) {
			for (i++; i < args->n; i++)
				vec_push_in(operands, a, args->p[i]);
			return true;
		}
		bool ok = true;
		if (str_starts(word, STR("--")))
			ok = parse_long(&p, word, args, &i);
		else if (word.n > 1 && word.p[0] == '-')
			ok = parse_short(&p, word, args, &i);
		else
			vec_push_in(operands, a, word);
		if (!ok)
			return false;
	}
	return true;
}
