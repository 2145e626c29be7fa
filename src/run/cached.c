/*
 * The declaration is evaluated before and after the body: an input that differs then was changed by the body or by somebody else meanwhile, and the result is not recorded.
 */
#include "run/cached.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/path.h"
#include "run/ignore.h"
#include "store/state.h"
#include "text/glob.h"

struct declared {
	struct arena *a;
	const struct step_host *host;
	const struct cached_body *body;
	struct lang_value inputs, outputs, extra;
	VEC(const struct glob *) excluded;
	struct trace found;      /* inputs as they are now */
};

static bool keyword(struct declared *d, const char *name, struct lang_value *out, struct err *err)
{
	const struct lang_attribute *attr = lang_attr(&d->body->recipe->attributes, LANG_ATTR_CACHE);
	for (size_t i = 0; attr && i < attr->n_keywords; i++)
		if (str_eq_c(attr->keywords[i].name.s, name) && attr->keywords[i].value)
			return lang_eval(d->body->scope, attr->keywords[i].value, d->a, out, err);
	return true;
}

/* --- inputs --- */

static bool is_excluded(const struct declared *d, struct str name)
{
	for (size_t i = 0; i < d->excluded.n; i++)
		if (glob_match(d->excluded.p[i], name))
			return true;
	return false;
}

/* Name relative to the recipe's folder, as patterns see it. */
static struct str shown(const struct declared *d, struct str full)
{
	struct str rel;
	return path_rel(d->a, d->body->directory, full, &rel) ? rel : full;
}

static bool add_file(struct declared *d, struct str full, struct err *err)
{
	struct trace_entry e = { .kind = TRACE_FILE, .name = arena_str(d->a, record_name(d->host, d->a, full)) };
	bool exists;
	if (is_excluded(d, shown(d, full)))
		return true;
	if (!state_file(d->host->state, full, &e.digest, &exists, err))
		return false;
	if (exists)
		vec_push_in(&d->found.entries, d->a, e);
	return true;
}

struct input_walk {
	struct declared *d;
	struct str root;
	const struct glob *pattern; /* NULL: every file */
	struct ignore_rules *rules;
};

static bool visit_input(void *arg, struct str path, const struct stat *st, struct err *err)
{
	struct input_walk *w = arg;
	struct str full = path_join(w->d->a, w->root, path);
	if (!S_ISREG(st->st_mode) || ignore_rules_match(w->rules, path))
		return true;
	if (w->pattern && !glob_match(w->pattern, shown(w->d, full)))
		return true;
	return add_file(w->d, full, err);
}

static bool is_glob(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("*?[{", s.p[i]))
			return true;
	return false;
}

/* The folder before the first part with a wild card: only that has to be walked. */
static struct str fixed_part(struct str pattern)
{
	size_t wild = 0;
	while (wild < pattern.n && !strchr("*?[{", pattern.p[wild]))
		wild++;
	size_t slash = str_rfind_char(str_slice(pattern, 0, wild), '/');
	return slash == STR_NPOS ? STR(".") : slash == 0 ? STR("/") : str_slice(pattern, 0, slash);
}

static bool walk_folder(struct declared *d, struct str root, const struct glob *pattern, struct err *err)
{
	struct input_walk w = { .d = d, .root = root, .pattern = pattern, .rules = ignore_load(root, d->host->root, d->a) };
	struct err missing = { 0 };
	if (fs_walk(root, visit_input, &w, &missing))
		return true;
	if (pattern && missing.kind == ERR_NOT_FOUND) { /* a pattern that finds nothing names nothing */
		err_deinit(&missing);
		return true;
	}
	err_move(err, &missing);
	return false;
}

/* A pattern as users of shells and .gitignore read it: a double star between slashes also stands for no folder at all. Without that, the files of the
 * topmost folder would silently be no inputs. */
static bool compile(struct declared *d, struct str input, const struct glob **out, struct err *err)
{
	AUTO_BUF pattern = { 0 };
	struct str rest = str_drop_prefix(input, STR("./"));
	for (bool at_start = true; rest.n; rest = str_slice(rest, 1, rest.n)) {
		if (at_start && str_starts(rest, STR("**/"))) {
			buf_add_c(&pattern, "{,**/}");
			rest = str_slice(rest, 2, rest.n);
			continue;
		}
		at_start = rest.p[0] == '/';
		buf_add_char(&pattern, rest.p[0]);
	}
	return glob_compile(d->a, buf_to_arena(&pattern, d->a), STR("/"), out, err);
}

