/* A key that itself holds a dot cannot be reached, in Helm as here. */
#include "helm/values.h"

bool values_table(struct value values, struct str path, struct value *out, struct err *err)
{
	bool more = true;
	while (more) {
		struct str key;
		more = str_cut(path, '.', &key, &path);
		struct value *v = value_map_get(values, key);
		if (!v || v->kind != VAL_MAP)
			return err_set(err, ERR_NOT_FOUND, "\"%.*s\" is not a table", STR_ARG(key));
		values = *v;
	}
	*out = values;
	return true;
}

bool values_at(struct value values, struct str path, struct value *out, struct err *err)
{
	if (!path.n)
		return err_set(err, ERR_USAGE, "YAML path cannot be empty");
	size_t dot = str_rfind_char(path, '.');
	struct str key = dot == STR_NPOS ? path : str_slice(path, dot + 1, path.n);
	struct value table = values;
	AUTO_ERR no_table = { 0 };
	struct value *v = NULL;
	if (dot == STR_NPOS || values_table(values, str_slice(path, 0, dot), &table, &no_table))
		v = value_map_get(table, key);
	if (!v || v->kind == VAL_MAP)
		return err_set(err, ERR_NOT_FOUND, "\"%.*s\" is not a value", STR_ARG(key));
	*out = *v;
	return true;
}
