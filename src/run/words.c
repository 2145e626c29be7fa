/* One pass over the bytes; a word is collected in a buf and copied when it ends. */
#include "run/words.h"

#include <string.h>

#include "base/buf.h"

struct splitter {
	struct str text, file;
	size_t at;
	uint32_t line;
	size_t line_start;
	struct arena *a;
	struct buf word;
	bool in_word; /* also true for an empty quoted word */
};

static bool fail_at(struct splitter *s, size_t at, struct err *err, const char *what, const char *hint)
{
	err_set(err, ERR_SYNTAX, "%s", what);
	err_at(err, s->file, s->line, (uint32_t)(at - s->line_start) + 1);
	if (hint)
		err_hint(err, "%s", hint);
	return false;
}

static void new_line(struct splitter *s)
{
	s->line++;
	s->line_start = s->at;
}

static bool take_quoted(struct splitter *s, char quote, struct err *err)
{
	size_t open = s->at++;
	uint32_t open_line = s->line;
	size_t open_start = s->line_start;
	while (s->at < s->text.n) {
		char c = s->text.p[s->at++];
		if (c == quote)
			return true;
		if (c == '\\' && quote == '"' && s->at < s->text.n && strchr("$`\"\\\n", s->text.p[s->at])) {
			c = s->text.p[s->at++];
			if (c == '\n') {
				new_line(s);
				continue;
			}
		}
		buf_add_char(&s->word, c);
		if (c == '\n')
			new_line(s);
	}
	s->line = open_line;
	s->line_start = open_start;
	return fail_at(s, open, err, "this quote is not closed", NULL);
}

static void end_word(struct splitter *s, struct words_line *line)
{
	if (!s->in_word)
		return;
	vec_push_in(&line->words, s->a, buf_to_arena(&s->word, s->a));
	buf_clear(&s->word);
	s->in_word = false;
}

static void end_line(struct splitter *s, struct words_line *line, words_lines *out)
{
	end_word(s, line);
	if (line->words.n)
		vec_push_in(out, s->a, *line);
	*line = (struct words_line){ 0 };
}

static bool take_char(struct splitter *s, struct words_line *line, words_lines *out, struct err *err)
{
	char c = s->text.p[s->at];
	if (c == '\n') {
		end_line(s, line, out);
		s->at++;
		new_line(s);
		return true;
	}
	if (c == ' ' || c == '\t' || c == '\r') {
		end_word(s, line);
		s->at++;
		return true;
	}
	if (c == '#' && !s->in_word) {
		while (s->at < s->text.n && s->text.p[s->at] != '\n')
			s->at++;
		return true;
	}
	if (c == '\\' && s->at + 1 < s->text.n && s->text.p[s->at + 1] == '\n') {
		s->at += 2;
		new_line(s);
		return true;
	}
	if (line->words.n == 0 && !s->in_word)
		line->line = s->line;
	s->in_word = true;
	if (c == '\'' || c == '"')
		return take_quoted(s, c, err);
	if (strchr("|&;<>()`$", c))
		return fail_at(s, s->at, err, "a step line has no pipes, redirections, expansions or lists",
			       "quote the character if it belongs to a word, or make this a shell recipe");
	if (c == '\\' && s->at + 1 < s->text.n)
		c = s->text.p[++s->at];
	buf_add_char(&s->word, c);
	s->at++;
	return true;
}

bool words_split(struct str text, struct str file, uint32_t first_line, struct arena *a, words_lines *out, struct err *err)
{
	struct splitter s = { .text = text, .file = file, .line = first_line, .a = a };
	struct words_line line = { 0 };
	words_lines lines = { 0 };
	bool ok = true;
	while (ok && s.at < text.n)
		ok = take_char(&s, &line, &lines, err);
	if (ok)
		end_line(&s, &line, &lines);
	else
		err_excerpt(err, text, 1);
	buf_deinit(&s.word);
	if (ok)
		*out = lines;
	return ok;
}

static bool is_plain(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (strchr(" \t\r\n'\"\\|&;<>()`$", word.p[i]) || (word.p[i] == '#' && i == 0))
			return false;
	return word.n > 0;
}

void words_add(struct buf *out, const step_words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct str word = words->p[i], piece;
		if (i)
			buf_add_char(out, ' ');
		if (is_plain(word)) {
			buf_add(out, word);
			continue;
		}
		buf_add_char(out, '\'');
		while (str_cut(word, '\'', &piece, &word))
			buf_addf(out, "%.*s'\\''", STR_ARG(piece));
		buf_addf(out, "%.*s'", STR_ARG(piece));
	}
}
