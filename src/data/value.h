/*
 * value.h: the value model that YAML, JSON, templates and manifests share.
 *
 * A value is 16 bytes and passed by value. Lists and maps are shared by reference: copying a struct value copies the reference, as in Go.
 * Everything a value points to lives in an arena; nothing is freed singly. Integers and floats stay apart; maps keep the order of
 * insertion, and map_sorted (base/map.h) gives the order of keys that Go prints.
 */
#ifndef DATA_VALUE_H
#define DATA_VALUE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

enum value_kind { VAL_NULL, VAL_BOOL, VAL_INT, VAL_FLOAT, VAL_STR, VAL_LIST, VAL_MAP, VAL_OBJECT };

struct list;
struct object;

struct value {
	uint8_t kind;   /* enum value_kind */
	uint8_t type;   /* an engine's finer type within the kind (gotmpl: Go's type); 0 is the plain one */
	uint16_t extra; /* free for the engine that owns the value; 0 otherwise */
	uint32_t len;   /* VAL_STR: length in bytes */
	union {
		bool b;
		int64_t i;
		double f;
		const char *s;
		struct list *list;
		struct map *map; /* of struct value */
		struct object *object;
	};
};

struct list {
	struct value *p;
	size_t n, cap;
};

/* A thing with behaviour that only its engine knows (a template's .Files, a time): the engine's struct begins with this. */
struct object {
	const struct object_ops *ops; /* declared by the engine */
};

/* The longest string a value holds; value_str aborts above it, so readers of untrusted input cap sizes first. */
#define VALUE_STR_MAX UINT32_MAX

static inline struct value value_null(void)
{
	return (struct value){ .kind = VAL_NULL };
}
static inline struct value value_bool(bool b)
{
	return (struct value){ .kind = VAL_BOOL, .b = b };
}
static inline struct value value_int(int64_t i)
{
	return (struct value){ .kind = VAL_INT, .i = i };
}
static inline struct value value_float(double f)
{
	return (struct value){ .kind = VAL_FLOAT, .f = f };
}
/* Borrows the bytes: they must live as long as the value. */
struct value value_str(struct str s);
/* The bytes of a VAL_STR. */
static inline struct str value_as_str(struct value v)
{
	return (struct str){ v.s, v.len };
}

/* New empty containers in `a`. The map's own memory grows in `a` too. */
struct value value_list_new(struct arena *a);
struct value value_map_new(struct arena *a);

/* Adds to the end of a VAL_LIST. */
void value_list_add(struct value list, struct value item, struct arena *a);
static inline size_t value_list_len(struct value list)
{
	return list.list->n;
}

/* Sets a key of a VAL_MAP; the key is borrowed. */
void value_map_set(struct value map, struct str key, struct value v);
/* The value under `key`, or NULL; also NULL where `map` is no map. The pointer holds until the map gets a new key. */
struct value *value_map_get(struct value map, struct str key);
bool value_map_remove(struct value map, struct str key);
static inline size_t value_map_len(struct value map)
{
	return map_len(map.map);
}
static inline struct value *value_map_at(struct value map, size_t i)
{
	return map_at(map.map, i);
}
/* Follows a path of keys separated by '.', e.g. "metadata.name"; NULL where a step is missing or no map. Keys with dots need value_map_get. */
struct value *value_find(struct value root, const char *path);
/* The string at the path, or STR_NONE where it is missing or no string. */
struct str value_find_str(struct value root, const char *path);

/* Equality of kinds and contents; maps whatever their order; int and float differ; NaN differs from itself. Objects by identity. */
bool value_equal(struct value a, struct value b);
/* Deep copy of lists and maps, strings and keys included, into `a`; objects are shared. */
struct value value_copy(struct value v, struct arena *a);
/* "null", "bool", "int", "float", "string", "list", "map", "object". */
const char *value_kind_name(enum value_kind kind);

#endif
