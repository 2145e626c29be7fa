/*
 * objects.h: what templates see besides values: .Chart, .Capabilities, .Files, .Release, .Template, with the names, types and methods
 * that Go's reflection gives them in Helm.
 *
 * https://helm.sh/docs/chart_template_guide/builtin_objects/ and, for the names of types, what `typeOf` prints there.
 */
#ifndef HELM_OBJECTS_H
#define HELM_OBJECTS_H

#include "chart/chart.h"
#include "gotmpl/func.h"

/* The named types of a render; `type` bytes of values. */
enum helm_type {
	HELM_VALUES = GO_NAMED, /* chartutil.Values */
	HELM_VERSIONS,          /* chartutil.VersionSet */
	HELM_FILES,             /* engine.files */
	HELM_MAINTAINERS,       /* []*chart.Maintainer */
	HELM_DEPENDENCIES,      /* []*chart.Dependency */
};
extern const struct go_types helm_types;

/* A cluster's version as Helm takes it apart. */
struct helm_kube_version {
	struct object object; /* as a value: chartutil.KubeVersion */
	struct str version, major, minor; /* "v1.34.0", "1", "34" */
};

#define HELM_KUBE_VERSION STR("v1.34.0")
#define HELM_VERSION STR("v3.19.0")

/* Reads a version such as 1.29, v1.29.3 or v1.29.3-gke.1; what it makes is in `a`. Error: ERR_USAGE with the text of the version library. */
MUST_CHECK bool helm_kube_version_parse(struct str s, struct arena *a, struct helm_kube_version *out, struct err *err);

/* The API versions that Helm counts as present where it has no cluster to ask. */
extern const struct str helm_default_api_versions[];
extern const size_t helm_default_api_version_count;

/* For the writers of JSON and YAML (value_plain_fn; ctx is a struct arena): what Go's encoding/json makes of typed values and objects. */
bool helm_plain(void *ctx, struct value *v, struct err *err);
/* The same for what looks at Go's structs itself, as yaml.v3 does: fields by their names in small letters, bytes as numbers, nil lists as empty ones. */
bool helm_plain_fields(void *ctx, struct value *v, struct err *err);

/* Values for templates, all in `a`. The chart and what it points to are borrowed. */
struct value helm_chart_object(const struct chart *c, struct arena *a);
struct value helm_files_object(const struct chart *c, struct arena *a);
/* `extra`: API versions beyond the default ones. */
struct value helm_capabilities_object(const struct helm_kube_version *kube, const struct str *extra, size_t extra_count, struct arena *a);

#endif
