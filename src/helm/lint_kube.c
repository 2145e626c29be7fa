/*
 * What Kubernetes itself would say: names of objects by kind (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, in the
 * words of its validation), and API versions that are deprecated (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).
 */
#include "base/num.h"
#include "gotmpl/gofmt.h"
#include "helm/lint.h"
#include "validate/names.h"

/* ---- Names ---- */

enum { LABEL_MAX = 63, SUBDOMAIN_MAX = 253 };

struct findings {
	struct buf *out;
	struct str name;
	size_t n;
};

static void find(struct findings *f, const char *message)
{
	/* Several findings stand in brackets. */
	if (f->n++ == 1) {
		struct buf b = { 0 };
		buf_add_char(&b, '[');
		buf_add(&b, buf_str(f->out));
		buf_deinit(f->out);
		*f->out = b;
	}
	buf_addf(f->out, "%smetadata.name: Invalid value: ", f->n > 1 ? ", " : "");
	gofmt_quote(f->out, f->name);
	buf_addf(f->out, ": %s", message);
}

static void too_long(struct findings *f, size_t most, struct arena *a)
{
	if (f->name.n > most)
		find(f, arena_fmt(a, "must be no more than %zu characters", most).p);
}

static void subdomain(struct findings *f, struct arena *a)
{
	too_long(f, SUBDOMAIN_MAX, a);
	if (!names_is_subdomain(f->name))
		find(f, "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
			"alphanumeric character (e.g. 'example.com', regex used for validation is "
			"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
}

static void label(struct findings *f, struct arena *a)
{
	too_long(f, LABEL_MAX, a);
	if (names_is_label(f->name))
		return;
	find(f, names_is_subdomain(f->name) ? "must not contain dots"
				      : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
					"end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
					"'[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
}

static void label_1035(struct findings *f, struct arena *a)
{
	too_long(f, LABEL_MAX, a);
	if (!names_is_label(f->name) || (f->name.p[0] >= '0' && f->name.p[0] <= '9'))
		find(f, "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
			"alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");
}

static void path_segment(struct findings *f, struct arena *a UNUSED)
{
	if (str_eq(f->name, STR(".")))
		find(f, "may not be '.'");
	if (str_eq(f->name, STR("..")))
		find(f, "may not be '..'");
	if (str_find_char(f->name, '/') != STR_NPOS)
		find(f, "may not contain '/'");
	if (str_find_char(f->name, '%') != STR_NPOS)
		find(f, "may not contain '%'");
}

static void anything(struct findings *f UNUSED, struct arena *a UNUSED)
{
}

void lint_object_name(struct str kind, struct str name, struct buf *out)
{
	static const struct {
		struct str kind; /* in any case */
		void (*check)(struct findings *f, struct arena *a);
	} kinds[] = {
		{ STR_INIT("service"), label_1035 },
		{ STR_INIT("namespace"), label },
		{ STR_INIT("certificatesigningrequest"), anything },
		{ STR_INIT("role"), path_segment },
		{ STR_INIT("clusterrole"), path_segment },
		{ STR_INIT("rolebinding"), path_segment },
		{ STR_INIT("clusterrolebinding"), path_segment },
	};
	struct findings f = { .out = out, .name = name };
	struct arena a = { 0 };
	void (*check)(struct findings *, struct arena *) = subdomain;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq_nocase(kinds[i].kind, kind))
			check = kinds[i].check;
	check(&f, &a);
	if (f.n > 1)
		buf_add_char(out, ']');
	arena_deinit(&a);
}

/* ---- Deprecations ---- */

static const struct {
	const char *api_version, *kind;
	int major, minor;                 /* deprecated since */
	int removed_major, removed_minor; /* 0: not yet */
	const char *instead;
} deprecated[] = {
#include "helm/lint_deprecated.inc"
};

bool lint_is_deprecated(struct str api_version, struct str kind, const struct helm_kube_version *kube, struct buf *out)
{
	int64_t major = 0, minor = 0;
	if (!str_to_int(kube->major, &major) || !str_to_int(kube->minor, &minor))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(deprecated); i++) {
		if (!str_eq_c(api_version, deprecated[i].api_version) || !str_eq_c(kind, deprecated[i].kind))
			continue;
		if (deprecated[i].major > major || (deprecated[i].major == major && deprecated[i].minor > minor))
			return false;
		buf_addf(out, "%.*s %.*s is deprecated in v%d.%d+", STR_ARG(api_version), STR_ARG(kind), deprecated[i].major,
			 deprecated[i].minor);
		if (deprecated[i].removed_major)
			buf_addf(out, ", unavailable in v%d.%d+", deprecated[i].removed_major, deprecated[i].removed_minor);
		if (deprecated[i].instead[0])
			buf_addf(out, "; use %s", deprecated[i].instead);
		return true;
	}
	return false;
}
