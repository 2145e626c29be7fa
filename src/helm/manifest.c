/*
 * Splitting follows the expression (?:^|\s*\n)---\s* by hand: a separator takes the white space on both sides with it, so that of two
 * separators in a row only the first is one.
 */
#include "helm/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/path.h"
#include "base/utf8.h"
#include "gotmpl/gofmt.h"
#include "text/unicode.h"

static bool is_ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* How many bytes the white space takes that `s`, which is not empty, begins with; 0 where it begins with none. */
static size_t space_length(struct str s)
{
	uint32_t rune;
	if (is_ascii_space(s.p[0]))
		return 1;
	if (!(s.p[0] & 0x80))
		return 0;
	size_t n = utf8_decode(s, &rune);
	return unicode_is_space(rune) ? n : 0;
}

struct str helm_trim(struct str s)
{
	for (size_t n; s.n && (n = space_length(s)) > 0;)
		s = str_slice(s, n, s.n);
	while (s.n) {
		size_t from = s.n - 1;
		while (from > 0 && s.n - from < 4 && (s.p[from] & 0xc0) == 0x80)
			from--;
		if (space_length(str_slice(s, from, s.n)) != s.n - from)
			break;
		s.n = from;
	}
	return s;
}

/* \s of the expression: without \v. */
static bool is_separator_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* The next separator at or after `from`: where the white space before it begins, and where that after it ends. */
static bool find_separator(struct str text, size_t from, size_t *begin, size_t *end)
{
	size_t at, dashes;
	if (from == 0 && str_starts(text, STR("---"))) {
		at = 0;
		dashes = 0;
	} else {
		size_t found = str_find(str_slice(text, from, text.n), STR("\n---"));
		if (found == STR_NPOS)
			return false;
		at = from + found;
		dashes = at + 1;
		while (at > from && is_separator_space(text.p[at - 1]))
			at--;
	}
	*begin = at;
	*end = dashes + 3;
	while (*end < text.n && is_separator_space(text.p[*end]))
		++*end;
	return true;
}

void manifest_split(struct str text, struct arena *a, helm_strs *out)
{
	size_t from = 0, begin, end;
	text = helm_trim(text);
	while (find_separator(text, from, &begin, &end)) {
		if (begin > from)
			vec_push_in(out, a, helm_trim(str_slice(text, from, begin)));
		from = end;
	}
	if (from < text.n)
		vec_push_in(out, a, helm_trim(str_slice(text, from, text.n)));
}

/* ---- Hooks ---- */

struct name_bit {
	struct str name;
	unsigned bit;
};
static const struct name_bit events[] = {
	{ STR_INIT("pre-install"), HELM_PRE_INSTALL },	   { STR_INIT("post-install"), HELM_POST_INSTALL },
	{ STR_INIT("pre-delete"), HELM_PRE_DELETE },	   { STR_INIT("post-delete"), HELM_POST_DELETE },
	{ STR_INIT("pre-upgrade"), HELM_PRE_UPGRADE },	   { STR_INIT("post-upgrade"), HELM_POST_UPGRADE },
	{ STR_INIT("pre-rollback"), HELM_PRE_ROLLBACK },   { STR_INIT("post-rollback"), HELM_POST_ROLLBACK },
	{ STR_INIT("test"), HELM_TEST },		   { STR_INIT("test-success"), HELM_TEST },
};
static const struct name_bit delete_policies[] = {
	{ STR_INIT("before-hook-creation"), HELM_DELETE_BEFORE_CREATION },
	{ STR_INIT("hook-succeeded"), HELM_DELETE_SUCCEEDED },
	{ STR_INIT("hook-failed"), HELM_DELETE_FAILED },
};

/* The bits of the names in a list with commas; false where one is unknown. */
static bool bits_of(struct str list, const struct name_bit *names, size_t n, unsigned *bits)
{
	bool more = true, all_known = true;
	*bits = 0;
	while (more) {
		struct str name;
		size_t i = 0;
		more = str_cut(list, ',', &name, &list);
		name = helm_trim(name);
		while (i < n && !str_eq_nocase(names[i].name, name))
			i++;
		if (i < n)
			*bits |= names[i].bit;
		all_known = all_known && i < n;
	}
	return all_known;
}

