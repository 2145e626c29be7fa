/*
 * A walk without recursion over what the calls depend on; a node gets its number when all that it depends on have theirs, so that numbers are an order in which
 * just itself would run them. Two nodes that touch the same file without depending on each other keep that order: the later one waits. So do those that declare no inputs, whose
 * reading nobody knows, unless the tasks file says [parallel].
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/path.h"
#include "run/body.h"
#include "run/call.h"
#include "run/declared.h"
#include "run/engine_internal.h"
#include "run/record.h"
#include "run/watched.h"

/* Beyond this many pairs of nodes that share a folder, everything runs in just's order. */
enum { SHARED_FOLDER_PAIRS_MAX = 200000 };

enum { DEPS_SEARCHED = 16 };

/* --- what the engine takes --- */

enum { TAKES_UNKNOWN, TAKES_NOT, TAKES_EMPTY, TAKES_CACHED };

static const struct lang_attribute *cache_of(const struct lang_recipe *r)
{
	return lang_attr(&r->attributes, LANG_ATTR_CACHE);
}

/* Step lines keep records of their own. */
bool engine_is_steps(const struct lang_recipe *r)
{
	const struct lang_setting *setting = &r->module->settings.p[LANG_SET_SCRIPT_INTERPRETER];
	if (!r->is_script || lang_runs_by_shebang(r))
		return false;
	if (lang_has(&r->attributes, LANG_ATTR_SCRIPT) && r->has_interpreter)
		return r->interpreter && str_eq(path_base(*r->interpreter), STR("raibid-run"));
	return setting->is_set && setting->n_items > 0 && str_eq(path_base(setting->items[0]), STR("raibid-run"));
}

bool engine_caches(const struct lang_recipe *r)
{
	return lang_has(&r->attributes, LANG_ATTR_CACHE) && r->n_lines > 0 && !engine_is_steps(r);
}

/* Of the recipe alone. */
bool engine_may_take(const struct lang_recipe *r)
{
	bool cached = lang_has(&r->attributes, LANG_ATTR_CACHE);
	return (cached || r->n_lines == 0) && r->n_deps == r->n_priors && !lang_has(&r->attributes, LANG_ATTR_CONFIRM) && !engine_is_steps(r) &&
	       lang_recipe_is_pure(r);
}

bool engine_takes(struct engine *e, const struct lang_recipe *recipe)
{
	VEC(const struct lang_recipe *) stack = { 0 };
	if (!e->takes)
		e->takes = xcalloc(e->opt.n_recipes + 1, 1);
	vec_push(&stack, recipe);
	while (stack.n > 0) {
		const struct lang_recipe *r = vec_last(&stack);
		uint8_t *mine = &e->takes[r->index], best = lang_has(&r->attributes, LANG_ATTR_CACHE) ? TAKES_CACHED : TAKES_EMPTY;
		size_t before = stack.n;
		if (*mine == TAKES_UNKNOWN && !engine_may_take(r))
			*mine = TAKES_NOT;
		for (size_t i = 0; i < r->n_deps && *mine == TAKES_UNKNOWN; i++) {
			const struct lang_recipe *d = lang_recipe_dep(r, i);
			uint8_t theirs = d ? e->takes[d->index] : TAKES_EMPTY;
			if (theirs == TAKES_UNKNOWN)
				vec_push(&stack, d);
			else if (theirs == TAKES_NOT)
				*mine = TAKES_NOT;
			best = MAX(best, theirs);
		}
		if (stack.n > before && *mine == TAKES_UNKNOWN)
			continue;
		stack.n = before - 1;
		if (*mine == TAKES_UNKNOWN)
			*mine = best;
	}
	vec_deinit(&stack);
	return e->takes[recipe->index] == TAKES_CACHED;
}

/* --- one node --- */

struct filling {
	struct engine *e;
	struct arena *a;               /* of this node */
	const struct lang_recipe *recipe;
	const struct lang_scope *scope;
	struct plan_node node;
	struct sha256 hash;
	VEC(uint32_t) items;
	VEC(struct str) overlay;
	struct str directory;          /* absolute */
	struct err *err;
};

static plan_text text(struct filling *f, struct str s)
{
	return plan_add_text(&f->e->maker, s);
}

