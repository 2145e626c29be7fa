/* Scalars: what plain words mean, and quoted ones, which may go on over lines. */
#include "data/yaml_quick_parts.h"

#include <math.h>
#include <string.h>

#include "data/yaml_scalar.h"
#include "data/yaml_scan.h"

bool quick_is_special_word(struct str s)
{
	static const struct str words[][3] = {
		[1] = { STR_INIT("y"), STR_INIT("n"), STR_INIT("~") },
		[2] = { STR_INIT("no"), STR_INIT("on") },
		[3] = { STR_INIT("yes"), STR_INIT("off") },
		[4] = { STR_INIT("true"), STR_INIT("null") },
		[5] = { STR_INIT("false") },
	};
	if (s.n >= ARRAY_LEN(words))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words[0]) && words[s.n][i].n; i++) {
		const char *word = words[s.n][i].p;
		/* The last letters differ soonest: keys such as `type` and `name` are many. */
		if ((s.p[s.n - 1] | 0x20) == word[s.n - 1] && (s.p[0] | 0x20) == word[0] && str_eq_nocase(s, words[s.n][i]))
			return true;
	}
	return false;
}

bool quick_resolve(struct quick *q, struct str text, struct value *out)
{
	struct yaml_scalar s = yaml_scalar_plain(text, q->options->v3 ? YAML_V3 : YAML_HELM, q->a);
	switch (s.type) {
	case YAML_TYPE_NULL: *out = value_null(); return true;
	case YAML_TYPE_BOOL: *out = value_bool(s.b); return true;
	case YAML_TYPE_INT: *out = q->options->numbers == YAML_INTS ? value_int(s.i) : value_float((double)s.i); return true;
	case YAML_TYPE_FLOAT:
		/* A whole float is an integer where integers are told apart: the parser knows. */
		*out = value_float(s.f);
		return isfinite(s.f) && (q->options->numbers == YAML_FLOATS || s.f != floor(s.f));
	case YAML_TYPE_STR: *out = value_str(s.text); return true;
	case YAML_TYPE_TIME: *out = value_str(s.text); return q->options->v3;
	case YAML_TYPE_UINT: break;
	}
	return false;
}

/* A letter that stands in no number. */
static bool has_word_letter(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (quick_is_letter(s.p[i]) && !memchr("abcdefABCDEFxXoOinINtTzZ", s.p[i], 24))
			return true;
	return false;
}

bool quick_is_sure_key(struct quick *q, struct str key)
{
	if (quick_is_letter(key.p[0]))
		return !quick_is_special_word(key);
	struct yaml_scalar s = yaml_scalar_plain(key, q->options->v3 ? YAML_V3 : YAML_HELM, q->a);
	if (s.type == YAML_TYPE_STR)
		return key.p[0] == '_' || key.p[0] == '$' || key.p[0] == '/' || key.p[0] == '.' || (quick_is_digit(key.p[0]) && has_word_letter(key));
	return !q->options->v3 && s.type == YAML_TYPE_INT && quick_is_digit(key.p[0]) && (key.n == 1 || key.p[0] != '0') && key.n < 18 &&
	       strspn(key.p, "0123456789") >= key.n;
}

/* ---- Quotes ---- */

bool quick_is_rest_empty(struct str s)
{
	struct str t = str_trim_left(s);
	return !t.n || (t.p[0] == '#' && t.n < s.n);
}

/* The text between quotes, of one line, with what is doubled or escaped in it. */
static struct str unescaped(struct quick *q, struct str s, char quote)
{
	AUTO_BUF b = { 0 };
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quote == '\'' && c == '\'')
			i++;
		else if (quote == '"' && c == '\\')
			c = s.p[++i] == 'n' ? '\n' : s.p[i] == 't' ? '\t' : s.p[i] == 'r' ? '\r' : s.p[i];
		buf_add_char(&b, c);
	}
	return buf_to_arena(&b, q->a);
}

/* The lines of a quoted scalar, folded: a break is a space, of several all but the first are kept. */
struct quoted {
	struct buf text;
	size_t breaks; /* since the last line that was not empty */
	bool is_escaped; /* the first of them: it stands for nothing */
};

static void fold_quoted(struct quoted *f, struct str piece)
{
	if (f->breaks == 1 && !f->is_escaped)
		buf_add_char(&f->text, ' ');
	else if (f->breaks)
		buf_add_repeat(&f->text, '\n', f->breaks - 1);
	f->breaks = 0;
	f->is_escaped = false;
	buf_add(&f->text, piece);
}

struct str quick_trim_right(struct str s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* Whether the last byte of s is escaped: an odd number of backslashes stands before it. */
static bool is_last_escaped(struct str s)
{
	size_t n = 1;
	while (n < s.n && s.p[s.n - 1 - n] == '\\')
		n++;
	return s.n && n % 2 == 0;
}

/* Goes on to the line behind one that does not end the scalar. `cut`: it ends in a backslash, which takes the line's end away. */
static bool next_quoted_line(struct quick *q, size_t parent, struct quoted *f, bool cut, struct str *line)
{
	struct yaml_line next;
	struct str piece = cut ? str_slice(*line, 0, line->n - 1) : quick_trim_right(*line);
	/* A space that is escaped stays. */
	if (piece.n < line->n && !cut && is_last_escaped(str_slice(*line, 0, piece.n + 1)))
		return false;
	if (line->n || !f->breaks) {
		fold_quoted(f, piece);
		f->is_escaped = cut;
	}
	f->breaks++;
	if (!yaml_scan_raw_line(&q->rest, &next))
		return false;
	*line = next.text;
	return !line->n || next.column > parent;
}

bool quick_take_quoted(struct quick *q, struct str *s, size_t parent, bool wanted, struct str *text)
{
	char quote = s->p[0];
	struct str line = str_slice(*s, 1, s->n);
	struct quoted folded = { 0 };
	bool is_simple = true, is_one_line = true, ok = true, is_cut = false;
	size_t i = 0;
	for (;;) {
		for (i = yaml_scan_quoted(line, i, quote); ok && i < line.n && line.p[i] != quote; i = yaml_scan_quoted(line, i + 1, quote)) {
			ok = line.p[i] != '\t';
			if (quote == '"' && line.p[i] == '\\') {
				is_simple = false;
				/* At the end: that of the line itself, with no spaces cut off behind it. */
				is_cut = ++i == line.n;
				ok = is_cut ? line.p + line.n + 1 == q->rest.p : memchr("\"\\ntr /", line.p[i], 7) != NULL;
			}
		}
		if (ok && i < line.n && quote == '\'' && i + 1 < line.n && line.p[i + 1] == quote) {
			is_simple = false;
			i += 2;
			continue;
		}
		if (!ok || i < line.n)
			break;
		is_one_line = false;
		i = 0;
		if (!(ok = next_quoted_line(q, parent, &folded, is_cut, &line)))
			break;
		is_cut = false;
	}
	*text = STR_NONE;
	if (ok && wanted) {
		struct str content = str_slice(line, 0, i);
		if (!is_one_line) {
			fold_quoted(&folded, content);
			content = is_simple ? buf_to_arena(&folded.text, q->a) : buf_str(&folded.text);
		}
		*text = is_simple ? content : unescaped(q, content, quote);
	}
	buf_deinit(&folded.text);
	if (ok)
		*s = str_slice(line, i + 1, line.n);
	return ok;
}
