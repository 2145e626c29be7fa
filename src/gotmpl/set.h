/* set.h: what parser and executor see of a template set. */
#ifndef GOTMPL_SET_H
#define GOTMPL_SET_H

#include "gotmpl/node.h"
#include "gotmpl/template.h"

struct template_set {
	struct str name;
	struct template_options options;
	const struct template_set *parent; /* looked in after this one, or NULL */
	struct arena *arena;
	struct map templates; /* const struct template * */
};

/* template_find with the name's hash at hand. */
const struct template *set_find(const struct template_set *set, const struct ident *name);

/* The definitions of one text by name: struct template *. */
struct parse_input {
	struct str file, text;
	const struct go_funcs *funcs;
	struct arena *arena;
	bool slowly; /* without parse_quick.c: for its test */
};
/* Parses; `defined` (of struct template *, initialised by the caller) gets the templates, the text itself under `file`. */
MUST_CHECK bool parse_text(const struct parse_input *in, struct map *defined, struct err *err);

#endif