static void add_hook(struct helm_manifest *m, const struct helm_head *head, const struct helm_log *log, struct arena *a,
		     helm_manifests *hooks)
{
	if (!bits_of(head->hook, events, ARRAY_LEN(events), &m->events)) {
		AUTO_BUF quoted = { 0 };
		gofmt_quote(&quoted, head->hook);
		helm_log_line(log, "manifest_sorter.go:199", "info: skipping unknown hook: %.*s", STR_ARG(buf_str(&quoted)));
		return;
	}
	if (!num_parse_int(head->hook_weight, 10, &m->weight))
		m->weight = 0;
	if (head->hook_delete_policy.p)
		(void)bits_of(head->hook_delete_policy, delete_policies, ARRAY_LEN(delete_policies), &m->delete_policies);
	vec_push_in(hooks, a, *m);
}

/* ---- Order ---- */

static const char *const kind_order[] = {
	"PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "PodDisruptionBudget",
	"ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim",
	"CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList",
	"RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
	"HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress", "APIService",
};

static size_t kind_rank(struct str kind)
{
	size_t i = 0;
	while (i < ARRAY_LEN(kind_order) && !str_eq_c(kind, kind_order[i]))
		i++;
	return i;
}

struct place {
	size_t rank, number;
	struct str kind;
};

/* Known kinds in their order, then the others by name; documents of one kind as they came. */
static int place_cmp(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	int by_name = a->rank == ARRAY_LEN(kind_order) ? str_cmp(a->kind, b->kind) : 0;
	return by_name ? by_name : (a->number > b->number) - (a->number < b->number);
}

static void sort_by_kind(helm_manifests *list, struct arena *a)
{
	struct place *places = arena_array(a, struct place, list->n);
	struct helm_manifest *sorted = arena_array(a, struct helm_manifest, list->n);
	for (size_t i = 0; i < list->n; i++)
		places[i] = (struct place){ kind_rank(list->p[i].kind), i, list->p[i].kind };
	qsort(places, list->n, sizeof(*places), place_cmp);
	for (size_t i = 0; i < list->n; i++)
		sorted[i] = list->p[places[i].number];
	list->p = sorted;
	list->cap = list->n;
}

/* ---- Documents ---- */

bool manifest_is_notes(struct str name)
{
	return str_ends(name, STR("NOTES.txt"));
}

void manifest_read(struct helm_documents *d, struct arena *a)
{
	struct arena scratch = { 0 };
	manifest_split(d->text, a, &d->texts);
	d->heads = arena_array(a, struct helm_head, d->texts.n);
	for (; d->head_count < d->texts.n; d->head_count++) {
		arena_reset(&scratch);
		if (!helm_head_read(d->texts.p[d->head_count], &scratch, a, &d->heads[d->head_count], &d->err))
			break;
	}
	arena_deinit(&scratch);
}

static void add_document(struct str source, struct str text, const struct helm_head *head, const struct helm_log *log, struct arena *a,
			 helm_manifests *manifests, helm_manifests *hooks)
{
	struct helm_manifest m = { .source = source, .text = text, .api_version = head->api_version, .kind = head->kind };
	m.name = head->name;
	if (head->hook.p)
		add_hook(&m, head, log, a, hooks);
	else
		vec_push_in(manifests, a, m);
}

void manifest_forget(helm_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		if (files->p[i].documents)
			err_deinit(&files->p[i].documents->err);
		files->p[i].documents = NULL;
	}
}

static bool add_file(struct helm_file *f, const struct helm_log *log, struct arena *a, helm_manifests *manifests, helm_manifests *hooks,
		     struct err *err)
{
	if (str_starts(path_base(f->name), STR("_")))
		return true;
	if (!f->documents) {
		f->documents = arena_new(a, struct helm_documents);
		f->documents->text = f->text;
		manifest_read(f->documents, a);
	}
	struct helm_documents *d = f->documents;
	for (size_t k = 0; k < d->head_count; k++)
		add_document(f->name, d->texts.p[k], &d->heads[k], log, a, manifests, hooks);
	if (d->head_count == d->texts.n)
		return true;
	err_move(err, &d->err);
	return err_wrap(err, "YAML parse error on %.*s", STR_ARG(f->name));
}

bool manifest_sort(const helm_files *files, const struct helm_log *log, struct arena *a, helm_manifests *manifests, helm_manifests *hooks,
		   struct err *err)
{
	for (size_t i = 0; i < files->n; i++)
		if (!add_file(&files->p[i], log, a, manifests, hooks, err))
			return false;
	sort_by_kind(manifests, a);
	sort_by_kind(hooks, a);
	return true;
}
