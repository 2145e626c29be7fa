/* Look-up of functions: one map from name to row over all tables. */
#include "gotmpl/func.h"

#include "gotmpl/builtin.h"

struct go_funcs {
	struct map rows; /* const struct go_func * */
};

static void add_table(struct map *rows, const struct go_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		*(const struct go_func **)map_put(rows, table->rows[i].name) = &table->rows[i];
}

const struct go_funcs *go_funcs_new(const struct go_table *tables, size_t n, struct arena *a)
{
	struct go_funcs *funcs = arena_new(a, struct go_funcs);
	map_init(&funcs->rows, sizeof(const struct go_func *), a);
	add_table(&funcs->rows, &builtin_compare);
	add_table(&funcs->rows, &builtin_items);
	add_table(&funcs->rows, &builtin_text);
	for (size_t i = 0; i < n; i++)
		add_table(&funcs->rows, &tables[i]);
	return funcs;
}

const struct go_func *go_funcs_find(const struct go_funcs *funcs, struct str name)
{
	const struct go_func *const *row = map_find(&funcs->rows, name);
	return row ? *row : NULL;
}