static plan_list words(struct filling *f, const char *const *words, size_t n)
{
	f->items.n = 0;
	for (size_t i = 0; i < n; i++) {
		vec_push_in(&f->items, f->a, text(f, str_c(words[i])));
		sha256_add_field(&f->hash, str_c(words[i]));
	}
	sha256_add_field(&f->hash, STR_NONE);
	return plan_add_list(&f->e->maker, f->items.p, (uint32_t)f->items.n);
}

static plan_list strings(struct filling *f, const struct str *all, size_t n)
{
	f->items.n = 0;
	for (size_t i = 0; i < n; i++)
		vec_push_in(&f->items, f->a, text(f, all[i]));
	return plan_add_list(&f->e->maker, f->items.p, (uint32_t)f->items.n);
}

static bool keyword(struct filling *f, const char *name, struct lang_value *out)
{
	const struct lang_attribute *attr = cache_of(f->recipe);
	*out = (struct lang_value){ 0 };
	for (size_t i = 0; attr && i < attr->n_keywords; i++)
		if (str_eq_c(attr->keywords[i].name.s, name) && attr->keywords[i].value)
			return lang_eval(f->scope, attr->keywords[i].value, f->a, out, f->err);
	return true;
}

static void add_body(struct filling *f, const struct body_text *body)
{
	struct plan_maker *m = &f->e->maker;
	sha256_add_field(&f->hash, body->is_script ? STR("script") : STR("lines"));
	f->node.argv = words(f, body->before, body->n_before);
	f->node.args = words(f, body->behind, body->n_behind);
	uint32_t *items = arena_array(f->a, uint32_t, body->n_lines + 1);
	for (size_t i = 0; i < body->n_lines; i++) {
		const struct body_line *l = &body->lines[i];
		items[i] = plan_add_own_text(m, l->text);
		sha256_add_field(&f->hash, l->text);
	}
	f->node.body = plan_add_own_list(m, items, (uint32_t)body->n_lines);
	for (size_t i = 0; i < body->n_lines; i++) {
		const struct body_line *l = &body->lines[i];
		items[i] = (l->is_echoed ? PLAN_LINE_ECHO : 0) | (l->is_infallible ? PLAN_LINE_INFALLIBLE : 0) | (l->is_guard ? PLAN_LINE_GUARD : 0);
		if (!body->is_script)
			sha256_add(&f->hash, (struct str){ l->is_infallible ? "-" : l->is_guard ? "?" : " ", 1 });
	}
	f->node.line_flags = plan_add_list(m, items, (uint32_t)body->n_lines);
	for (size_t i = 0; i < body->n_lines; i++)
		items[i] = body->lines[i].number;
	f->node.line_numbers = plan_add_own_list(m, items, (uint32_t)body->n_lines);
	f->node.flags |= body->is_script ? 0 : PLAN_LINES;
	if (lang_runs_by_shebang(f->recipe) && body->is_script)
		f->node.flags |= PLAN_SHEBANG;
}

static void add_variable(void *ctx, struct str name, struct str value)
{
	struct filling *f = ctx;
	if (name.n == 0 || str_find_char(name, '\0') != STR_NPOS || (value.p && str_find_char(value, '\0') != STR_NPOS))
		return;
	struct str pair = value.p ? arena_fmt(f->a, "%.*s=%.*s", STR_ARG(name), STR_ARG(value)) : name;
	vec_push_in(&f->overlay, f->a, pair);
	sha256_add_field(&f->hash, pair);
}

/* As the recipe sees it; p is NULL where it is not set. */
static struct str variable(struct filling *f, struct str name)
{
	for (size_t i = f->overlay.n; i-- > 0;) {
		struct str left, right;
		bool sets = str_cut(f->overlay.p[i], '=', &left, &right);
		if (str_eq(left, name))
			return sets ? right : STR_NONE;
	}
	if (!map_has(&f->e->asked, name))
		map_put(&f->e->asked, arena_str(&f->e->arena, name));
	return env_get(f->e->host->environ, name);
}

