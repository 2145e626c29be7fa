/*
 * again CHART RELEASE NAMESPACE KUBE VALUES SET: renders the chart over and over in one process, with and without SET (`--set`'s words) in turn, and prints the
 * median of milliseconds, how many templates it took and how many there are. Every result is compared with a render from scratch.
 *
 * again --check CHART RELEASE NAMESPACE KUBE VALUES: changes values of the chart at random instead, and prints nothing where all results agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "helm/helm.h"

enum { TURNS = 40, CHANGES = 60 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print_release(struct buf *b, const struct helm_release *r, const struct err *err)
{
	const helm_manifests *lists[] = { &r->manifests, &r->hooks };
	if (err->message) {
		buf_addf(b, "%s\n", err->message);
		return;
	}
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			buf_addf(b, "# %.*s\n%.*s\n", STR_ARG(lists[k]->p[i].source), STR_ARG(lists[k]->p[i].text));
	for (size_t i = 0; i < r->notes.n; i++)
		buf_addf(b, "%.*s\n", STR_ARG(r->notes.p[i].text));
}

struct bench {
	struct helm_session *session;
	struct helm_render_options options;
	struct str chart, file;
	struct arena kept[3]; /* of values, which a session looks at once more */
	size_t turn;
};

/* Whether a chart gives something else each time. */
static bool is_random(const struct bench *b, const struct helm_render_options *o, struct str first)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF second = { 0 };
	struct helm_release r;
	(void)!helm_render(b->chart, o, &a, &r, &err);
	print_release(&second, &r, &err);
	bool is = !str_eq(buf_str(&second), first);
	helm_release_close(&r);
	arena_deinit(&a);
	return is;
}

/* One render; false where it is not what a render from scratch gives. `set` may be empty. */
static bool turn(struct bench *b, struct str set, double *ms)
{
	struct arena *keep = &b->kept[b->turn++ % 3], a = { 0 };
	AUTO_ERR err = { 0 }, fresh_err = { 0 };
	AUTO_BUF got = { 0 }, want = { 0 };
	struct helm_value_options values = { .files = &b->file, .file_count = b->file.n ? 1 : 0 };
	struct helm_render_options o = b->options;
	struct helm_release again = { 0 }, fresh = { 0 };
	values.sets[HELM_SET] = &set;
	values.set_counts[HELM_SET] = set.n ? 1 : 0;
	arena_reset(keep);
	double from = now();
	bool ok = helm_values(&values, keep, &o.values, &err);
	(void)!(ok && helm_session_render(b->session, o.values, &again, &err));
	*ms = now() - from;
	(void)!(helm_values(&values, &a, &o.values, &fresh_err) && helm_render(b->chart, &o, &a, &fresh, &fresh_err));
	print_release(&got, &again, &err);
	print_release(&want, &fresh, &fresh_err);
	ok = str_eq(buf_str(&got), buf_str(&want)) || is_random(b, &o, buf_str(&want));
	helm_release_close(&fresh);
	arena_deinit(&a);
	return ok;
}

/* A `--set` that changes some value of the chart. */
static struct str pick(struct value v, uint64_t *random, struct arena *a)
{
	AUTO_BUF b = { 0 };
	while (v.kind == VAL_MAP && map_len(v.map)) {
		*random = *random * 6364136223846793005u + 1442695040888963407u;
		size_t i = (*random >> 33) % map_len(v.map);
		struct str key = map_key(v.map, i);
		for (size_t k = 0; k < key.n; k++) {
			if (strchr(".,=[]{}", key.p[k]))
				buf_add_char(&b, '\\');
			buf_add_char(&b, key.p[k]);
		}
		v = *(struct value *)map_at(v.map, i);
		if (v.kind == VAL_MAP && map_len(v.map))
			buf_add_char(&b, '.');
	}
	static const char *const words[] = { "=true", "=false", "=7", "=word", "=null", "={a,b}" };
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	buf_add_c(&b, v.kind == VAL_BOOL ? (v.b ? "=false" : "=true") : words[(*random >> 33) % ARRAY_LEN(words)]);
	return buf_to_arena(&b, a);
}

static int check(struct bench *b)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct chart_tree tree;
	uint64_t random = 7;
	double ms;
	int bad = 0;
	if (!chart_load(b->chart, NULL, &a, &tree, &err))
		return 1;
	for (int i = 0; i < CHANGES && !bad; i++) {
		struct str set = i % 4 == 3 ? STR("") : pick(tree.root->values, &random, &a);
		if (!turn(b, set, &ms)) {
			printf("%.*s: differs with --set %.*s\n", STR_ARG(b->chart), STR_ARG(set));
			bad = 1;
		}
	}
	chart_close(&tree);
	arena_deinit(&a);
	return bad;
}

static int measure(struct bench *b, struct str set)
{
	double ms[TURNS];
	size_t all = 0, executed = 0;
	for (int i = 0; i < TURNS; i++) {
		if (!turn(b, i % 2 ? set : STR(""), &ms[i])) {
			printf("%.*s: differs\n", STR_ARG(b->chart));
			return 1;
		}
		all = MAX(all, helm_session_executed(b->session));
		executed = helm_session_executed(b->session);
	}
	qsort(ms + 1, TURNS - 1, sizeof(*ms), double_cmp);
	printf("%.2f %zu %zu\n", ms[1 + TURNS / 2], executed, all);
	return 0;
}

int main(int argc, char **argv)
{
	bool checks = argc > 1 && strcmp(argv[1], "--check") == 0;
	AUTO_ERR err = { 0 };
	struct bench b = { 0 };
	argv += checks;
	argc -= checks;
	if (argc != 6 + !checks)
		return 2;
	b.chart = str_c(argv[1]);
	b.options = (struct helm_render_options){ .release = str_c(argv[2]), .ns = str_c(argv[3]), .kube_version = str_c(argv[4]) };
	b.file = str_c(argv[5]);
	if (!helm_session_open(b.chart, &b.options, &b.session, &err)) {
		printf("%s\n", err.message);
		return 1;
	}
	int status = checks ? check(&b) : measure(&b, str_c(argv[6]));
	helm_session_close(b.session);
	for (size_t i = 0; i < ARRAY_LEN(b.kept); i++)
		arena_deinit(&b.kept[i]);
	return status;
}
