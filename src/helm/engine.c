/*
 * All templates of the tree go into one set, so that each can use what any other defines; then each file that is no partial is executed. Order
 * matters three times: where two files define the same name the one parsed last counts; `set` in one template is seen by the next; and the
 * first error is the one that is told. It is Helm's: deeper paths first, from the last name to the first.
 *
 * The templates of one chart share one map as dot, and charts share the tables of values, as in Helm; only .Template changes from file to file. Who executes
 * is execute.c.
 */
#include "helm/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "gotmpl/sprig.h"
#include "helm/objects.h"
#include "helm/values.h"

struct job {
	struct str name;
	size_t item;          /* in the plan's files */
	size_t dot;           /* number of its chart's */
	struct value about;   /* .Template */
	size_t depth;         /* slashes in the name */
};

struct collector {
	struct engine_plan *plan;
	struct arena *a;
	struct value release, capabilities;
	struct map jobs; /* of struct job, by name */
};

static size_t count_slashes(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '/';
	return n;
}

static struct value about_template(struct str name, struct str base_path, struct arena *a)
{
	struct value about = value_map_new(a);
	about.type = HELM_VALUES;
	value_map_set(about, STR("Name"), value_str(name));
	value_map_set(about, STR("BasePath"), value_str(base_path));
	return about;
}

static void add_jobs(struct collector *c, const struct chart *chart, size_t dot)
{
	struct str path = chart_full_path(chart, c->a), base_path = path_join(c->a, path, STR("templates"));
	for (size_t i = 0; i < chart->templates.n; i++) {
		struct chart_file *f = &chart->templates.p[i];
		size_t item = c->plan->files.n;
		vec_push_in(&c->plan->files, c->a, ((struct engine_file){ f, TEMPLATE_NO_SOURCE }));
		if (chart_is_library(chart) && !str_starts(path_base(f->name), STR("_")))
			continue;
		struct str name = path_join(c->a, path, f->name);
		*(struct job *)map_put(&c->jobs, name) = (struct job){ name, item, dot, about_template(name, base_path, c->a),
									       count_slashes(name) };
	}
	for (size_t i = 0; i < chart->files.n; i++)
		vec_push_in(&c->plan->files, c->a, ((struct engine_file){ &chart->files.p[i], TEMPLATE_NO_SOURCE }));
}

/* What a dot holds, with room for .Template, so that it never moves. */
enum { DOT_KEYS = 7 };

/* Collects the templates of the chart and of those below it. `values` is the chart's own. */
static void collect(struct collector *c, const struct chart *chart, size_t parent, struct value values)
{
	struct value dot = value_map_new(c->a), subcharts = value_map_new(c->a);
	size_t number = c->plan->dots.n;
	map_reserve(dot.map, DOT_KEYS);
	values.type = HELM_VALUES;
	value_map_set(dot, STR("Chart"), helm_chart_object(chart, c->a));
	value_map_set(dot, STR("Release"), c->release);
	value_map_set(dot, STR("Capabilities"), c->capabilities);
	value_map_set(dot, STR("Values"), values);
	value_map_set(dot, STR("Subcharts"), subcharts);
	vec_push_in(&c->plan->dots, c->a, ((struct engine_dot){ dot.map, subcharts.map, chart, parent, chart_name(chart) }));
	for (size_t i = 0; i < chart->dependencies.n; i++) {
		const struct chart *sub = chart->dependencies.p[i];
		struct value table;
		AUTO_ERR ignored = { 0 };
		if (!values_table(values, chart_name(sub), &table, &ignored))
			table = value_map_new(c->a);
		size_t below = c->plan->dots.n;
		collect(c, sub, number, table);
		value_map_set(subcharts, chart_name(sub), (struct value){ .kind = VAL_MAP, .map = c->plan->dots.p[below].map });
	}
	add_jobs(c, chart, number);
}