/* The search path with the project's own folders relative to it, so that two checkouts have the same one. */
static void hash_path(struct filling *f)
{
	struct str rest = variable(f, STR("PATH")), folder, root = f->e->host->root;
	sha256_add_field(&f->hash, STR("PATH"));
	while (str_next(&rest, ':', &folder)) {
		bool inside = str_starts(folder, root) && (folder.n == root.n || folder.p[root.n] == '/');
		sha256_add_field(&f->hash, inside ? STR("root") : STR("path"));
		sha256_add_field(&f->hash, inside ? str_slice(folder, root.n, folder.n) : folder);
	}
}

/* --- the files of a node, and who else touches them --- */

struct link {
	uint32_t node, next;
};

enum file_kind { FILE_UNKNOWN, FILE_PLAIN, FILE_FOLDER };

/* The environment that all recipes of a module have which add nothing to it. */
struct shared_environ {
	const struct lang_module *module; /* NULL: none yet */
	struct str *overlay;
	size_t n;
	plan_list list;
	struct digest digest;
};

/* A folder in which files are looked for: from some files on it is listed once, and only what is no plain file is looked at. */
struct listing {
	uint32_t asked;
	bool is_listed, cannot_be;
	struct map odd; /* set of names: folders, links, whatever */
};
enum { LIST_FROM = 16 };

struct build {
	struct engine *e;
	VEC(uint8_t) kind;            /* enum file_kind, by file: nodes share files */
	VEC(uint32_t) writer;         /* node + 1, by file */
	VEC(uint32_t) reader;         /* link + 1, by file; only those with PLAN_SEARCHES */
	VEC(struct link) links;
	struct map folders;           /* folder_use, by name */
	size_t pairs;
	struct shared_environ shared;
	struct map listings;          /* struct listing, by folder */
	uint32_t node;                /* that is being filled, and what it depends on */
	const uint32_t *deps;
	size_t n_deps;
};

struct folder_use {
	VEC(uint32_t) searchers, writers;
};

/* --- the environment --- */

/* Exports and the search path, apart from the node's own hash: most nodes share them. */
static struct digest module_environ(struct filling *f)
{
	struct sha256 outer = f->hash;
	sha256_init(&f->hash);
	shells_overlay(f->e->opt.shells, f->recipe->module, f->scope, add_variable, f);
	hash_path(f);
	struct digest digest = sha256_end(&f->hash);
	f->hash = outer;
	return digest;
}

static void add_overlay(struct filling *f, struct build *b)
{
	struct shared_environ *shared = &b->shared;
	bool shares = f->recipe->n_params == 0 && !lang_has(&f->recipe->attributes, LANG_ATTR_ENV);
	struct digest digest;
	if (shares && shared->module == f->recipe->module) {
		f->overlay.p = shared->overlay;
		f->overlay.n = shared->n;
		f->node.environ = shared->list;
		digest = shared->digest;
	} else {
		digest = module_environ(f);
		f->node.environ = strings(f, f->overlay.p, f->overlay.n);
	}
	if (shares && shared->module != f->recipe->module) {
		*shared = (struct shared_environ){ f->recipe->module, arena_array(&f->e->arena, struct str, f->overlay.n), f->overlay.n, f->node.environ, digest };
		for (size_t i = 0; i < f->overlay.n; i++)
			shared->overlay[i] = arena_str(&f->e->arena, f->overlay.p[i]);
	}
	sha256_add(&f->hash, (struct str){ (const char *)digest.b, sizeof(digest.b) });
}

static bool add_environ(struct filling *f, struct build *b)
{
	static const char *const keys[] = { "environment", "env" };
	sha256_add_field(&f->hash, STR("environment"));
	add_overlay(f, b);
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		struct lang_value names;
		if (!keyword(f, keys[k], &names))
			return false;
		for (size_t i = 0; i < names.n; i++) {
			struct str value = variable(f, names.p[i]);
			sha256_add_field(&f->hash, names.p[i]);
			sha256_add_field(&f->hash, value.p ? STR("set") : STR("unset"));
			sha256_add_field(&f->hash, value);
		}
	}
	return true;
}

/* --- files --- */

