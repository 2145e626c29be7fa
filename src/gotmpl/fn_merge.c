/*
 * merge and mergeOverwrite, which are mergo 1.0.1's Merge and MergeWithOverwrite on maps (https://pkg.go.dev/dario.cat/mergo): the first dictionary
 * is changed in place, tables within both are merged in place, and what is taken over is shared with the source, not copied.
 *
 * "Empty" is the zero value of any kind; without overwriting an empty value counts as missing. A list of the source replaces an empty or
 * missing one. With overwriting everything of the source replaces, also nil and empty values, but a table is merged into a table.
 */
#include "gotmpl/sprig_util.h"
#include "gotmpl/template.h"
#include "gotmpl/types.h"

enum merge_mode { MERGE_KEEP, MERGE_OVERWRITE };

static bool too_deep(struct err *err)
{
	return err_set(err, ERR_LIMIT, "merge: more than %d levels", SPRIG_MAX_DEPTH);
}

/* Sets a key; a map whose elements have a type takes no interface {}. */
static bool put(struct go_call *call, struct value dst, struct value src, struct str key, struct value v, struct err *err)
{
	uint8_t type = go_under(call->types, dst), from = go_under(call->types, src);
	if (type != GO_MAP_ANY && type != from)
		return err_set(err, ERR_FAILED, "reflect.Value.SetMapIndex: value of type %.*s is not assignable to type %.*s",
			       STR_ARG(go_element_type(call->types, src)), STR_ARG(go_element_type(call->types, dst)));
	if (!template_may_change(call, dst.map, err))
		return false;
	value_map_set(dst, key, v);
	return true;
}

static bool merge(struct go_call *call, struct value dst, struct value src, enum merge_mode mode, unsigned depth, struct err *err)
{
	if (depth > SPRIG_MAX_DEPTH)
		return too_deep(err);
	if (dst.map == src.map) /* a map merged with itself is what it was */
		return true;
	for (size_t i = 0; i < value_map_len(src); i++) {
		struct str key = map_key(src.map, i);
		struct value s = *value_map_at(src, i);
		const struct value *d = value_map_get(dst, key);
		if (s.kind == VAL_NULL) {
			if (mode == MERGE_OVERWRITE && !put(call, dst, src, key, s, err))
				return false;
			continue;
		}
		bool both_maps = d && d->kind == VAL_MAP && s.kind == VAL_MAP && !(d->extra & GO_NIL);
		if (both_maps && !merge(call, *d, s, mode, depth + 1, err))
			return false;
		if (both_maps && go_truth(*d))
			continue;
		if ((mode == MERGE_OVERWRITE || d == NULL || !go_truth(*d)) && !put(call, dst, src, key, s, err))
			return false;
	}
	return true;
}

static bool merge_all(struct go_call *call, enum merge_mode mode, struct value *out, struct err *err)
{
	struct value dst = call->argv[0];
	if (dst.extra & GO_NIL) {
		dst = value_map_new(call->arena);
		dst.type = call->argv[0].type;
	}
	for (size_t i = 1; i < call->argc; i++)
		if (!merge(call, dst, call->argv[i], mode, 0, err))
			return false;
	dst.type = GO_MAP_ANY;
	*out = dst;
	return true;
}

static bool fn_merge_keep(struct go_call *call, struct value *out, struct err *err)
{
	return merge_all(call, MERGE_KEEP, out, err);
}

static bool fn_merge_overwrite(struct go_call *call, struct value *out, struct err *err)
{
	return merge_all(call, MERGE_OVERWRITE, out, err);
}

static const struct go_func rows[] = {
	GO_FUNC("merge", fn_merge_keep, GO_P_MAP, GO_P_MAP | GO_P_MANY),
	GO_FUNC("mustMerge", fn_merge_keep, GO_P_MAP, GO_P_MAP | GO_P_MANY),
	GO_FUNC("mergeOverwrite", fn_merge_overwrite, GO_P_MAP, GO_P_MAP | GO_P_MANY),
	GO_FUNC("mustMergeOverwrite", fn_merge_overwrite, GO_P_MAP, GO_P_MAP | GO_P_MANY),
};
const struct go_table fn_merge = GO_TABLE(rows);
