/* Versions: semver gives a *semver.Version, whose methods that change it return a semver.Version. */
#include "gotmpl/sprig_util.h"

#include "text/semver.h"

struct go_version {
	struct object object;
	struct semver v;
};

static struct value version_value(struct arena *a, const struct object_ops *ops, struct semver v)
{
	struct go_version *version = arena_new(a, struct go_version);
	version->object.ops = ops;
	version->v = v;
	return go_object(&version->object);
}

static void version_string(const struct object *o, struct buf *out)
{
	struct arena a = { 0 };
	buf_add(out, semver_str(&((const struct go_version *)o)->v, &a));
	arena_deinit(&a);
}

static struct value version_plain(const struct object *o, struct arena *a)
{
	return value_str(semver_str(&((const struct go_version *)o)->v, a));
}

static bool version_equal(const struct object *a, const struct object *b)
{
	const struct semver *l = &((const struct go_version *)a)->v, *r = &((const struct go_version *)b)->v;
	return l->major == r->major && l->minor == r->minor && l->patch == r->patch && str_eq(l->pre, r->pre) && str_eq(l->meta, r->meta) &&
	       str_eq(l->original, r->original);
}

static struct semver self_version(const struct go_call *call)
{
	return ((const struct go_version *)call->self.object)->v;
}

static struct value uint_value(uint64_t v)
{
	return (struct value){ .kind = VAL_INT, .type = GO_UINT64, .i = (int64_t)v };
}

static bool m_major(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = uint_value(self_version(call).major);
	return true;
}

static bool m_minor(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = uint_value(self_version(call).minor);
	return true;
}

static bool m_patch(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = uint_value(self_version(call).patch);
	return true;
}

static bool m_prerelease(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(self_version(call).pre);
	return true;
}

static bool m_metadata(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(self_version(call).meta);
	return true;
}

static bool m_original(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = value_str(self_version(call).original);
	return true;
}

static bool m_string(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	*out = version_plain(call->self.object, call->arena);
	return true;
}

static const struct object_ops version_value_ops;

/* The version with its text renewed: a `v` in front stays. */
static struct value changed(struct go_call *call, struct semver v)
{
	struct str original = semver_str(&v, call->arena);
	v.original = str_starts(v.original, STR("v")) ? arena_concat(call->arena, STR("v"), original) : original;
	return version_value(call->arena, &version_value_ops, v);
}

static bool m_inc_patch(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct semver v = self_version(call);
	if (v.pre.n == 0) /* a pre-release's next patch is its release */
		v.patch++;
	v.pre = v.meta = STR("");
	*out = changed(call, v);
	return true;
}

static bool m_inc_minor(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct semver v = self_version(call);
	v.pre = v.meta = STR("");
	v.patch = 0;
	v.minor++;
	*out = changed(call, v);
	return true;
}

static bool m_inc_major(struct go_call *call, struct value *out, struct err *err UNUSED)
{
	struct semver v = self_version(call);
	v.pre = v.meta = STR("");
	v.minor = v.patch = 0;
	v.major++;
	*out = changed(call, v);
	return true;
}

/* Checks the text as a part of a version behind `sign`. */
static bool check_part(struct go_call *call, char sign, struct err *err)
{
	struct semver unused;
	struct str part = arg_str(call, 0);
	if (part.n == 0)
		return true;
	return semver_parse(arena_fmt(call->arena, "0.0.0%c%.*s", sign, STR_ARG(part)), SEMVER_STRICT, &unused, err);
}

static bool m_set_prerelease(struct go_call *call, struct value *out, struct err *err)
{
	struct semver v = self_version(call);
	if (!check_part(call, '-', err))
		return false;
	v.pre = arg_str(call, 0);
	*out = changed(call, v);
	return true;
}

static bool m_set_metadata(struct go_call *call, struct value *out, struct err *err)
{
	struct semver v = self_version(call);
	if (!check_part(call, '+', err))
		return false;
	v.meta = arg_str(call, 0);
	*out = changed(call, v);
	return true;
}

static const struct object_ops version_ops;