static void after(struct build *b, uint32_t first, uint32_t second)
{
	struct plan_maker *m = &b->e->maker;
	if (first == second || b->pairs > SHARED_FOLDER_PAIRS_MAX)
		return;
	/* What stands next to it in the graph anyway is mostly what wrote its inputs. */
	for (size_t i = 0; i < b->n_deps && i < DEPS_SEARCHED && second == b->node; i++)
		if (b->deps[i] == first)
			return;
	if (m->order.n > 0 && vec_last(&m->order).from == first && vec_last(&m->order).to == second)
		return;
	vec_push(&m->order, (struct plan_order){ MIN(first, second), MAX(first, second) });
}

static void grow_files(struct build *b)
{
	while (b->writer.n < b->e->maker.files.n) {
		vec_push(&b->kind, FILE_UNKNOWN);
		vec_push(&b->writer, 0);
	}
}

static struct folder_use *folder_use(struct build *b, struct str folder)
{
	struct folder_use *use = map_find(&b->folders, folder);
	return use ? use : map_put(&b->folders, arena_str(&b->e->arena, folder));
}

/* The node reads what lies in the folder: after all that write there, before those that will. */
static void searches(struct build *b, uint32_t node, struct str folder)
{
	struct folder_use *use = folder_use(b, folder);
	for (size_t i = 0; i < use->writers.n; i++, b->pairs++)
		after(b, use->writers.p[i], node);
	vec_push(&use->searchers, node);
}

static void writes(struct build *b, uint32_t node, uint32_t file, struct str name)
{
	grow_files(b);
	if (b->writer.p[file])
		after(b, b->writer.p[file] - 1, node);
	b->writer.p[file] = node + 1;
	for (uint32_t l = file < b->reader.n ? b->reader.p[file] : 0; l; l = b->links.p[l - 1].next)
		after(b, b->links.p[l - 1].node, node);
	/* Only folders that somebody searches matter, now or later: all above it. */
	for (struct str folder = name;;) {
		size_t slash = str_rfind_char(folder, '/');
		folder = slash == STR_NPOS ? STR(".") : str_slice(folder, 0, slash);
		struct folder_use *use = folder_use(b, folder);
		for (size_t i = 0; i < use->searchers.n; i++, b->pairs++)
			after(b, use->searchers.p[i], node);
		if (use->writers.n == 0 || vec_last(&use->writers) != node)
			vec_push(&use->writers, node);
		if (slash == STR_NPOS || folder.n == 0)
			return;
	}
}

/* Who writes the file later waits for its readers: those of a node that searches are kept, the others found at the end (order_readers). */
static void reads(struct build *b, uint32_t node, uint32_t file, bool is_search)
{
	grow_files(b);
	if (b->writer.p[file])
		after(b, b->writer.p[file] - 1, node);
	if (!is_search)
		return;
	while (b->reader.n <= file)
		vec_push(&b->reader, 0);
	vec_push(&b->links, (struct link){ node, b->reader.p[file] });
	b->reader.p[file] = (uint32_t)b->links.n;
}

/* From the last node to the first: each waits for nobody, and the next one that writes what it reads waits for it. */
static void order_readers(struct build *b, uint32_t first)
{
	const struct plan_maker *m = &b->e->maker;
	if (b->writer.n > 0)
		memset(b->writer.p, 0, b->writer.n * sizeof(*b->writer.p));
	for (uint32_t i = (uint32_t)m->nodes.n; i-- > first;) {
		const struct plan_node *n = &m->nodes.p[i];
		for (uint32_t k = 0; k < n->n_in; k++) {
			uint32_t writer = b->writer.p[m->refs.p[n->first_in + k]];
			if (writer)
				after(b, i, writer - 1);
		}
		for (uint32_t k = 0; k < n->n_out; k++)
			b->writer.p[m->refs.p[n->first_out + k]] = i + 1;
	}
}

/* A declared file: absolute, and as records name it. */
struct declared_file {
	struct str full, name;
};

static struct declared_file declared_of(struct filling *f, struct str word)
{
	struct str full = path_in(f->a, f->directory, word);
	return (struct declared_file){ full, record_name_clean(f->e->host->root, full) };
}

