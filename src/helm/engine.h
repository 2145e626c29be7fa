/*
 * engine.h: executing the templates of a chart and its sub-charts.
 */
#ifndef HELM_ENGINE_H
#define HELM_ENGINE_H

#include "base/sha256.h"
#include "chart/chart.h"
#include "gotmpl/template.h"
#include "helm/log.h"
#include "helm/manifest.h"
#include "helm/source_map.h"

/* Bytes that one template may write. */
#define ENGINE_MAX_OUTPUT ((size_t)256 << 20)
/* How deep a template may include itself; Helm's own limit. */
#define ENGINE_MAX_RECURSION 1000

/* Finds objects for the template function `lookup`; *out is an empty map where there are none. What it makes is in `a`. */
typedef bool helm_lookup_fn(void *ctx, struct str api_version, struct str kind, struct str ns, struct str name, struct arena *a,
			    struct value *out, struct err *err);

/*
 * Keeps what functions with a random result gave (passwords, keys, certificates), so that a chart renders the same again. A use is the digest of the
 * template that is executed, the function, its arguments, and a count where one template asks for the same more than once: what is added elsewhere does not
 * change it. Both functions may be called from several renders at once. See struct go_keep (gotmpl/sprig.h).
 */
struct engine_keep {
	bool (*find)(void *ctx, const struct digest *use, struct arena *a, struct str *kept, bool *found, struct err *err);
	bool (*put)(void *ctx, const struct digest *use, struct arena *a, struct str *kept, struct err *err);
	void *ctx;
};

struct engine_options {
	helm_lookup_fn *lookup; /* NULL: there is no cluster, nothing is ever found */
	void *lookup_ctx;
	const struct go_host *host; /* what functions may use of the world, see gotmpl/sprig.h; NULL: none */
	const struct engine_keep *keep; /* NULL: random results are random, as Helm's */
	bool lint; /* `required` and `fail` only log, as for helm lint */
	bool enable_dns; /* whether getHostByName may ask */
	const struct helm_log *log;
	/* See struct template_reads; NULL: nobody watches. */
	const struct template_reads *reads;
	/* Asked once when all is parsed, and before anybody is told that it is not: whether rendering may begin. NULL: it may. */
	bool (*may_begin)(void *ctx, struct err *err);
	void *may_begin_ctx;
	/* Who helps parsing and executing, or NULL. */
	const struct template_help *help;
	/* Where the chart is from, if files of it may not have been read yet (chart_read_all): that is done meanwhile. NULL: all are. */
	const struct chart_tree *tree;
	struct source_map *source_map; /* helm/source_map.h: is told where the output comes from; NULL: nobody asks */
};

/* What the functions of a running template see (go_call.user). */
struct engine {
	const struct engine_options *options;
	struct map depth; /* of include, by name: int */
	struct str entry; /* the template that is executed, whatever it includes */
	struct map uses;  /* of random functions in it: uint32_t by the use's digest */
	struct digest use; /* the last that was looked for */
};

/* Helm's own functions; engine_no_dns replaces what would ask the network. */
extern const struct go_table engine_functions;
extern const struct go_table engine_no_dns;

/* The functions of a template outside a chart (--name-template): sprig's alone. In `a`. */
const struct go_funcs *engine_plain_functions(const struct engine_options *options, struct arena *a);

/*
 * Renders every template of the tree with `top`, a map with Release, Capabilities and Values, into *out, sorted by name. The chart's files and values are
 * borrowed, results are in `a`. The error is what Helm prints; none is set where files could not be read (engine_plan_parse).
 */
MUST_CHECK bool engine_render(const struct chart *root, struct value top, const struct engine_options *options, struct arena *a,
			      helm_files *out, struct err *err);

/* ---- The same step by step, for who renders a chart again and again (session.c) ---- */

struct job;
/* A chart's map of .Chart, .Values and the rest, which its templates have as dot and its parent under .Subcharts. */
struct engine_dot {
	struct map *map, *subcharts;
	const struct chart *chart;
	size_t parent;   /* number of the parent's; the root is its own */
	struct str name;
};
/* A template or other file of a chart; `source` is its number in the plan, or TEMPLATE_NO_SOURCE. */
struct engine_file {
	struct chart_file *file;
	size_t source;
};
/* What is to be parsed and executed, in Helm's order. */
struct engine_plan {
	const struct engine_options *options; /* borrowed */
	struct arena *a;
	const struct job **jobs;
	struct template_source *sources; /* names and texts */
	size_t n;
	VEC(struct engine_dot) dots;
	VEC(struct engine_file) files; /* of all charts */
};

/* Everything is in `a`, and so is what executing makes. */
void engine_plan_make(const struct chart *root, struct value top, const struct engine_options *options, struct arena *a, struct engine_plan *out);
/* Reads what is unread, and parses all of it into a set in `a`. Without an error set where not all could be read: chart_read_all says why. */
MUST_CHECK bool engine_plan_parse(struct engine_plan *p, struct arena *a, struct template_set **out, struct err *err);
/* Partials are parsed, but not executed by themselves. */
bool engine_plan_is_partial(const struct engine_plan *p, size_t i);

/* What executing a template needs besides the plan. */
struct engine_place {
	struct arena *a;   /* for all that is made */
	struct buf *out;   /* grows in an arena; outputs are cut from it */
	const struct engine_dot *dots; /* those of the plan, or a copy of them */
	struct template_guard *guard;  /* see gotmpl/template.h; NULL: nobody else executes */
};
/* Executes the i-th template. */
MUST_CHECK bool engine_plan_execute(const struct engine_plan *p, size_t i, const struct template_set *set, const struct engine_place *place,
				    struct helm_file *out, struct err *err);
/* Sets .Template of the i-th template's chart to what it is while that is executed, and stays until the next of the chart is. */
void engine_plan_point(const struct engine_plan *p, size_t i, const struct engine_dot *dots);
/* Copies of all dots, in `a`: what is below .Values and the rest is shared. */
struct engine_dot *engine_plan_copy_dots(const struct engine_plan *p, struct arena *a);
/* Executes all that are no partials; the files come out in the order of execution (execute.c). */
MUST_CHECK bool engine_execute(struct engine_plan *p, const struct template_set *set, helm_files *out, struct err *err);
/* Files by name. */
void engine_sort(helm_files *files);

#endif