static bool add_input(struct declared *d, struct str input, struct err *err)
{
	struct str full = path_in(d->a, d->body->directory, input);
	struct stat st;
	const struct glob *pattern;
	if (fs_stat(full, FS_FOLLOW, &st))
		return S_ISDIR(st.st_mode) ? walk_folder(d, full, NULL, err) : add_file(d, full, err);
	if (!is_glob(input))
		return err_set(err, ERR_NOT_FOUND, "cache input does not exist: `%.*s`", STR_ARG(full));
	if (!compile(d, input, &pattern, err))
		return err_wrap(err, "cache input `%.*s`", STR_ARG(input));
	return walk_folder(d, path_in(d->a, d->body->directory, fixed_part(input)), pattern, err);
}

static bool evaluate(struct declared *d, struct err *err)
{
	if (!keyword(d, "inputs", &d->inputs, err) || !keyword(d, "outputs", &d->outputs, err) || !keyword(d, "extra", &d->extra, err))
		return false;
	for (size_t i = 0; i < d->inputs.n; i++) {
		const struct glob *g;
		struct str s = d->inputs.p[i];
		if (!str_starts(s, STR("!")))
			continue;
		if (!compile(d, str_slice(s, 1, s.n), &g, err))
			return err_wrap(err, "cache input `%.*s`", STR_ARG(s));
		vec_push_in(&d->excluded, d->a, g);
	}
	for (size_t i = 0; i < d->inputs.n; i++)
		if (!str_starts(d->inputs.p[i], STR("!")) && !add_input(d, d->inputs.p[i], err))
			return false;
	trace_sort(&d->found);
	return true;
}

/* --- key --- */

static void add_export(void *ctx, struct str name, struct str value)
{
	struct sha256 *h = ctx;
	sha256_add_field(h, name);
	sha256_add_field(h, value);
}

static struct digest key_of(const struct declared *d)
{
	const struct lang_recipe *r = d->body->recipe;
	const struct lang_value *params = lang_scope_params(d->body->scope);
	struct sha256 h;
	sha256_init(&h);
	sha256_add_field(&h, STR("raibid-run cached recipe 1"));
	sha256_add_field(&h, r->path);
	sha256_add_field(&h, d->body->script);
	sha256_add_field(&h, record_name(d->host, d->a, d->body->directory));
	for (size_t i = 0; i < r->n_params; i++)
		sha256_add_field(&h, lang_join(d->a, &params[i]));
	for (size_t i = 0; i < d->extra.n; i++)
		sha256_add_field(&h, d->extra.p[i]);
	sha256_add_field(&h, STR("environment"));
	lang_scope_exports(d->body->scope, add_export, &h);
	for (char *const *e = d->body->environ; *e; e++)
		if (strncmp(*e, "PATH=", 5) == 0)
			sha256_add_field(&h, str_c(*e));
	return sha256_end(&h);
}

static struct str node_name(const struct declared *d)
{
	const struct lang_recipe *r = d->body->recipe;
	const struct lang_value *params = lang_scope_params(d->body->scope);
	struct str name = arena_concat(d->a, STR("recipe "), r->path);
	for (size_t i = 0; i < r->n_params; i++)
		name = arena_fmt(d->a, "%.*s %.*s", STR_ARG(name), STR_ARG(lang_join(d->a, &params[i])));
	return name;
}

/* --- begin and end --- */

static bool same_inputs(const struct trace *recorded, const struct trace *now)
{
	size_t n = 0;
	for (size_t i = 0; i < recorded->entries.n; i++) {
		const struct trace_entry *e = &recorded->entries.p[i];
		if (!trace_is_input(e->kind))
			continue;
		if (n == now->entries.n || !str_eq(e->name, now->entries.p[n].name) || !digest_eq(&e->digest, &now->entries.p[n].digest))
			return false;
		n++;
	}
	return n == now->entries.n;
}

static struct digest inputs_digest(const struct declared *d)
{
	struct sha256 h;
	sha256_init(&h);
	for (size_t i = 0; i < d->found.entries.n; i++) {
		const struct trace_entry *e = &d->found.entries.p[i];
		sha256_add_field(&h, e->name);
		sha256_add(&h, (struct str){ (const char *)e->digest.b, sizeof(e->digest.b) });
	}
	return sha256_end(&h);
}

