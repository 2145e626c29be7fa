/* gofmt_pp.h: the printer that the files of gofmt share: flags of the current verb, and the scalars printed under them. */
#ifndef GOTMPL_GOFMT_PP_H
#define GOTMPL_GOFMT_PP_H

#include "gotmpl/gofmt.h"

struct pp_flags {
	bool minus, plus, sharp, space, zero;
	bool plus_v, sharp_v; /* %+v and %#v, which clear plus and sharp */
	bool has_width, has_prec;
	int width, prec;
};

struct pp {
	struct buf *out;
	const struct go_types *types;
	struct pp_flags f;
	bool erroring;  /* inside %!verb(…): no String methods */
	bool reordered, good_arg; /* argument indexes */
	bool failed;    /* nested too deeply, or too much output */
	size_t limit;   /* of out->n */
};

/* The argument v under verb. */
void pp_arg(struct pp *p, struct value v, uint32_t verb);

/* Sprintf's work: see gofmt_printf. */
void pp_format(struct pp *p, struct str format, const struct value *argv, size_t n);

/* Scalars; the caller has checked that the verb fits. `bits` as two's complement where is_signed. */
struct pp_int {
	uint64_t bits;
	bool is_signed;
};
void pp_integer(struct pp *p, struct pp_int i, unsigned base, uint32_t verb);
void pp_unicode(struct pp *p, uint64_t u);
void pp_char(struct pp *p, uint64_t c);
void pp_quoted_char(struct pp *p, uint64_t c);
/* Go's fmtFloat: `verb` is one of beEfFgGxX, `prec` what holds without an explicit one (-1: shortest), `bits` 32 or 64. */
void pp_float(struct pp *p, double v, int bits, char verb, int prec);
void pp_string(struct pp *p, struct str s);
void pp_quoted(struct pp *p, struct str s);
void pp_hex(struct pp *p, struct str s, const char *digits);
/* s with padding to the width. */
void pp_pad(struct pp *p, struct str s);

#endif
