/*
 * Formats: %[index]*.[index]*verb. What is wrong in a format is printed in its place: %!d(MISSING), %!(NOVERB), %!d(BADINDEX),
 * %!(BADWIDTH), %!(BADPREC), and arguments that no verb took as %!(EXTRA type=value).
 */
#include <string.h>

#include "base/utf8.h"
#include "gotmpl/gofmt_pp.h"

#define NUMBER_MAX 1000000 /* Go's limit for width, precision and index */

struct format {
	struct pp *p;
	struct str s;
	size_t i;
	const struct value *argv;
	size_t argc, arg; /* next argument */
	bool after_index;
};

static bool at(const struct format *f, char c)
{
	return f->i < f->s.n && f->s.p[f->i] == c;
}

/* Decimal digits in s from *i; false where there are none, or the number is too large (*i is then the end, as in Go). */
static bool take_number(struct str s, size_t *i, int *out)
{
	bool any = false;
	int n = 0;
	for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; (*i)++) {
		if (n > NUMBER_MAX) {
			*i = s.n;
			*out = 0;
			return false;
		}
		n = n * 10 + (s.p[*i] - '0');
		any = true;
	}
	*out = n;
	return any;
}

/* [3]: the number of the next argument. */
static void take_index(struct format *f)
{
	f->after_index = false;
	if (!at(f, '['))
		return;
	f->p->reordered = true;
	size_t close = str_find_char(str_slice(f->s, f->i, f->s.n), ']');
	if (close == STR_NPOS) {
		f->p->good_arg = false;
		f->i++;
		return;
	}
	struct str inside = str_slice(f->s, f->i + 1, f->i + close);
	size_t used = 0;
	int number;
	bool ok = take_number(inside, &used, &number) && used == inside.n;
	f->i += close + 1;
	if (ok && number >= 1 && (size_t)number <= f->argc) {
		f->arg = (size_t)number - 1;
		f->after_index = true;
	} else {
		f->p->good_arg = false;
		f->after_index = ok;
	}
}

/* An integer argument for `*`. */
static bool star(struct format *f, int *out)
{
	f->i++;
	*out = 0;
	if (f->arg >= f->argc)
		return false;
	struct value v = f->argv[f->arg++];
	if (v.kind != VAL_INT || v.i > NUMBER_MAX || v.i < -NUMBER_MAX)
		return false;
	*out = (int)v.i;
	return true;
}

static void take_width(struct format *f)
{
	struct pp_flags *flags = &f->p->f;
	take_index(f);
	if (!at(f, '*')) {
		flags->has_width = take_number(f->s, &f->i, &flags->width);
		if (f->after_index && flags->has_width) /* "%[3]2d" */
			f->p->good_arg = false;
		return;
	}
	flags->has_width = star(f, &flags->width);
	if (!flags->has_width)
		buf_add_c(f->p->out, "%!(BADWIDTH)");
	if (flags->width < 0) {
		flags->width = -flags->width;
		flags->minus = true;
		flags->zero = false;
	}
	f->after_index = false;
}

static void take_precision(struct format *f)
{
	struct pp_flags *flags = &f->p->f;
	if (!at(f, '.'))
		return;
	f->i++;
	if (f->after_index) /* "%[3].2d" */
		f->p->good_arg = false;
	take_index(f);
	if (!at(f, '*')) {
		if (!take_number(f->s, &f->i, &flags->prec))
			flags->prec = 0;
		flags->has_prec = true;
		return;
	}
	flags->has_prec = star(f, &flags->prec);
	if (flags->prec < 0) {
		flags->prec = 0;
		flags->has_prec = false;
	}
	if (!flags->has_prec)
		buf_add_c(f->p->out, "%!(BADPREC)");
	f->after_index = false;
}

static void take_flags(struct format *f)
{
	struct pp_flags *flags = &f->p->f;
	for (; f->i < f->s.n; f->i++) {
		switch (f->s.p[f->i]) {
		case '#': flags->sharp = true; break;
		case '0': flags->zero = true; break;
		case '+': flags->plus = true; break;
		case '-': flags->minus = true; break;
		case ' ': flags->space = true; break;
		default: return;
		}
	}
}

static void complain(struct pp *p, uint32_t verb, const char *what)
{
	buf_add_c(p->out, "%!");
	buf_add_rune(p->out, verb);
	buf_add_c(p->out, what);
}

/* One verb after its '%'. */
static void take_verb(struct format *f)
{
	struct pp *p = f->p;
	p->f = (struct pp_flags){ 0 };
	p->good_arg = true;
	take_flags(f);
	take_width(f);
	take_precision(f);
	if (!f->after_index)
		take_index(f);
	if (f->i >= f->s.n) {
		buf_add_c(p->out, "%!(NOVERB)");
		return;
	}
	uint32_t verb;
	f->i += utf8_decode(str_slice(f->s, f->i, f->s.n), &verb);
	if (verb == '%') {
		buf_add_char(p->out, '%');
	} else if (!p->good_arg) {
		complain(p, verb, "(BADINDEX)");
	} else if (f->arg >= f->argc) {
		complain(p, verb, "(MISSING)");
	} else {
		if (verb == 'v') {
			p->f.sharp_v = p->f.sharp;
			p->f.plus_v = p->f.plus;
			p->f.sharp = p->f.plus = false;
		}
		pp_arg(p, f->argv[f->arg++], verb);
	}
}

static void print_extra(struct format *f)
{
	struct pp *p = f->p;
	p->f = (struct pp_flags){ 0 };
	buf_add_c(p->out, "%!(EXTRA ");
	for (size_t i = f->arg; i < f->argc; i++) {
		if (i > f->arg)
			buf_add_c(p->out, ", ");
		buf_add(p->out, go_type_name(p->types, f->argv[i]));
		if (f->argv[i].kind == VAL_NULL)
			continue;
		buf_add_char(p->out, '=');
		pp_arg(p, f->argv[i], 'v');
	}
	buf_add_char(p->out, ')');
}

void pp_format(struct pp *p, struct str format, const struct value *argv, size_t n)
{
	struct format f = { .p = p, .s = format, .argv = argv, .argc = n };
	while (f.i < format.n && !p->failed) {
		const char *percent = memchr(format.p + f.i, '%', format.n - f.i);
		size_t end = percent ? (size_t)(percent - format.p) : format.n;
		buf_add(p->out, str_slice(format, f.i, end));
		f.i = end;
		if (!percent)
			break;
		f.i++;
		f.after_index = false;
		take_verb(&f);
	}
	if (!p->reordered && f.arg < f.argc)
		print_extra(&f);
}
