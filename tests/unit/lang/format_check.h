/*
 * format_check.h: what must hold of every text that raibid-run's formatter takes: formatting twice changes nothing, no comment is lost, and the tree is the same.
 * For the harness that makes texts up (tests/fuzz/fuzz_lang.c) and the suite that has them (lang_formats.c).
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lang/lang.h"
#include "lang/token.h"

typedef VEC(struct str) text_list;

static inline int cmp_texts(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The text's comments, sorted, without what is around their words: `#doc` is written `# doc`. */
static inline void find_comments(struct str text, struct arena *a, text_list *out)
{
	struct lang_file file = { .path = STR("/nowhere/justfile"), .display = STR("justfile"), .text = text };
	struct token_lexer *l = token_lexer_new(&file);
	AUTO_ERR err = { 0 };
	struct token_list tokens;
	uint32_t next = 0;
	for (bool more = true; more && token_next(l, &tokens, &err);) {
		for (size_t i = 0; i < tokens.n; i++) {
			struct token *t = &tokens.p[i];
			more &= t->kind != TOKEN_EOF;
			if (t->kind != TOKEN_COMMENT || t->offset < next)
				continue;
			next = t->offset + t->length; /* a stretch may show the token after its end */
			struct str comment = token_text(&file, t);
			while (str_starts(comment, STR("#")))
				comment = str_trim(str_slice(comment, 1, comment.n));
			vec_push_in(out, a, comment);
		}
	}
	token_lexer_free(l);
	if (out->n)
		qsort(out->p, out->n, sizeof(out->p[0]), cmp_texts);
}

/* Why one text's comments are not those of the other; NULL where they are. */
static inline const char *compare_comments(struct str before, struct str after, struct arena *a)
{
	text_list x = { 0 }, y = { 0 };
	find_comments(before, a, &x);
	find_comments(after, a, &y);
	for (size_t i = 0; i < x.n && i < y.n; i++)
		if (!str_eq(x.p[i], y.p[i]))
			return arena_fmt(a, "comment '%.*s' or '%.*s'", STR_ARG(x.p[i]), STR_ARG(y.p[i])).p;
	return x.n == y.n ? NULL : arena_fmt(a, "%zu comments, then %zu", x.n, y.n).p;
}

/* The file's tree as JSON, or STR_NONE where it cannot be loaded. */
static inline struct str tree_of(struct str path, struct str text, const struct lang_host *host, struct arena *a)
{
	struct lang_tree tree = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF json = { 0 };
	bool ok = lang_load(&tree, &(struct lang_load_options){ .path = path, .text = text }, host, &err);
	if (ok)
		lang_dump_json(&tree, &json);
	lang_tree_deinit(&tree);
	return ok ? buf_to_arena(&json, a) : STR_NONE;
}

/* [arg]s are ordered by the columns of their keywords, in the tree too, and formatting moves those. */
static inline bool have_same_bytes(struct str x, struct str y)
{
	size_t balance[256] = { 0 };
	for (size_t i = 0; i < x.n && x.n == y.n; i++) {
		balance[(unsigned char)x.p[i]]++;
		balance[(unsigned char)y.p[i]]--;
	}
	for (size_t i = 0; i < ARRAY_LEN(balance); i++)
		if (balance[i])
			return false;
	return x.n == y.n;
}

/* A carriage return that ends no line is written as an interpolation, which the tree shows. */
static inline bool has_lone_return(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'))
			return true;
	return false;
}

static inline bool format_text(struct str path, struct str text, const struct lang_host *host, bool keep, struct arena *a, struct str *out)
{
	struct lang_file file = { .path = path, .display = STR("justfile"), .text = text };
	struct lang_format_options options = { .keep_comments = keep };
	AUTO_ERR err = { 0 };
	AUTO_BUF b = { 0 };
	if (!lang_format(&file, host, &options, &b, &err))
		return false;
	*out = buf_to_arena(&b, a);
	return true;
}

/* What is wrong, in `a`; NULL where all holds, and where the text is none that can be formatted (*taken is false then). */
static inline const char *check_format(struct str path, struct str text, const struct lang_host *host, struct arena *a, bool *taken)
{
	struct str once, twice;
	*taken = utf8_valid(text) && format_text(path, text, host, true, a, &once);
	if (!*taken)
		return NULL;
	if (!format_text(path, once, host, true, a, &twice))
		return arena_fmt(a, "what was formatted cannot be read:\n%.*s", STR_ARG(once)).p;
	if (!str_eq(once, twice))
		return arena_fmt(a, "not stable:\n%.*s\nthen:\n%.*s", STR_ARG(once), STR_ARG(twice)).p;
	const char *lost = compare_comments(text, once, a);
	if (lost)
		return arena_fmt(a, "%s, in\n%.*s", lost, STR_ARG(once)).p;
	if (has_lone_return(text))
		return NULL;
	struct str before = tree_of(path, text, host, a), after = tree_of(path, once, host, a);
	if (!str_eq(before, after) && !(str_contains(text, STR("arg")) && have_same_bytes(before, after)))
		return arena_fmt(a, "another tree:\n%.*s\nthen:\n%.*s", STR_ARG(before), STR_ARG(after)).p;
	return NULL;
}
