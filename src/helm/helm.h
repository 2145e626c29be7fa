/*
 * helm.h: a chart and values in, manifests out: what `helm template` prints, as documents.
 *
 * A release is rendered in three steps that a caller may also take by itself: the user's values (helm_values), the chart (chart/chart.h), the
 * render. Nothing is shared between renders, so that several run side by side on threads, each with an arena of its own. All memory of a render is
 * in that arena, but for packed charts (helm_release_close).
 */
#ifndef HELM_HELM_H
#define HELM_HELM_H

#include "chart/chart.h"
#include "helm/engine.h"
#include "helm/manifest.h"
#include "helm/objects.h"

/* ---- Values ---- */

enum helm_value_source {
	HELM_SET_JSON,    /* in the order in which Helm applies them: all of one kind, then all of the next */
	HELM_SET,
	HELM_SET_STRING,
	HELM_SET_FILE,
	HELM_SET_LITERAL,
	HELM_SET_KINDS,
};

struct helm_value_options {
	const struct str *files; /* -f: YAML files, later ones win */
	size_t file_count;
	const struct str *sets[HELM_SET_KINDS]; /* --set and its kin */
	size_t set_counts[HELM_SET_KINDS];
	/* Reads a values file ("-" is up to it) or a file of --set-file; NULL: from the file system. */
	bool (*read)(void *ctx, struct str path, struct arena *a, struct str *text, struct err *err);
	void *read_ctx;
};

/* Merges files, then what is set, into one map in `a`. Errors carry Helm's text: "failed to parse FILE: …", "failed parsing --set data: …". */
MUST_CHECK bool helm_values(const struct helm_value_options *options, struct arena *a, struct value *out, struct err *err);

/* A copy of the map `under` with the map `over` laid on top, table by table; both stay as they are. */
struct value helm_values_merge(struct value under, struct value over, struct arena *a);

/* ---- Render ---- */

struct helm_render_options {
	struct str release;   /* its name; checked */
	struct str ns;        /* "default" where empty */
	struct value values;  /* the user's: VAL_MAP, or null */
	struct str kube_version;         /* empty: HELM_KUBE_VERSION */
	const struct str *api_versions;  /* beyond the default ones */
	size_t api_version_count;
	bool is_upgrade;
	bool skip_schema_validation;
	bool follow_links;    /* see struct chart_options */
	struct crew *crew;    /* who helps; NULL: the render has a helper of its own */
	struct engine_options engine; /* its log is set to `log` */
	struct helm_log log;
};

/* How far a render came before it failed: Helm's command says different things then. */
enum helm_stage { HELM_LOADING, HELM_RENDERING, HELM_SORTING, HELM_DONE };

struct helm_release {
	struct chart_tree tree;
	enum helm_stage stage;
	chart_crds crds;          /* of crds/ folders; documents as they are in the files */
	helm_manifests manifests; /* in the order of installation */
	helm_manifests hooks;     /* by kind */
	helm_files files;         /* what each template gave, NOTES.txt left out; sorted by name */
	helm_files notes;         /* of the NOTES.txt files: the root chart's under its own name */
};

/*
 * Loads and renders the chart at `path`. On failure *out is nevertheless set as far as `stage` says (files after sorting failed), and must be closed. Errors are
 * those of `helm template`, without the "Error: " that Helm puts before them.
 */
MUST_CHECK bool helm_render(struct str path, const struct helm_render_options *options, struct arena *a, struct helm_release *out,
			    struct err *err);
/* Gives back what the arena does not hold. Takes a zeroed release. */
void helm_release_close(struct helm_release *release);

/* The map that all templates are rendered from, for engine_render: Release, Capabilities and these coalesced values. In `a`. */
struct value helm_top(const struct helm_render_options *options, const struct helm_kube_version *kube, struct value values, struct arena *a);

/* ---- The same chart again and again ---- */

/*
 * A chart that is rendered with other values each time, as while somebody edits them: its files are read and its templates parsed once, and of those
 * only the ones are executed that read something that changed.
 *
 *	if (!helm_session_open(path, &options, &session, err)) …
 *	while (…) helm_session_render(session, values, &release, err) …
 *	helm_session_close(session);
 */
struct helm_session;
/* Loads the chart. `options` are copied, what they point to is borrowed; their values and helper do not count. */
MUST_CHECK bool helm_session_open(struct str path, const struct helm_render_options *options, struct helm_session **out, struct err *err);
/* What helm_render gives for these values, but for functions with random results, whose old ones stay. *out holds until the next call, and is not closed. A failure
 * leaves the session usable. `values` must live until the call after the next. */
MUST_CHECK bool helm_session_render(struct helm_session *s, struct value values, struct helm_release *out, struct err *err);
/* How many templates the last render executed. */
size_t helm_session_executed(const struct helm_session *s);
/* Takes NULL. */
void helm_session_close(struct helm_session *s);

/* Whether `name` can be that of a release: DNS labels, at most 53 characters. Error: Helm's. */
MUST_CHECK bool helm_check_release_name(struct str name, struct err *err);

#endif
