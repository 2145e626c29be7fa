/*
 * template.h: Go's text/template: named templates parsed into sets, executed with data.
 *
 * A set is built by one thread: files are parsed into it, defines replace each other as Go's rules say. From then on it and the trees in it
 * do not change and may be executed by several threads at once, each with an arena of its own. A clone is a set on top of another: it
 * sees the parent's templates and may add or replace its own without touching the parent; making one costs nothing (Helm's tpl makes
 * thousands). All errors carry Go's exact text and the position of the innermost template (err_at).
 *
 *	struct template_set *set = template_set_new(STR("gotpl"), &(struct template_options){ .funcs = funcs }, arena);
 *	if (!template_parse(set, STR("chart/templates/a.yaml"), text, NULL, err)) …
 *	if (!template_execute(set, STR("chart/templates/a.yaml"), data, &(struct template_run){ .arena = arena }, &out, err)) …
 */
#ifndef GOTMPL_TEMPLATE_H
#define GOTMPL_TEMPLATE_H

#include <stdatomic.h>

#include "base/crew.h"
#include "gotmpl/func.h"

struct template; /* one named template; immutable once parsed */

/* Option("missingkey=…"): what a map's missing key gives. */
enum template_missing { MISSING_DEFAULT, MISSING_ZERO, MISSING_ERROR };

struct template_options {
	const struct go_funcs *funcs; /* NULL: text/template's own only */
	const struct go_types *types; /* NULL: no named types */
	enum template_missing missing;
};

/* A new empty set in `a`; `name` is what errors call it. Options are copied, what they point to is borrowed. */
struct template_set *template_set_new(struct str name, const struct template_options *options, struct arena *a);
/* A set on top of `parent`, which must not change any more while this one lives. */
struct template_set *template_set_clone(const struct template_set *parent, struct arena *a);

/*
 * Parses `text` as the template `name` and adds it and what it defines, as Go's t.New(name).Parse(text). `text` is borrowed as
 * long as the set lives. The template itself goes to *t where t is not NULL; it is empty where the text only defines others. ERR_SYNTAX
 * with Go's text: "template: NAME:LINE: …".
 */
MUST_CHECK bool template_parse(struct template_set *set, struct str name, struct str text, const struct template **t, struct err *err);

struct template_source {
	struct str name, text;
};
/* Who helps parsing: what the helper makes is in the arena `side`, which must live as long as the set. */
struct template_help {
	struct crew *crew;
	struct arena *side;
};
/*
 * Texts that are read while others are parsed: `n` items, each of which `read` makes ready, in an arena; *source is the number of the text that is there then, or
 * TEMPLATE_NO_SOURCE. Called by both threads, for different items. False: nothing more is read, and parsing fails.
 */
#define TEMPLATE_NO_SOURCE SIZE_MAX
struct template_reading {
	size_t n;
	bool (*read)(void *ctx, size_t item, struct arena *a, size_t *source);
	void *ctx;
};
/*
 * template_parse of n texts one after another, the work shared where `help` is not NULL and it is worth it. `reading` is NULL where all texts are there. On
 * failure *failed is the number of the text that does not parse, and those before it are in the set; or TEMPLATE_NO_SOURCE, without an error set, where not all
 * could be read.
 */
MUST_CHECK bool template_parse_all(struct template_set *set, const struct template_source *sources, size_t n, const struct template_help *help,
				   const struct template_reading *reading, size_t *failed, struct err *err);

/* The template of that name, or NULL. */
const struct template *template_find(const struct template_set *set, struct str name);

/*
 * Watches an execution, so that output can be traced to where it comes from. Templates that functions include (template_call) run within the action that
 * calls them: their calls come between its begin and its end. An action that fails has no end.
 */
struct template_trace {
	/* The text at `line` of the template `file` has written the bytes from `from` to the end of `out`. */
	void (*text)(void *ctx, const struct buf *out, size_t from, struct str file, uint32_t line);
	/* An action is evaluated; it has ended, and printed `v` as the bytes from `from` on (none where it only declares variables). */
	void (*begin)(void *ctx);
	void (*end)(void *ctx, const struct buf *out, size_t from, struct value v, struct str file, uint32_t line);
	/* A field of a map was read; a variable or dot was used as it is. */
	void (*read)(void *ctx, const struct map *map, struct str key);
	void (*use)(void *ctx, struct value v);
	/* A function got arguments. */
	void (*call)(void *ctx, const struct go_func *func, const struct value *argv, size_t argc);
	void *ctx;
};

/*
 * Watches what of its data an execution depends on: `read`, a field of a map was asked for, there or not; `look`, a list or map was looked into as a
 * whole, by a condition, a loop or a method, or printed; `call`, a function got arguments.
 */
struct template_reads {
	void (*read)(void *ctx, const struct map *map, const struct str *key, uint64_t hash);
	void (*look)(void *ctx, struct value v);
	void (*call)(void *ctx, const struct go_func *func, const struct value *argv, size_t argc);
	void *ctx;
};

/*
 * For executions side by side over the same data. `change`: a function is about to change a map that the execution has not made itself, in its own arena; false, with
 * err set, if it may not: the execution then fails. `stop`: the execution shall fail soon, its result is of no use.
 */
struct template_guard {
	bool (*change)(void *ctx, const struct map *map, struct err *err);
	void *ctx;
	atomic_bool stop;
};

/* One execution. */
struct template_run {
	struct arena *arena; /* what functions make lives here; must outlive what the data then holds (sprig's set puts values into it) */
	void *user;          /* go_call.user */
	const struct go_host *host; /* what functions may use of the world (sprig.h), or NULL */
	size_t max_output;   /* ERR_LIMIT above that many bytes; 0: no limit */
	uint64_t max_steps;  /* ERR_LIMIT above that many nodes of lists executed, each turn of a loop anew; 0: no limit */
	const struct template_trace *trace; /* NULL: nobody watches */
	const struct template_reads *reads; /* NULL: nobody watches */
	struct template_guard *guard; /* NULL: nobody else uses the data */
};

/* Executes template `name` with `data` as dot and $, adding to `out` (on an error: what was written until then). */
MUST_CHECK bool template_execute(const struct template_set *set, struct str name, struct value data, const struct template_run *run,
				 struct buf *out, struct err *err);

/* To be asked by each function that changes one of its arguments, before it does; false with err set: it must fail. */
MUST_CHECK bool template_may_change(const struct go_call *call, const struct map *map, struct err *err);

/*
 * For functions such as include: executes `name` of `set` (usually call->set) within the running execution: same user and limits, depth
 * counts on. The output, a VAL_STR in call->arena, goes to *out.
 */
MUST_CHECK bool template_call(struct go_call *call, const struct template_set *set, struct str name, struct value data, struct value *out,
			      struct err *err);
/* The same for a template at hand. */
MUST_CHECK bool template_call_parsed(struct go_call *call, const struct template_set *set, const struct template *t, struct value data,
				     struct value *out, struct err *err);

#endif
