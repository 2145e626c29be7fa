/*
 * dotenv.c: see dotenv.h.
 *
 * A file is first cut into logical lines, since a quoted value may span several; each is then read by one pass over its characters. Two states
 * look odd but are what the files' users have: a `$` in double quotes takes letters and digits only, and the character that ends such
 * a name is a plain one, even the closing quote.
 */
#include "run/dotenv.h"

#include <ctype.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "text/unicode.h"

/* ---- logical lines ---- */

enum end { END_PLAIN, END_SPACE, END_ESCAPE, END_DOUBLE, END_DOUBLE_ESCAPE, END_SINGLE, END_SINGLE_ESCAPE, END_COMMENT };

static enum end after_plain(char c, enum end state)
{
	if (state == END_SPACE && c == '#')
		return END_COMMENT;
	if (state == END_PLAIN && isspace((unsigned char)c) && c != '\n' && c != '\r')
		return END_SPACE;
	return c == '\\' ? END_ESCAPE : c == '"' ? END_DOUBLE : c == '\'' ? END_SINGLE : END_PLAIN;
}

static enum end after(char c, enum end state)
{
	switch (state) {
	case END_PLAIN:
	case END_SPACE:
		return after_plain(c, state);
	case END_DOUBLE:
		return c == '\\' ? END_DOUBLE_ESCAPE : c == '"' ? END_PLAIN : state;
	case END_SINGLE:
		return c == '\\' ? END_SINGLE_ESCAPE : c == '\'' ? END_PLAIN : state;
	case END_DOUBLE_ESCAPE:
		return END_DOUBLE;
	case END_SINGLE_ESCAPE:
		return END_SINGLE;
	default:
		return END_PLAIN;
	}
}

/* Takes the next logical line off *rest. False at the end; *open then says that the text ended inside a value, which is *line. */
static bool next_line(struct str *rest, struct str *line, bool *open)
{
	enum end state = END_PLAIN;
	*open = false;
	for (size_t i = 0, start = 0; i < rest->n; i++) {
		if (i == start && str_starts(str_trim_left(*rest), STR("#")) && start == 0) {
			size_t end = str_find_char(*rest, '\n');
			/* White space before the comment may itself hold line ends: those are empty lines. */
			*line = STR("");
			*rest = end == STR_NPOS ? STR("") : str_slice(*rest, end + 1, rest->n);
			return true;
		}
		state = after(rest->p[i], state);
		if (state == END_COMMENT) {
			size_t end = str_find_char(str_slice(*rest, i, rest->n), '\n');
			*line = str_slice(*rest, 0, i);
			*rest = end == STR_NPOS ? STR("") : str_slice(*rest, i + end + 1, rest->n);
			return true;
		}
		if (rest->p[i] != '\n')
			continue;
		start = i + 1;
		if (state == END_PLAIN) {
			*line = str_drop_suffix(str_slice(*rest, 0, i), STR("\r"));
			*rest = str_slice(*rest, i + 1, rest->n);
			return true;
		}
	}
	if (rest->n == 0)
		return false;
	*line = *rest;
	*open = state != END_PLAIN;
	*rest = STR("");
	return !*open;
}

/* ---- one line ---- */

struct reading {
	const struct dotenv_parse *how;
	struct arena *arena;
	struct map seen;     /* struct str: values so far, for $NAME */
	struct str line;     /* whole */
	struct str rest;
	size_t pos;
	struct err *err;
};

static bool bad(struct err *err, struct str text, size_t index)
{
	return err_set(err, ERR_SYNTAX, "Error parsing line: '%.*s', error at line index: %zu", STR_ARG(text), index);
}

static void skip(struct reading *r, size_t n)
{
	r->pos += n;
	r->rest = str_slice(r->rest, n, r->rest.n);
}

static void skip_space(struct reading *r)
{
	skip(r, r->rest.n - str_trim_left(r->rest).n);
}

static bool read_key(struct reading *r, struct str *key)
{
	size_t n = 0;
	if (r->rest.n == 0 || !(isalpha((unsigned char)r->rest.p[0]) || r->rest.p[0] == '_'))
		return bad(r->err, r->line, r->pos);
	while (n < r->rest.n && (isalnum((unsigned char)r->rest.p[n]) || r->rest.p[n] == '_' || r->rest.p[n] == '.'))
		n++;
	*key = str_slice(r->rest, 0, n);
	skip(r, n);
	return true;
}

static bool read_equal(struct reading *r)
{
	if (r->rest.n == 0 || r->rest.p[0] != '=')
		return bad(r->err, r->line, r->pos);
	skip(r, 1);
	return true;
}