struct engine_dot *engine_plan_copy_dots(const struct engine_plan *p, struct arena *a)
{
	struct engine_dot *dots = arena_array(a, struct engine_dot, p->dots.n);
	for (size_t i = 0; i < p->dots.n; i++) {
		const struct engine_dot *from = &p->dots.p[i];
		struct value dot = value_map_new(a), subcharts = value_map_new(a);
		dots[i] = (struct engine_dot){ dot.map, subcharts.map, from->chart, from->parent, from->name };
		map_reserve(dot.map, DOT_KEYS);
		for (size_t k = 0; k < map_len(from->map); k++)
			value_map_set(dot, map_key(from->map, k), *(struct value *)map_at(from->map, k));
		value_map_set(dot, STR("Subcharts"), subcharts);
		if (i)
			*(struct value *)map_put(dots[from->parent].subcharts, from->name) = dot;
	}
	return dots;
}

static int job_cmp(const void *left, const void *right)
{
	const struct job *a = *(const struct job *const *)left, *b = *(const struct job *const *)right;
	if (a->depth != b->depth)
		return a->depth > b->depth ? -1 : 1;
	return -str_cmp(a->name, b->name);
}

static const struct job **in_order(struct collector *c)
{
	const struct job **jobs = arena_alloc(c->a, map_len(&c->jobs) * sizeof(*jobs) + 1);
	for (size_t i = 0; i < map_len(&c->jobs); i++)
		jobs[i] = map_at(&c->jobs, i);
	qsort(jobs, map_len(&c->jobs), sizeof(*jobs), job_cmp);
	return jobs;
}

/* ---- Errors as Helm tells them ---- */

