/*
 * yaml_emit.h: the emitter below yaml_write: indentation, quoting and folding of one text as libyaml and its ports do it. Within data only.
 */
#ifndef DATA_YAML_EMIT_H
#define DATA_YAML_EMIT_H

#include "base/buf.h"

/* How far the ports differ. */
struct yaml_layout {
	int indent;           /* columns a level */
	int width;            /* lines fold at the first blank beyond it; 0: never */
	bool lists_indented;  /* a list in a map stands deeper than its key */
	bool v3;              /* yaml.v3's tweaks: tabs may stand in literals, order of keys, indentation */
	bool eats_break;      /* a literal that begins with a line break loses it: gopkg.in/yaml.v3 3.0.1, mended in go.yaml.in/yaml/v3 */
};

struct yaml_emitter {
	struct buf *out;
	const struct yaml_layout *layout;
	int column, indent;
	bool whitespace; /* the last thing written was blank */
	bool indention;  /* so far the line holds only blanks and indicators */
};

enum yaml_want { YAML_WANT_PLAIN, YAML_WANT_QUOTED, YAML_WANT_LITERAL };
enum yaml_context { YAML_IN_VALUE, YAML_IN_SIMPLE_KEY };

/* Begins a document behind what `out` holds; both are borrowed until yaml_emit_close. */
void yaml_emit_open(struct yaml_emitter *e, const struct yaml_layout *layout, struct buf *out);
/* Ends the last line. */
void yaml_emit_close(struct yaml_emitter *e);
/* A new line at the current indentation, unless the line holds nothing yet. */
void yaml_emit_indent(struct yaml_emitter *e);

enum yaml_indicator { YAML_NEEDS_BLANK = 1, YAML_IS_BLANK = 2, YAML_KEEPS_INDENT = 4 };
void yaml_emit_indicator(struct yaml_emitter *e, const char *text, unsigned flags);
/* One scalar in the style wanted, or the next one that can hold it. `e->indent` is that of the surrounding collection, -1 at the root. */
void yaml_emit_scalar(struct yaml_emitter *e, struct str s, enum yaml_want want, enum yaml_context context);
/* Whether s can be a key in one line before `:`. */
bool yaml_emit_simple(const struct yaml_emitter *e, struct str s);

#endif
