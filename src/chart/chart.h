/*
 * chart.h: a chart in memory: metadata, default values, templates, files, and the charts in its charts/ folder.
 *
 * A chart is loaded from a folder or a packed .tgz with the limits and the errors of Helm 3. Templates are not parsed here. A loaded tree belongs
 * to one release: processing its dependencies (helm/dependency.h) changes it. Everything lives in the arena it was loaded into, but for packed
 * charts, whose unpacked bytes the tree owns until chart_close.
 *
 * Of a folder the files that say nothing of the chart itself (templates and .Files) may be left unread until they are wanted: half of a large chart are
 * sub-charts that are switched off.
 */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include "base/crew.h"
#include "chart/metadata.h"

/* Helm's own limits on what it unpacks or reads. */
#define CHART_MAX_BYTES ((size_t)100 << 20)
#define CHART_MAX_FILE_BYTES ((size_t)5 << 20)
/* Packed charts of so many bytes unpack to some hundred KiB and more: worth a helper, and memory made ready. */
#define CHART_LARGE_PACKED ((size_t)32 << 10)
/* Charts within charts; ours, named here because Helm has none. */
#define CHART_MAX_DEPTH 64

struct chart_file {
	struct str name; /* relative to its chart, with slashes */
	struct str data; /* .p is NULL while it is not read */
	struct str path; /* where to read it: relative to the folder that was loaded, or absolute; with a NUL behind it. Empty in archives */
};
typedef VEC(struct chart_file) chart_files;

struct chart;
typedef VEC(struct chart *) charts;

struct chart {
	struct chart *parent; /* NULL for the root */
	struct chart_metadata *metadata;
	struct value values;     /* of values.yaml: VAL_MAP, or null where there is none */
	struct str values_text;  /* the file's bytes; .p is NULL where there is none */
	struct str schema;       /* values.schema.json; .p is NULL where there is none */
	chart_files templates;   /* in the order they were found */
	chart_files files;       /* everything else that is not part of the chart's definition: .Files */
	charts dependencies;     /* of charts/, in order of their names there */
};

static inline struct str chart_name(const struct chart *c)
{
	return c->metadata->name;
}
/* "root/charts/sub/charts/name", in `a`. */
struct str chart_full_path(const struct chart *c, struct arena *a);
bool chart_is_library(const struct chart *c);

struct chart_archives;
struct chart_options {
	/* Links out of the chart's folder are refused unless this is set; Helm follows them. */
	bool follow_links;
	/* One line that Helm would log, without the newline; NULL: nobody listens. */
	void (*warn)(void *ctx, struct str line);
	void *warn_ctx;
	/* Templates and .Files of a folder are left for chart_file_read. */
	bool read_later;
	/* Who helps, and may still be making memory ready for the arena (arena_reserve): what is packed waits for that. NULL: nobody. */
	struct crew *crew;
};

struct chart_tree {
	struct chart *root;
	struct chart_archives *archives; /* owned: the unpacked bytes */
	struct chart_folder *folder;     /* owned: what files are read from; NULL of an archive */
	chart_files files;               /* all that was loaded, in one list */
};

/*
 * Loads the folder or .tgz at `path`, with all charts in it. NULL options mean none. Errors carry Helm's text ("Chart.yaml file is
 * missing", "validation: chart.metadata.name is required", "cannot load values.yaml: …").
 */
MUST_CHECK bool chart_load(struct str path, const struct chart_options *options, struct arena *a, struct chart_tree *out, struct err *err);
/*
 * Makes the same charts once more, from the bytes of `from`, which has read all and must outlive them: processing dependencies changes a tree. Options: `warn`
 * alone counts.
 */
MUST_CHECK bool chart_again(const struct chart_tree *from, const struct chart_options *options, struct arena *a, struct chart_tree *out,
			    struct err *err);
/* Reads the file's bytes into `a`, unless they are there. May be called from several threads, for different files and arenas. Errors as chart_load's. */
MUST_CHECK bool chart_file_read(const struct chart_tree *tree, struct chart_file *file, struct arena *a, struct err *err);
/* Reads into `a` all that is left unread of the templates and .Files of the charts that the tree has now. The error is that of the first file that cannot be read. */
MUST_CHECK bool chart_read_all(const struct chart_tree *tree, struct arena *a, struct err *err);
/* Gives the unpacked bytes back; the chart must not be used any more. Takes a zeroed tree. */
void chart_close(struct chart_tree *tree);

/*
 * Unpacks the .tgz of `bytes` as Helm does: into a folder of the chart's name below `dir`, whose path becomes *folder. `name` is for messages. Errors carry
 * Helm's text ("gzip: invalid header", "chart name not specified").
 */
MUST_CHECK bool chart_expand(struct str bytes, struct str name, struct str dir, struct arena *a, struct str *folder, struct err *err);

/* A file of crds/. */
struct chart_crd {
	struct str name;     /* "crds/x.yaml" */
	struct str filename; /* "root/charts/sub/crds/x.yaml" */
	struct str data;
};
typedef VEC(struct chart_crd) chart_crds;
/* The CRDs of the chart and of all its dependencies, in the order that Helm installs them. */
void chart_find_crds(const struct chart *c, struct arena *a, chart_crds *out);

#endif
