/*
 * manifest.h: from rendered files to documents in the order of installation, hooks apart.
 *
 * https://helm.sh/docs/topics/charts_hooks/ and the install order that Helm documents in its source of kinds.
 */
#ifndef HELM_MANIFEST_H
#define HELM_MANIFEST_H

#include "base/vec.h"
#include "helm/head.h"
#include "helm/log.h"

/* When a hook runs. */
enum helm_event {
	HELM_PRE_INSTALL = 1 << 0,
	HELM_POST_INSTALL = 1 << 1,
	HELM_PRE_DELETE = 1 << 2,
	HELM_POST_DELETE = 1 << 3,
	HELM_PRE_UPGRADE = 1 << 4,
	HELM_POST_UPGRADE = 1 << 5,
	HELM_PRE_ROLLBACK = 1 << 6,
	HELM_POST_ROLLBACK = 1 << 7,
	HELM_TEST = 1 << 8,
};

/* When a hook's object is deleted. */
enum helm_delete_policy {
	HELM_DELETE_BEFORE_CREATION = 1 << 0,
	HELM_DELETE_SUCCEEDED = 1 << 1,
	HELM_DELETE_FAILED = 1 << 2,
};

/* One document. Strings live as long as the render's arena. */
struct helm_manifest {
	struct str source; /* "chart/templates/x.yaml" */
	struct str text;   /* without surrounding white space */
	struct str api_version, kind, name;
	unsigned events;          /* enum helm_event; 0: no hook */
	unsigned delete_policies; /* enum helm_delete_policy */
	int64_t weight;
};
typedef VEC(struct helm_manifest) helm_manifests;

typedef VEC(struct str) helm_strs;

/* What the text of a file is cut into, with the heads of all documents up to the first that is none. */
struct helm_documents {
	struct str text;
	helm_strs texts;
	struct helm_head *heads;
	size_t head_count;
	struct err err; /* of the document behind the last head */
};
/* One rendered template. */
struct helm_file {
	struct str name, text;
	struct helm_documents *documents; /* NULL while they are not read */
};
typedef VEC(struct helm_file) helm_files;

/* Cuts a file into its documents at lines that begin with `---`, white space around each removed. Views of `text`; the vector is in `a`. */
void manifest_split(struct str text, struct arena *a, helm_strs *out);

/* `s` without white space at its ends, as Go's strings.TrimSpace, which knows Unicode's. */
struct str helm_trim(struct str s);

/* NOTES.txt, which holds no documents. */
bool manifest_is_notes(struct str name);

/* Reads the documents of d->text into `a`. Where manifest_sort finds those of a file read it need not do it. */
void manifest_read(struct helm_documents *d, struct arena *a);
/* Forgets the documents of files that shall not be sorted. */
void manifest_forget(helm_files *files);

/*
 * Takes the documents of `files` (sorted by name; partials and empty ones are passed over) and puts them in order: `manifests` and `hooks`
 * each by kind, else as they came. Error: "YAML parse error on FILE: …".
 */
MUST_CHECK bool manifest_sort(const helm_files *files, const struct helm_log *log, struct arena *a, helm_manifests *manifests,
			      helm_manifests *hooks, struct err *err);

#endif