static void list(struct listing *l, struct str folder, struct arena *a)
{
	DIR *d = opendir(folder.n ? arena_cstr(a, folder) : "/");
	map_init(&l->odd, 0, NULL);
	l->is_listed = d || errno == ENOENT || errno == ENOTDIR; /* nothing stands in what is not there */
	l->cannot_be = !l->is_listed;
	if (!d)
		return;
	for (struct dirent *entry; (entry = readdir(d));)
		if (entry->d_type != DT_REG)
			map_put(&l->odd, arena_str(a, str_c(entry->d_name)));
	closedir(d);
}

static bool folder_stands_at(struct build *b, struct str full)
{
	struct stat st;
	struct arena *a = &b->e->arena;
	size_t slash = str_rfind_char(full, '/');
	struct str folder = str_slice(full, 0, slash), name = str_slice(full, slash + 1, full.n);
	if (slash == STR_NPOS || name.n == 0 || str_eq_c(name, ".") || str_eq_c(name, ".."))
		return fs_stat(full, FS_FOLLOW, &st) && S_ISDIR(st.st_mode);
	struct listing *l = map_find(&b->listings, folder);
	if (!l)
		l = map_put(&b->listings, arena_str(a, folder));
	if (!l->is_listed && !l->cannot_be && ++l->asked > LIST_FROM)
		list(l, folder, a);
	return (!l->is_listed || map_has(&l->odd, name)) && fs_stat(full, FS_FOLLOW, &st) && S_ISDIR(st.st_mode);
}

/* Whether it is a folder now; each file that the plan has is looked at once. */
static bool is_folder(struct filling *f, struct build *b, const struct declared_file *file)
{
	uint32_t id;
	bool has_id = plan_find_file(&f->e->maker, file->name, &id);
	grow_files(b);
	if (has_id && b->kind.p[id] != FILE_UNKNOWN)
		return b->kind.p[id] == FILE_FOLDER;
	bool is = folder_stands_at(b, file->full);
	if (has_id)
		b->kind.p[id] = is ? FILE_FOLDER : FILE_PLAIN;
	return is;
}

static bool is_searched(struct filling *f, struct build *b, struct str word, const struct declared_file *file)
{
	return str_starts(word, STR("!")) || declared_is_pattern(word) || is_folder(f, b, file);
}

static bool add_files(struct filling *f, struct build *b, uint32_t node)
{
	struct plan_maker *m = &f->e->maker;
	struct lang_value inputs, outputs, extra;
	if (!keyword(f, "inputs", &inputs) || !keyword(f, "outputs", &outputs) || !keyword(f, "extra", &extra))
		return false;
	sha256_add_field(&f->hash, STR("extra"));
	for (size_t i = 0; i < extra.n; i++)
		sha256_add_field(&f->hash, extra.p[i]);
	sha256_add_field(&f->hash, STR("outputs"));
	for (size_t i = 0; i < outputs.n; i++)
		sha256_add_field(&f->hash, outputs.p[i]);
	struct declared_file *files = arena_array(f->a, struct declared_file, inputs.n + 1);
	for (size_t i = 0; i < inputs.n; i++) {
		files[i] = declared_of(f, inputs.p[i]);
		plan_expect_file(m, files[i].name);
	}
	for (size_t i = 0; i < inputs.n; i++) {
		if (is_searched(f, b, inputs.p[i], &files[i]))
			f->node.flags |= PLAN_SEARCHES;
	}
	bool is_search = f->node.flags & PLAN_SEARCHES;
	if (is_search) {
		/* The declaration is part of the command: which files it names is looked up, but another one is another recipe. */
		for (size_t i = 0; i < inputs.n; i++)
			sha256_add_field(&f->hash, inputs.p[i]);
		f->node.inputs = strings(f, inputs.p, inputs.n);
	}
	f->node.first_in = (uint32_t)m->refs.n;
	for (size_t i = 0; i < inputs.n; i++) {
		if (str_starts(inputs.p[i], STR("!")))
			continue;
		if (is_search && is_searched(f, b, inputs.p[i], &files[i])) {
			struct str folder = declared_is_pattern(inputs.p[i]) ? path_in(f->a, f->directory, declared_fixed_part(inputs.p[i])) : files[i].full;
			searches(b, node, record_name(f->e->host, f->a, folder));
			continue;
		}
		uint32_t file = plan_add_file(m, files[i].name);
		reads(b, node, file, is_search);
		b->kind.p[file] = FILE_PLAIN;
		if (!is_search)
			vec_push(&m->refs, file);
	}
	f->node.n_in = (uint32_t)(m->refs.n - f->node.first_in);
	uint32_t *out_texts = arena_array(f->a, uint32_t, outputs.n);
	f->node.first_out = (uint32_t)m->refs.n;
	for (size_t i = 0; i < outputs.n; i++) {
		if (str_starts(outputs.p[i], STR("!"))) {
			out_texts[i] = plan_add_own_text(m, outputs.p[i]);
			continue;
		}
		struct str word = declared_is_pattern(outputs.p[i]) ? declared_fixed_part(outputs.p[i]) : outputs.p[i];
		struct str name = record_name_clean(f->e->host->root, path_in(f->a, f->directory, word));
		uint32_t file = plan_add_file(m, name);
		writes(b, node, file, name);
		m->files.p[file].mode |= PLAN_FILE_OUTPUT;
		out_texts[i] = str_eq(name, outputs.p[i]) ? m->files.p[file].name : plan_add_own_text(m, outputs.p[i]);
		vec_push(&m->refs, file);
	}
	f->node.n_out = (uint32_t)(m->refs.n - f->node.first_out);
	f->node.outputs = plan_add_own_list(m, out_texts, (uint32_t)outputs.n);
	return true;
}

