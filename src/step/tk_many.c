/* Programs are looked at side by side, each on an arena of its own: maps keep growing in the one that they were made in. */
#include "step/tk_many.h"

#include <stdlib.h>

#include "run/parallel.h"

void tk_failures_add(struct tk_failures *f, struct str path, const struct err *err)
{
	buf_addf(&f->text, "- %.*s:\n %s\n\n", STR_ARG(path), err->message);
}

void tk_failures_deinit(struct tk_failures *f)
{
	buf_deinit(&f->text);
}

bool tk_failures_tell(struct tk_failures *f, struct err *err)
{
	bool none = !f->text.n;
	if (!none)
		err_set(err, ERR_FAILED, "Errors occurred during parallel processing:\n\n%.*s", STR_ARG(buf_str(&f->text)));
	tk_failures_deinit(f);
	return none;
}

struct job {
	struct tk *tk;
	struct str file;
	struct arena *arena;
	tanka_found_list found;
	struct err err;
};

static bool look(void *ctx, size_t i, struct err *err)
{
	struct job *j = (struct job *)ctx + i;
	(void)err;
	struct tanka_options options = j->tk->options;
	options.name = STR("");
	/* A failure is kept and told with those of the others. */
	if (!tanka_peek(&options, j->file, j->arena, &j->found, &j->err))
		return true;
	return true;
}

static int by_name(const void *left, const void *right)
{
	const struct tanka_found *a = left, *b = right;
	int c = str_cmp(a->env.metadata.name, b->env.metadata.name);
	return c ? c : str_cmp(a->entry, b->entry);
}

static bool take_found(struct tk *tk, struct job *jobs, size_t n, const tanka_selector *selector, tanka_found_list *out)
{
	struct tk_failures failures = { 0 };
	tanka_found_list found = { 0 };
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].err.kind != ERR_NONE)
			tk_failures_add(&failures, jobs[i].file, &jobs[i].err);
		err_deinit(&jobs[i].err);
		for (size_t k = 0; k < jobs[i].found.n; k++)
			if (tanka_selector_has(selector, jobs[i].found.p[k].env.metadata.labels))
				vec_push_in(&found, tk->a, jobs[i].found.p[k]);
	}
	if (!tk_failures_tell(&failures, tk->err))
		return err_wrap(tk->err, "finding environments");
	if (found.n)
		qsort(found.p, found.n, sizeof(*found.p), by_name);
	*out = found;
	return true;
}

bool tk_find_envs(struct tk *tk, struct str path, struct str selector, tanka_found_list *out)
{
	tanka_strs files;
	tanka_selector chosen;
	if (!tanka_selector_parse(selector, tk->a, &chosen, tk->err) ||
	    !tanka_find_files(tk->options.host, path, tk->a, &files, tk->err))
		return false;
	struct job *jobs = xcalloc(files.n + 1, sizeof(*jobs));
	for (size_t i = 0; i < files.n; i++)
		jobs[i] = (struct job){ .tk = tk, .file = files.p[i], .arena = tk_arena(tk) };
	bool ok = parallel_for(tk->env->jobs, files.n, look, jobs, tk->err) && take_found(tk, jobs, files.n, &chosen, out);
	free(jobs);
	return ok;
}