static bool compare(struct go_call *call, int *order, struct err *err)
{
	struct semver v = self_version(call);
	if (call->argv[0].kind != VAL_OBJECT || call->argv[0].object->ops != &version_ops)
		return err_set(err, ERR_FAILED, "wrong type for value; expected *semver.Version; got %.*s",
			       STR_ARG(go_type_name(call->types, call->argv[0])));
	*order = semver_cmp(&v, &((const struct go_version *)call->argv[0].object)->v);
	return true;
}

static bool m_compare(struct go_call *call, struct value *out, struct err *err)
{
	int order;
	if (!compare(call, &order, err))
		return false;
	*out = go_int(order);
	return true;
}

/* A method that is a comparison with 0 of the order. */
#define ORDER(name, op)                                                                       \
	static bool name(struct go_call *call, struct value *out, struct err *err)            \
	{                                                                                     \
		int order;                                                                    \
		if (!compare(call, &order, err))                                              \
			return false;                                                         \
		*out = value_bool(order op 0);                                                \
		return true;                                                                  \
	}
ORDER(m_less, <)
ORDER(m_less_equal, <=)
ORDER(m_greater, >)
ORDER(m_greater_equal, >=)
ORDER(m_equal, ==)

static const struct go_func version_methods[] = {
	GO_FUNC("Major", m_major, GO_P_END),
	GO_FUNC("Minor", m_minor, GO_P_END),
	GO_FUNC("Patch", m_patch, GO_P_END),
	GO_FUNC("Prerelease", m_prerelease, GO_P_END),
	GO_FUNC("Metadata", m_metadata, GO_P_END),
	GO_FUNC("String", m_string, GO_P_END),
	GO_FUNC("IncPatch", m_inc_patch, GO_P_END),
	GO_FUNC("IncMinor", m_inc_minor, GO_P_END),
	GO_FUNC("IncMajor", m_inc_major, GO_P_END),
	GO_FUNC("SetPrerelease", m_set_prerelease, GO_P_STRING),
	GO_FUNC("SetMetadata", m_set_metadata, GO_P_STRING),
	/* From here on those of the pointer alone. */
	GO_FUNC("Original", m_original, GO_P_END),
	GO_FUNC("Compare", m_compare, GO_P_ANY),
	GO_FUNC("LessThan", m_less, GO_P_ANY),
	GO_FUNC("LessThanEqual", m_less_equal, GO_P_ANY),
	GO_FUNC("GreaterThan", m_greater, GO_P_ANY),
	GO_FUNC("GreaterThanEqual", m_greater_equal, GO_P_ANY),
	GO_FUNC("Equal", m_equal, GO_P_ANY),
};
#define VALUE_METHODS 11

static const struct object_ops version_ops = {
	.type = STR_INIT("*semver.Version"),
	.kind = GO_KIND_PTR,
	.methods = version_methods,
	.method_count = ARRAY_LEN(version_methods),
	.string = version_string,
	.plain = version_plain,
};

static const struct object_ops version_value_ops = {
	.type = STR_INIT("semver.Version"),
	.kind = GO_KIND_STRUCT,
	.methods = version_methods,
	.method_count = VALUE_METHODS,
	.string = version_string,
	.equal = version_equal,
	.plain = version_plain,
};

static bool fn_parse(struct go_call *call, struct value *out, struct err *err)
{
	struct semver v;
	if (!semver_parse(arg_str(call, 0), SEMVER_LOOSE, &v, err))
		return false;
	*out = version_value(call->arena, &version_ops, v);
	return true;
}

static bool fn_compare(struct go_call *call, struct value *out, struct err *err)
{
	const struct semver_range *range;
	struct semver v;
	if (!semver_range_parse(call->arena, arg_str(call, 0), SEMVER_HELM, &range, err) ||
	    !semver_parse(arg_str(call, 1), SEMVER_LOOSE, &v, err))
		return false;
	*out = value_bool(semver_range_has(range, &v));
	return true;
}

static const struct go_func rows[] = {
	GO_FUNC("semver", fn_parse, GO_P_STRING),
	GO_FUNC("semverCompare", fn_compare, GO_P_STRING, GO_P_STRING),
};
const struct go_table fn_semver = GO_TABLE(rows);