static bool add_tracing(struct filling *f)
{
	struct lang_value ignore;
	if (!watched_wants(f->recipe))
		return true;
	if (!keyword(f, "ignore", &ignore))
		return false;
	f->node.flags |= PLAN_TRACED;
	f->node.ignore = strings(f, ignore.p, ignore.n);
	sha256_add_field(&f->hash, STR("traced"));
	for (size_t i = 0; i < ignore.n; i++)
		sha256_add_field(&f->hash, ignore.p[i]);
	return true;
}

static void add_names(struct filling *f)
{
	const struct lang_recipe *r = f->recipe;
	const struct lang_value *params = lang_scope_params(f->scope);
	AUTO_BUF shown = { 0 };
	struct plan_maker *m = &f->e->maker;
	f->node.file = text(f, r->name.at.file->display);
	f->node.line = r->line;
	if (lang_has(&r->attributes, LANG_ATTR_NO_EXIT_MESSAGE) ||
	    (lang_on(r->module, LANG_SET_NO_EXIT_MESSAGE) && !lang_has(&r->attributes, LANG_ATTR_EXIT_MESSAGE)))
		f->node.flags |= PLAN_SILENT;
	struct str name = arena_concat(f->a, STR(PLAN_NAME_START), r->path);
	if (r->n_params == 0) {
		f->node.id = str_hash(r->path);
		f->node.name = plan_add_own_text(m, name);
		return;
	}
	struct sha256 h;
	sha256_init(&h);
	buf_add(&shown, r->path);
	sha256_add_field(&h, r->path);
	for (size_t i = 0; i < r->n_params; i++) {
		struct str value = lang_join(f->a, &params[i]);
		buf_addf(&shown, " %.*s", STR_ARG(value));
		sha256_add_field(&h, value);
	}
	struct digest id = sha256_end(&h);
	memcpy(&f->node.id, id.b, sizeof(f->node.id));
	/* Arguments may be secrets: state has their digest alone. */
	name = arena_fmt(f->a, "%.*s #%02x%02x%02x%02x%02x%02x", STR_ARG(name), id.b[0], id.b[1], id.b[2], id.b[3], id.b[4], id.b[5]);
	f->node.recipe = text(f, r->path);
	f->node.shown = plan_add_own_text(m, buf_str(&shown));
	f->node.name = plan_add_own_text(m, name);
}