static void substitute(struct reading *r, struct buf *name, struct buf *out)
{
	struct str value, key = buf_str(name);
	const struct str *seen;
	if (key.n > 0 && r->how->lookup(r->how->lookup_ctx, key, &value))
		buf_add(out, value);
	else if ((seen = map_find(&r->seen, key)))
		buf_add(out, *seen);
	buf_clear(name);
}

enum mode { MODE_NONE, MODE_NAME, MODE_BRACED };

struct value_state {
	bool single, quoted, escaped, ending;
	enum mode mode;
	struct buf name; /* of the variable that is being read */
};

/* A character inside `$name` or `${name}`. */
static void in_name(struct reading *r, struct value_state *s, uint32_t c, struct buf *out)
{
	if (unicode_is_letter(c) || unicode_is_digit(c)) {
		buf_add_rune(&s->name, c);
	} else if (s->mode == MODE_BRACED) {
		if (c == '}') {
			s->mode = MODE_NONE;
			substitute(r, &s->name, out);
		} else {
			buf_add_rune(&s->name, c);
		}
	} else if (c == '{' && s->name.n == 0) {
		s->mode = MODE_BRACED;
	} else {
		substitute(r, &s->name, out);
		s->mode = c == '$' ? MODE_NAME : MODE_NONE;
		if (c != '$')
			buf_add_rune(out, c);
	}
}

static void in_value(struct value_state *s, uint32_t c, struct buf *out)
{
	if (c == '$')
		s->mode = MODE_NAME;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		s->quoted = !s->quoted;
	else if (c == '\'' && !s->quoted)
		s->single = true;
	else if ((c == ' ' || c == '\t') && !s->quoted)
		s->ending = true;
	else
		buf_add_rune(out, c);
}

/* *stop where a comment begins. */
static bool value_char(struct reading *r, struct value_state *s, uint32_t c, struct buf *out, bool *stop)
{
	if (s->ending) {
		*stop = c == '#';
		return c == ' ' || c == '\t' || c == '#';
	}
	if (s->escaped) {
		s->escaped = false;
		if (c != '\\' && c != '\'' && c != '"' && c != '$' && c != ' ' && c != 'n')
			return false;
		buf_add_rune(out, c == 'n' ? '\n' : c);
	} else if (s->single) {
		if (c == '\'')
			s->single = false;
		else
			buf_add_rune(out, c);
	} else if (s->mode != MODE_NONE) {
		in_name(r, s, c, out);
	} else {
		in_value(s, c, out);
	}
	return true;
}

static bool read_characters(struct reading *r, struct str text, struct value_state *s, struct buf *out)
{
	bool stop = false;
	size_t index = 0;
	for (struct str rest = text; rest.n > 0 && !stop; index++) {
		uint32_t c;
		rest = str_slice(rest, utf8_decode(rest, &c), rest.n);
		if (!value_char(r, s, c, out, &stop))
			return bad(r->err, text, index);
	}
	if (s->mode == MODE_BRACED || s->single || s->quoted)
		return bad(r->err, text, text.n == 0 ? 0 : text.n - 1);
	substitute(r, &s->name, out);
	return true;
}

static bool read_value(struct reading *r, struct str text, struct buf *out)
{
	struct value_state s = { 0 };
	bool ok = read_characters(r, text, &s, out);
	buf_deinit(&s.name);
	return ok;
}

/* KEY= or export KEY=; a line without a key is *present false. */
static bool read_line(struct reading *r, struct str *key, struct buf *value, bool *present)
{
	skip_space(r);
	*present = r->rest.n > 0 && r->rest.p[0] != '#';
	if (!*present)
		return true;
	if (!read_key(r, key))
		return false;
	skip_space(r);
	if (str_eq(*key, STR("export")) && !str_starts(r->rest, STR("="))) {
		if (!read_key(r, key))
			return false;
		skip_space(r);
	}
	if (!read_equal(r))
		return false;
	skip_space(r);
	return r->rest.n == 0 || r->rest.p[0] == '#' || read_value(r, r->rest, value);
}

bool dotenv_parse(struct str text, const struct dotenv_parse *how, struct arena *a, struct err *err)
{
	struct reading r = { .how = how, .arena = a, .err = err };
	map_init(&r.seen, sizeof(struct str), a);
	bool open;
	while (next_line(&text, &r.line, &open)) {
		r.line = str_trim_right(r.line);
		r.rest = r.line;
		r.pos = 0;
		struct str key;
		bool present;
		AUTO_BUF value = { 0 };
		if (!read_line(&r, &key, &value, &present))
			return false;
		if (!present)
			continue;
		struct str copy = buf_to_arena(&value, a);
		*(struct str *)map_put(&r.seen, key) = copy;
		how->set(how->set_ctx, key, copy);
	}
	return !open || bad(err, r.line, r.line.n);
}

/* ---- which files ---- */

