/* `.raibid` and `.git` are nobody's input. A pattern is matched against names as the recipe's folder sees them. */
#include "run/declared.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "run/ignore.h"
#include "text/glob.h"

struct search {
	const struct declared *d;
	struct arena *a;
	VEC(const struct glob *) excluded;
	step_words *out;
};

bool declared_is_pattern(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[' || s.p[i] == '{')
			return true;
	return false;
}

struct str declared_fixed_part(struct str pattern)
{
	size_t wild = 0;
	while (wild < pattern.n && !memchr("*?[{", pattern.p[wild], 4))
		wild++;
	size_t slash = str_rfind_char(str_slice(pattern, 0, wild), '/');
	return slash == STR_NPOS ? STR(".") : slash == 0 ? STR("/") : str_slice(pattern, 0, slash);
}

/* A pattern as users of shells and .gitignore read it: a double star between slashes also stands for no folder at all. Without that, the files of the
 * topmost folder would silently be no inputs. */
static bool compile(struct search *s, struct str word, const struct glob **out, struct err *err)
{
	AUTO_BUF pattern = { 0 };
	struct str rest = str_drop_prefix(word, STR("./"));
	for (bool at_start = true; rest.n; rest = str_slice(rest, 1, rest.n)) {
		if (at_start && str_starts(rest, STR("**/"))) {
			buf_add_c(&pattern, "{,**/}");
			rest = str_slice(rest, 2, rest.n);
			continue;
		}
		at_start = rest.p[0] == '/';
		buf_add_char(&pattern, rest.p[0]);
	}
	return glob_compile(s->a, buf_to_arena(&pattern, s->a), STR("/"), out, err) || err_wrap(err, "[cache] `%.*s`", STR_ARG(word));
}

/* As patterns see it. */
static struct str shown(const struct search *s, struct str full)
{
	struct str rel;
	return path_rel(s->a, s->d->directory, full, &rel) ? rel : full;
}

static void add_file(struct search *s, struct str full)
{
	const struct declared *d = s->d;
	for (size_t i = 0; i < d->n_without; i++)
		if (str_eq(d->without[i], full) ||
		    (str_starts(full, d->without[i]) && full.n > d->without[i].n && full.p[d->without[i].n] == '/'))
			return;
	struct str name = shown(s, full);
	for (size_t i = 0; i < s->excluded.n; i++)
		if (glob_match(s->excluded.p[i], name))
			return;
	bool inside = str_starts(full, d->root) && full.n > d->root.n && full.p[d->root.n] == '/';
	vec_push_in(s->out, s->a, inside ? str_slice(full, d->root.n + 1, full.n) : full);
}

struct walk {
	struct search *s;
	struct str root;
	const struct glob *pattern; /* NULL: every file */
	struct ignore_rules *rules;
	bool skips_state;
};

static bool visit(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct walk *w = arg;
	(void)err;
	if (S_ISDIR(st->st_mode) || (!w->s->d->all && ignore_rules_match(w->rules, path)) || (w->skips_state && str_starts(path, STR(".raibid/"))))
		return true;
	struct str full = path_join(w->s->a, w->root, path);
	if (!w->pattern || glob_match(w->pattern, shown(w->s, full)))
		add_file(w->s, full);
	return true;
}

static bool walk_folder(struct search *s, struct str folder, const struct glob *pattern, struct err *err)
{
	struct walk w = { .s = s, .root = folder, .pattern = pattern, .rules = ignore_load(folder, s->d->root, s->a),
			  .skips_state = str_eq(folder, s->d->root) };
	struct err missing = { 0 };
	if (fs_walk(folder, visit, &w, &missing))
		return true;
	if (pattern && missing.kind == ERR_NOT_FOUND) { /* a pattern that finds nothing names nothing */
		err_deinit(&missing);
		return true;
	}
	err_move(err, &missing);
	return false;
}

static bool add_word(struct search *s, struct str word, struct err *err)
{
	const struct declared *d = s->d;
	struct str full = path_in(s->a, d->directory, word);
	struct stat st;
	const struct glob *pattern;
	if (fs_stat(full, FS_NOFOLLOW, &st) && (!S_ISLNK(st.st_mode) || d->may_miss || fs_stat(full, FS_FOLLOW, &st))) {
		if (S_ISDIR(st.st_mode))
			return walk_folder(s, full, NULL, err);
		add_file(s, full);
		return true;
	}
	if (!declared_is_pattern(word))
		return d->may_miss || err_set(err, ERR_NOT_FOUND, "cache input does not exist: `%.*s`", STR_ARG(full));
	return compile(s, word, &pattern, err) && walk_folder(s, path_in(s->a, d->directory, declared_fixed_part(word)), pattern, err);
}

/* A name after `!` stands for the file, and for a folder's files. */
static bool add_excluded(struct search *s, struct str word, struct err *err)
{
	const struct glob *g;
	word = str_drop_suffix(word, STR("/"));
	if (!compile(s, word, &g, err))
		return false;
	vec_push_in(&s->excluded, s->a, g);
	if (!compile(s, arena_concat(s->a, word, STR("/**")), &g, err))
		return false;
	vec_push_in(&s->excluded, s->a, g);
	return true;
}

bool declared_find(const struct declared *d, struct arena *a, step_words *out, struct err *err)
{
	struct search s = { .d = d, .a = a, .out = out };
	*out = (step_words){ 0 };
	for (size_t i = 0; i < d->n; i++)
		if (str_starts(d->words[i], STR("!")) && !add_excluded(&s, str_slice(d->words[i], 1, d->words[i].n), err))
			return false;
	for (size_t i = 0; i < d->n; i++)
		if (!str_starts(d->words[i], STR("!")) && !add_word(&s, d->words[i], err))
			return false;
	if (out->n == 0)
		return true;
	qsort(out->p, out->n, sizeof(*out->p), str_qsort_cmp);
	size_t kept = 1;
	for (size_t i = 1; i < out->n; i++)
		if (!str_eq(out->p[i], out->p[kept - 1]))
			out->p[kept++] = out->p[i];
	out->n = kept;
	return true;
}