static bool fill(struct filling *f, struct build *b, const struct lang_call *call, const uint32_t *deps, size_t n_deps)
{
	struct engine *e = f->e;
	struct body body = { .options = e->opt.run, .shells = e->opt.shells, .recipe = f->recipe, .scope = f->scope, .args = call->args, .arena = f->a };
	struct body_text described;
	uint32_t node = (uint32_t)e->maker.nodes.n;
	b->node = node;
	b->deps = deps;
	b->n_deps = n_deps;
	sha256_init(&f->hash);
	sha256_add_field(&f->hash, STR("raibid-run cached recipe 3"));
	sha256_add_field(&f->hash, f->recipe->path);
	add_names(f);
	if (!cache_of(f->recipe)) {
		f->node.flags |= PLAN_GROUP;
	} else {
		const struct lang_value *params = lang_scope_params(f->scope);
		if (!body_describe(&body, &described, f->err))
			return false;
		f->directory = body.directory_name;
		struct str dir = record_name(e->host, f->a, f->directory);
		f->node.dir = text(f, dir);
		sha256_add_field(&f->hash, dir);
		for (size_t i = 0; i < f->recipe->n_params; i++)
			sha256_add_field(&f->hash, lang_join(f->a, &params[i]));
		add_body(f, &described);
		if (!add_environ(f, b) || !add_files(f, b, node) || !add_tracing(f))
			return false;
	}
	b->n_deps = 0; /* they are the frame's */
	f->node.command = sha256_end(&f->hash);
	f->node.first_dep = (uint32_t)e->maker.refs.n;
	f->node.n_deps = (uint32_t)n_deps;
	for (size_t i = 0; i < n_deps; i++)
		vec_push(&e->maker.refs, deps[i]);
	vec_push(&e->maker.nodes, f->node);
	return true;
}

/* --- the walk --- */

struct frame {
	struct arena arena; /* of what follows, from `spare` */
	struct lang_call call;
	const struct lang_recipe *recipe; /* of the call, whole */
	const struct lang_scope *scope;
	call_list deps;
	uint32_t *ids; /* of deps */
	size_t next;
};

struct walk {
	struct build b;
	struct arena calls;     /* arenas of frames begin here; the walk keeps it */
	VEC(struct arena) spare; /* of frames that are over: of 100,000 nodes a few stand on the stack at once */
	VEC(struct frame) stack;
	struct arena keys;      /* for a moment */
	enum engine_depth depth;
};

/* Where the number of the call's node + 1 is, or will be; 0 is none yet. Until the next call. */
static uint32_t *place_of(struct engine *e, const struct lang_call *call, struct arena *scratch)
{
	if (call->recipe->n_params == 0) {
		if (!e->plain_calls)
			e->plain_calls = xcalloc(e->opt.n_recipes + 1, sizeof(*e->plain_calls));
		return &e->plain_calls[call->recipe->index];
	}
	struct str key = call_key(call, scratch);
	uint32_t *found = map_find(&e->calls, key);
	return found ? found : map_put(&e->calls, arena_str(&e->arena, key));
}

/* The call's node if it has one. */
static bool known(struct engine *e, struct walk *w, const struct lang_call *call, uint32_t *id)
{
	uint32_t found = *place_of(e, call, &w->keys);
	arena_reset(&w->keys);
	if (found)
		*id = found - 1;
	return found != 0;
}

enum { FRAME_ROOM = 512 };

static bool push(struct engine *e, struct walk *w, const struct lang_call *call, struct run_end *end, struct err *err)
{
	struct frame f = { .call = *call };
	if (w->spare.n > 0)
		f.arena = w->spare.p[--w->spare.n];
	else
		arena_share(&w->calls, &f.arena, FRAME_ROOM);
	const struct lang_recipe *r = f.recipe = lang_run_unfold_in(e->opt.values, call->recipe, &f.arena);
	struct lang_call whole = { .recipe = r, .is_dependency = call->is_dependency, .args = call->args };
	bool ok = lang_call_scope(e->opt.values, &whole, &f.arena, &f.scope, err);
	for (size_t i = 0; ok && i < r->n_priors && w->depth == ENGINE_CLOSURE; i++)
		if (r->deps[i].recipe)
			ok = call_dependency(f.scope, &r->deps[i], &f.arena, &f.deps, err);
	if (ok)
		f.ids = arena_array(&f.arena, uint32_t, f.deps.n + 1);
	else
		end->status = 1;
	vec_push(&w->stack, f);
	return ok;
}

static void pop(struct walk *w)
{
	struct arena a = w->stack.p[--w->stack.n].arena;
	arena_reset(&a);
	vec_push(&w->spare, a);
}