static bool replace_message(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool replace_message(struct err *err, const char *fmt, ...)
{
	struct err old = *err;
	va_list ap;
	*err = (struct err){ 0 };
	va_start(ap, fmt);
	err_vset(err, old.kind, fmt, ap);
	va_end(ap);
	err->pos = old.pos;
	old.pos.file = NULL;
	err->hint = old.hint;
	old.hint = NULL;
	err_deinit(&old);
	return false;
}

/* Takes the text up to the next ": " off *rest. */
static bool next_token(struct str *rest, struct str *token)
{
	size_t at = str_find(*rest, STR(": "));
	if (at == STR_NPOS)
		return false;
	*token = str_slice(*rest, 0, at);
	*rest = str_slice(*rest, at + 2, rest->n);
	return true;
}

/* "template: FILE:LINE: …: REASON" becomes "parse error at (FILE:LINE): REASON". */
static bool tell_parse_error(struct str file, struct err *err)
{
	struct str message = str_c(err->message), rest = message, token, location;
	if (!next_token(&rest, &token))
		return replace_message(err, "parse error in (%.*s): %.*s", STR_ARG(file), STR_ARG(message));
	struct str reason = rest;
	location = rest;
	if (next_token(&rest, &token))
		location = token;
	for (rest = reason; next_token(&rest, &token);)
		reason = rest;
	return replace_message(err, "parse error at (%.*s): %.*s", STR_ARG(location), STR_ARG(reason));
}

/* What `fail` and `required` say is told without the chain of templates around it. */
static bool tell_exec_error(struct err *err)
{
	struct str rest = str_c(err->message), token, location;
	struct str start = STR("HELM_ERR_START"), end = STR("HELM_ERR_END");
	if (!next_token(&rest, &token) || !next_token(&rest, &location))
		return false;
	size_t from = str_find(rest, start), to = str_rfind(rest, end);
	if (from == STR_NPOS || to == STR_NPOS || to < from + start.n)
		return false;
	struct str message = str_slice(rest, from + start.n, to);
	return replace_message(err, "execution error at (%.*s): %.*s", STR_ARG(location), STR_ARG(message));
}

/* ---- Random results that are kept ---- */

static struct digest count_use(struct engine *engine, const struct digest *use, struct arena *a)
{
	struct str key = arena_str(a, (struct str){ (const char *)use->b, sizeof(use->b) });
	uint32_t *count = map_put(&engine->uses, key);
	struct sha256 h;
	sha256_init(&h);
	sha256_add_field(&h, engine->entry);
	sha256_add_field(&h, key);
	sha256_add_field(&h, arena_fmt(a, "%u", (*count)++));
	return sha256_end(&h);
}

static bool find_kept(void *ctx, void *user, const struct digest *use, struct arena *a, struct str *kept, bool *found, struct err *err)
{
	const struct engine_keep *keep = ctx;
	struct engine *engine = user;
	engine->use = count_use(engine, use, a);
	return keep->find(keep->ctx, &engine->use, a, kept, found, err);
}

static bool put_kept(void *ctx, void *user, const struct digest *use UNUSED, struct arena *a, struct str *kept, struct err *err)
{
	const struct engine_keep *keep = ctx;
	return keep->put(keep->ctx, &((struct engine *)user)->use, a, kept, err);
}

/* ---- Rendering ---- */

static const struct go_funcs *make_functions(const struct engine_options *options, struct arena *a)
{
	struct go_table tables[SPRIG_TABLES_MAX + 2];
	size_t n = sprig_tables(tables);
	tables[n++] = engine_functions;
	if (!options->enable_dns)
		tables[n++] = engine_no_dns;
	return go_funcs_new(tables, n, a);
}

const struct go_funcs *engine_plain_functions(const struct engine_options *options, struct arena *a)
{
	struct go_table tables[SPRIG_TABLES_MAX + 2];
	size_t n = sprig_tables(tables);
	tables[n++] = sprig_env;
	if (!options->enable_dns)
		tables[n++] = engine_no_dns;
	return go_funcs_new(tables, n, a);
}

/* Within the bytes of s, which nobody else has. */
static struct str drop_no_value(struct str s)
{
	struct str mark = STR("<no value>");
	/* The byte is rare, and found faster than the mark. */
	size_t at = str_find_char(s, '<') == STR_NPOS ? STR_NPOS : str_find(s, mark), n = 0;
	if (at == STR_NPOS)
		return s;
	char *to = (char *)s.p;
	while (at != STR_NPOS) {
		memmove(to + n, s.p, at);
		n += at;
		s = str_slice(s, at + mark.n, s.n);
		at = str_find(s, mark);
	}
	memmove(to + n, s.p, s.n);
	return (struct str){ to, n + s.n };
}

/* ---- Step by step ---- */

/* Gives all templates their .Files. */
static void set_files(struct engine_plan *p)
{
	for (size_t i = 0; i < p->dots.n; i++)
		*(struct value *)map_put(p->dots.p[i].map, STR("Files")) = helm_files_object(p->dots.p[i].chart, p->a);
}

void engine_plan_make(const struct chart *root, struct value top, const struct engine_options *options, struct arena *a, struct engine_plan *out)
{
	*out = (struct engine_plan){ .options = options, .a = a };
	struct collector c = { .plan = out, .a = a, .release = *value_map_get(top, STR("Release")), .capabilities = *value_map_get(top, STR("Capabilities")) };
	map_init(&c.jobs, sizeof(struct job), a);
	collect(&c, root, 0, *value_map_get(top, STR("Values")));
	if (options->source_map)
		source_map_values(options->source_map, *value_map_get(top, STR("Values")));
	out->jobs = in_order(&c);
	out->n = map_len(&c.jobs);
	out->sources = arena_array(a, struct template_source, out->n);
	for (size_t i = 0; i < out->n; i++) {
		struct engine_file *f = &out->files.p[out->jobs[i]->item];
		f->source = i;
		out->sources[i] = (struct template_source){ out->jobs[i]->name, f->file->data };
	}
	if (!options->tree)
		set_files(out);
}

/* ---- Reading and parsing ---- */

static bool is_shared(const struct engine_plan *p, size_t i)
{
	const struct chart *c = p->dots.p[i].chart;
	for (size_t k = 0; k < i; k++)
		if ((c->templates.n && p->dots.p[k].chart->templates.p == c->templates.p) || (c->files.n && p->dots.p[k].chart->files.p == c->files.p))
			return true;
	return false;
}

/* Reads what two charts have together, as copies of one chart do, before two threads might read it at once. */
static bool read_shared(const struct engine_plan *p)
{
	AUTO_ERR ignored = { 0 };
	for (size_t i = 0; i < p->dots.n; i++) {
		const struct chart *c = p->dots.p[i].chart;
		const chart_files *lists[] = { &c->templates, &c->files };
		for (size_t k = 0; k < ARRAY_LEN(lists) && is_shared(p, i); k++)
			for (size_t m = 0; m < lists[k]->n; m++)
				if (!chart_file_read(p->options->tree, &lists[k]->p[m], p->a, &ignored))
					return false;
	}
	return true;
}

static bool read_file(void *ctx, size_t item, struct arena *a, size_t *source)
{
	const struct engine_plan *p = ctx;
	const struct engine_file *f = &p->files.p[item];
	AUTO_ERR ignored = { 0 };
	*source = f->source;
	if (!chart_file_read(p->options->tree, f->file, a, &ignored))
		return false;
	if (f->source != TEMPLATE_NO_SOURCE)
		p->sources[f->source].text = f->file->data;
	return true;
}

bool engine_plan_parse(struct engine_plan *p, struct arena *a, struct template_set **out, struct err *err)
{
	struct template_options options = { .funcs = make_functions(p->options, a), .types = &helm_types, .missing = MISSING_ZERO };
	struct template_set *set = template_set_new(STR("gotpl"), &options, a);
	size_t failed;
	struct template_reading reading = { p->files.n, read_file, p };
	if (p->options->tree && !read_shared(p))
		return false;
	if (!template_parse_all(set, p->sources, p->n, p->options->help, p->options->tree ? &reading : NULL, &failed, err))
		return failed != TEMPLATE_NO_SOURCE && tell_parse_error(p->sources[failed].name, err);
	if (p->options->tree)
		set_files(p);
	*out = set;
	return true;
}

bool engine_plan_is_partial(const struct engine_plan *p, size_t i)
{
	return str_starts(path_base(p->sources[i].name), STR("_"));
}

void engine_plan_point(const struct engine_plan *p, size_t i, const struct engine_dot *dots)
{
	*(struct value *)map_put(dots[p->jobs[i]->dot].map, STR("Template")) = p->jobs[i]->about;
}

bool engine_plan_execute(const struct engine_plan *p, size_t i, const struct template_set *set, const struct engine_place *place, struct helm_file *out,
			 struct err *err)
{
	const struct engine_options *options = p->options;
	const struct job *job = p->jobs[i];
	struct engine engine = { .options = options, .entry = job->name };
	struct go_keep keep = { find_kept, put_kept, (void *)options->keep };
	struct go_host host = { 0 };
	struct template_run run = { .arena = place->a, .user = &engine, .host = options->host, .max_output = ENGINE_MAX_OUTPUT };
	run.reads = options->reads;
	run.guard = place->guard;
	map_init(&engine.depth, sizeof(int), place->a);
	if (options->keep) {
		if (run.host)
			host = *run.host;
		host.keep = &keep;
		run.host = &host;
		map_init(&engine.uses, sizeof(uint32_t), place->a);
	}
	struct source_map *sources = options->source_map;
	if (sources) {
		run.trace = source_map_trace(sources);
		source_map_begin(sources);
	}
	engine_plan_point(p, i, place->dots);
	struct value dot = { .kind = VAL_MAP, .type = HELM_VALUES, .map = place->dots[job->dot].map };
	if (!template_execute(set, job->name, dot, &run, place->out, err)) {
		(void)buf_cut(place->out);
		return tell_exec_error(err);
	}
	if (sources)
		source_map_end(sources, job->name, buf_str(place->out), &helm_types);
	*out = (struct helm_file){ .name = job->name, .text = drop_no_value(buf_cut(place->out)) };
	return true;
}

static int file_cmp(const void *left, const void *right)
{
	const struct helm_file *a = left, *b = right;
	return str_cmp(a->name, b->name);
}

void engine_sort(helm_files *files)
{
	if (files->n)
		qsort(files->p, files->n, sizeof(*files->p), file_cmp);
}

/* ---- At once ---- */

bool engine_render(const struct chart *root, struct value top, const struct engine_options *options, struct arena *a, helm_files *out,
		   struct err *err)
{
	struct engine_plan plan;
	struct template_set *set;
	AUTO_ERR said_later = { 0 };
	engine_plan_make(root, top, options, a, &plan);
	bool parsed = engine_plan_parse(&plan, a, &set, &said_later);
	if (options->may_begin && !options->may_begin(options->may_begin_ctx, err))
		return false;
	if (!parsed)
		err_move(err, &said_later);
	if (!parsed || !engine_execute(&plan, set, out, err))
		return false;
	engine_sort(out);
	return true;
}