static bool begin(struct declared *d, bool *fresh, struct err *err)
{
	state_records records;
	*fresh = false;
	if (!evaluate(d, err))
		return false;
	if (d->host->force || d->host->no_cache)
		return true;
	struct digest key = key_of(d);
	if (!state_find(d->host->state, &key, d->a, &records, err))
		return false;
	for (size_t i = 0; i < records.n && !*fresh; i++) {
		struct trace t;
		struct err damaged = { 0 };
		if (!trace_decode(records.p[i].trace, d->a, &t, &damaged)) {
			err_deinit(&damaged);
			continue;
		}
		if (same_inputs(&t, &d->found) && !record_restore(d->host, &t, NULL, d->a, fresh, err))
			return false;
	}
	return true;
}

bool cached_begin(const struct step_host *host, const struct cached_body *body, struct cached_start *start, bool *fresh,
		  struct err *err)
{
	struct arena a = { 0 };
	struct declared d = { .a = &a, .host = host, .body = body };
	bool ok = begin(&d, fresh, err);
	start->inputs = inputs_digest(&d);
	clock_gettime(CLOCK_REALTIME, &start->at);
	arena_deinit(&a);
	return ok;
}

static bool keep_output(struct declared *d, struct str output, struct trace *t, bool *kept, struct err *err)
{
	struct str full = path_in(d->a, d->body->directory, output);
	struct trace_entry e = { .kind = TRACE_OUTPUT, .name = record_name(d->host, d->a, full) };
	struct stat st;
	if (!fs_stat(full, FS_FOLLOW, &st))
		return err_set(err, ERR_FAILED, "recipe `%.*s` failed to create cache output `%.*s`", STR_ARG(d->body->recipe->path),
			       STR_ARG(output));
	state_forget_file(d->host->state, full);
	/* A folder's files are not known one by one, and a link would come back as a file: nothing could put them back. */
	if (!S_ISREG(st.st_mode) || (fs_stat(full, FS_NOFOLLOW, &st) && !S_ISREG(st.st_mode))) {
		*kept = false;
		return true;
	}
	struct err full_store = { 0 };
	*kept = store_put_file(d->host->store, full, &e.digest, &full_store) && *kept;
	err_deinit(&full_store);
	e.mode = st.st_mode & 0777;
	vec_push_in(&t->entries, d->a, e);
	return true;
}

static bool changed_since(const struct declared *d, const struct cached_start *start)
{
	const struct timespec *began = &start->at;
	struct digest now = inputs_digest(d);
	if (!digest_eq(&now, &start->inputs))
		return true;
	for (size_t i = 0; i < d->found.entries.n; i++) {
		struct stat st;
		struct str full = record_path(d->host, d->a, d->found.entries.p[i].name);
		if (!fs_stat(full, FS_FOLLOW, &st) || st.st_mtim.tv_sec > began->tv_sec ||
		    (st.st_mtim.tv_sec == began->tv_sec && st.st_mtim.tv_nsec > began->tv_nsec))
			return true;
	}
	return false;
}

static bool end(struct declared *d, const struct cached_start *start, struct err *err)
{
	AUTO_BUF bytes = { 0 };
	struct timespec now;
	bool kept = true;
	if (!evaluate(d, err))
		return false;
	struct trace t = { 0 };
	for (size_t i = 0; i < d->found.entries.n; i++)
		vec_push_in(&t.entries, d->a, d->found.entries.p[i]);
	for (size_t i = 0; i < d->outputs.n; i++)
		if (!keep_output(d, d->outputs.p[i], &t, &kept, err))
			return false;
	if (!kept || d->host->no_cache || changed_since(d, start))
		return true;
	trace_sort(&t);
	trace_encode(&t, &bytes);
	clock_gettime(CLOCK_REALTIME, &now);
	struct state_record record = {
		.name = node_name(d),
		.key = key_of(d),
		.trace = buf_str(&bytes),
		.duration_ms = (now.tv_sec - start->at.tv_sec) * 1000 + (now.tv_nsec - start->at.tv_nsec) / 1000000,
		.ended_at = now.tv_sec,
	};
	return state_put(d->host->state, &record, err);
}

bool cached_end(const struct step_host *host, const struct cached_body *body, const struct cached_start *start, struct err *err)
{
	struct arena a = { 0 };
	struct declared d = { .a = &a, .host = host, .body = body };
	bool ok = end(&d, start, err);
	arena_deinit(&a);
	return ok;
}