/* Whether nobody knows what the node reads: it stays behind what stands before it. */
static bool is_unknown(const struct engine *e, uint32_t id)
{
	const struct plan_node *n = &e->maker.nodes.p[id];
	return n->flags & PLAN_TRACED || (!(n->flags & (PLAN_GROUP | PLAN_SEARCHES)) && n->n_in == 0);
}

static bool finish(struct engine *e, struct walk *w, struct frame *f, struct arena *scratch, struct run_end *end, struct err *err)
{
	bool parallel = lang_has(&f->recipe->attributes, LANG_ATTR_PARALLEL);
	struct filling filling = { .e = e, .a = scratch, .recipe = f->recipe, .scope = f->scope, .err = err };
	for (size_t i = 1; i < f->deps.n && !parallel; i++)
		if (is_unknown(e, f->ids[i]) || is_unknown(e, f->ids[i - 1]))
			after(&w->b, f->ids[i - 1], f->ids[i]);
	if (!fill(&filling, &w->b, &f->call, f->ids, f->deps.n)) {
		end->status = 1;
		return false;
	}
	*place_of(e, &f->call, scratch) = (uint32_t)e->maker.nodes.n;
	return true;
}

static bool add_call(struct engine *e, struct walk *w, const struct lang_call *call, uint32_t *id, struct run_end *end, struct err *err)
{
	struct arena scratch = { 0 };
	bool ok = known(e, w, call, id) || push(e, w, call, end, err);
	while (ok && w->stack.n > 0) {
		struct frame *f = &vec_last(&w->stack);
		if (f->next < f->deps.n) {
			if (f->next + 1 < f->deps.n)
				lang_expect(f->deps.p[f->next + 1].recipe);
			if (known(e, w, &f->deps.p[f->next], &f->ids[f->next]))
				f->next++;
			else
				ok = push(e, w, &f->deps.p[f->next], end, err);
			continue;
		}
		ok = finish(e, w, f, &scratch, end, err);
		arena_reset(&scratch);
		pop(w);
	}
	arena_deinit(&scratch);
	return ok && known(e, w, call, id);
}

bool engine_add_calls(struct engine *e, const struct lang_call *calls, size_t n, enum engine_depth depth, uint32_t *ids, struct run_end *end,
		      struct err *err)
{
	struct walk w = { .b.e = e, .depth = depth };
	uint32_t before = (uint32_t)e->maker.nodes.n;
	bool ok = true;
	map_init(&w.b.folders, sizeof(struct folder_use), NULL);
	map_init(&w.b.listings, sizeof(struct listing), NULL);
	for (size_t i = 0; ok && i < n; i++)
		ok = add_call(e, &w, &calls[i], &ids[i], end, err);
	if (ok)
		order_readers(&w.b, before);
	if (w.b.pairs > SHARED_FOLDER_PAIRS_MAX) {
		e->maker.order.n = 0;
		for (uint32_t i = 1; i < e->maker.nodes.n; i++)
			vec_push(&e->maker.order, (struct plan_order){ i - 1, i });
	}
	vec_deinit(&w.b.kind);
	vec_deinit(&w.b.writer);
	vec_deinit(&w.b.reader);
	vec_deinit(&w.b.links);
	for (size_t i = 0; i < map_len(&w.b.folders); i++) {
		struct folder_use *use = map_at(&w.b.folders, i);
		vec_deinit(&use->searchers);
		vec_deinit(&use->writers);
	}
	map_deinit(&w.b.folders);
	for (size_t i = 0; i < map_len(&w.b.listings); i++)
		map_deinit(&((struct listing *)map_at(&w.b.listings, i))->odd);
	map_deinit(&w.b.listings);
	while (w.stack.n > 0) /* after a failure */
		pop(&w);
	for (size_t i = 0; i < w.spare.n; i++)
		arena_deinit(&w.spare.p[i]);
	vec_deinit(&w.spare);
	vec_deinit(&w.stack);
	arena_deinit(&w.keys);
	arena_deinit(&w.calls);
	e->plan = plan_view(&e->maker);
	return ok;
}

struct str engine_dir(const struct engine *e, const struct plan_node *n, struct arena *a)
{
	return path_in(a, e->host->root, plan_str(&e->plan, n->dir));
}