struct loading {
	const struct dotenv_source *source;
	struct arena *arena;
	struct dotenv *out;
	bool overrides;
};

static void take(void *ctx, struct str name, struct str value)
{
	struct loading *l = ctx;
	struct str existing;
	if (!l->overrides && l->source->lookup(l->source->ctx, name, &existing))
		return;
	*(struct str *)map_put(&l->out->values, name) = value;
}

static bool parse_text(struct loading *l, struct str text, struct str path, struct err *err)
{
	struct dotenv_parse how = { l->source->lookup, take, l->source->ctx, l };
	AUTO_ERR why = { 0 };
	if (!utf8_valid(text))
		return err_set(err, ERR_SYNTAX, "failed to load environment file from `%.*s`: stream did not contain valid UTF-8", STR_ARG(path));
	if (dotenv_parse(text, &how, l->arena, &why))
		return true;
	return err_set(err, ERR_SYNTAX, "failed to load environment file from `%.*s`: %s", STR_ARG(path), why.message);
}

/* Loads the file if it is there. */
static bool load_file(struct loading *l, struct str path, bool *found, struct err *err)
{
	struct stat st;
	struct str text;
	l->source->looked(l->source->ctx, path);
	if (!fs_stat(path, FS_FOLLOW, &st) || !(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)))
		return true;
	*found = true;
	return fs_read(path, 0, l->arena, &text, err) && parse_text(l, text, path, err);
}

/* Loads the first folder, upward from the module's, that holds any of the names. */
static bool search(struct loading *l, const struct str *names, size_t n, bool *found, struct err *err)
{
	for (struct str folder = l->source->directory;; folder = path_dir(l->arena, folder)) {
		for (size_t i = 0; i < n; i++) {
			if (!load_file(l, path_in(l->arena, folder, names[i]), found, err))
				return false;
		}
		if (*found || str_eq(folder, STR("/")) || str_eq(folder, STR(".")))
			return true;
	}
}

static bool run_commands(struct loading *l, const struct str *commands, size_t n, struct err *err)
{
	const struct dotenv_source *s = l->source;
	for (size_t i = 0; i < n && !s->is_dry_run; i++) {
		struct str text;
		AUTO_ERR why = { 0 };
		if (!s->run(s->ctx, s->module, commands[i], l->arena, &text, &why))
			return err_set(err, ERR_FAILED, "dotenv command `%.*s` failed: %s", STR_ARG(commands[i]), why.message);
		if (!parse_text(l, text, s->directory, err))
			return false;
	}
	return true;
}

/* The words of an option, or those of the setting where the option was not given. */
static struct lang_setting choose(const struct dotenv_source *s, const struct str *given, size_t n, enum lang_setting_kind kind)
{
	if (n > 0)
		return (struct lang_setting){ .is_set = true, .items = (struct str *)given, .n_items = n };
	return s->module->settings.p[kind];
}

bool dotenv_load(const struct dotenv_source *s, struct arena *a, struct dotenv *out, struct err *err)
{
	struct loading l = { s, a, out, lang_on(s->module, LANG_SET_DOTENV_OVERRIDE) };
	map_init(&out->values, sizeof(struct str), a);
	for (size_t i = 0; s->parent && i < map_len(&s->parent->values); i++)
		*(struct str *)map_put(&out->values, map_key(&s->parent->values, i)) = *(struct str *)map_at(&s->parent->values, i);
	if ((s->n_filenames > 1 || s->n_paths > 1) && !lang_on(s->module, LANG_SET_LISTS))
		return err_set(err, ERR_USAGE, "multiple `--dotenv-filename` or `--dotenv-path` arguments require `set lists`");
	static struct str const plain[] = { STR_INIT(".env") };
	struct lang_setting paths = choose(s, s->paths, s->n_paths, LANG_SET_DOTENV_PATH);
	struct lang_setting names = choose(s, s->filenames, s->n_filenames, LANG_SET_DOTENV_FILENAME);
	struct lang_setting commands = choose(s, s->commands, s->parent ? 0 : s->n_commands, LANG_SET_DOTENV_COMMAND);
	bool required = lang_on(s->module, LANG_SET_DOTENV_REQUIRED), found = false;
	if (paths.is_set || names.is_set || required || l.overrides || lang_on(s->module, LANG_SET_DOTENV_LOAD)) {
		for (size_t i = 0; i < paths.n_items; i++) {
			if (!load_file(&l, path_in(a, s->directory, paths.items[i]), &found, err))
				return false;
		}
		const struct str *searched = names.is_set ? names.items : plain;
		if (!found && !search(&l, searched, names.is_set ? names.n_items : 1, &found, err))
			return false;
		if (required && !found)
			return err_set(err, ERR_NOT_FOUND, "dotenv file not found");
	}
	return run_commands(&l, commands.items, commands.n_items, err);
}
