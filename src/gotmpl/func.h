/*
 * func.h: Go's types on top of struct value, and functions that templates call.
 *
 * A struct value has a kind; its `type` byte is Go's static type within that kind, 0 being what a reader of YAML or JSON makes. Functions
 * are rows of tables: name, C function, types of the parameters. Before a call the executor checks number and types of the arguments
 * as Go's reflect-based text/template does, and reports with its words ("wrong type for value; expected string; got float64"), so a C
 * function may count on argv[i] being what its row says:
 *
 *	static bool fn_repeat(struct go_call *call, struct value *out, struct err *err)
 *	{
 *		int64_t n = call->argv[0].i;
 *		struct str s = value_as_str(call->argv[1]);
 *		…
 *		if (n < 0)
 *			return err_set(err, ERR_FAILED, "negative count"); // the user sees: error calling repeat: negative count
 *		*out = value_str(result);
 *		return true;
 *	}
 *	static const struct go_func strings[] = {
 *		GO_FUNC("repeat", fn_repeat, GO_P_INT, GO_P_STRING),
 *		GO_FUNC("cat", fn_cat, GO_P_ANY | GO_P_MANY),
 *	};
 *	const struct go_table go_strings = GO_TABLE(strings);
 *
 * Memory: results and what they point to are borrowed from the arguments or live in call->arena, which lasts as long as the execution.
 */
#ifndef GOTMPL_FUNC_H
#define GOTMPL_FUNC_H

#include "base/buf.h"
#include "data/value.h"

/* ---- Types ---- */

/* Go's kinds, as reflect.Kind: go_kind_name prints them as sprig's kindOf does. */
enum go_kind {
	GO_KIND_INVALID, GO_KIND_BOOL, GO_KIND_INT, GO_KIND_INT8, GO_KIND_INT16, GO_KIND_INT32, GO_KIND_INT64, GO_KIND_UINT, GO_KIND_UINT8,
	GO_KIND_UINT16, GO_KIND_UINT32, GO_KIND_UINT64, GO_KIND_UINTPTR, GO_KIND_FLOAT32, GO_KIND_FLOAT64, GO_KIND_COMPLEX128,
	GO_KIND_FUNC, GO_KIND_INTERFACE, GO_KIND_MAP, GO_KIND_PTR, GO_KIND_SLICE, GO_KIND_STRING, GO_KIND_STRUCT,
};

/* The `type` byte by kind. VAL_NULL and VAL_BOOL have 0 only. Unsigned 64-bit integers keep their bits in .i. */
enum go_int_type {
	GO_INT64, GO_INT, GO_INT8, GO_INT16, GO_INT32, GO_UINT, GO_UINT8, GO_UINT16, GO_UINT32, GO_UINT64, GO_UINTPTR,
	GO_DURATION, GO_MONTH, GO_WEEKDAY, /* named types of package time; they print as their String() */
};
enum go_float_type { GO_FLOAT64, GO_FLOAT32 };
enum go_string_type { GO_STRING, GO_BYTES /* []byte */ };
/* Elements of []string are VAL_STR, of []int VAL_INT with type GO_INT, and so on. */
enum go_list_type { GO_ANYS /* []interface {} */, GO_STRINGS, GO_INTS, GO_INT64S, GO_FLOAT64S, GO_BOOLS, GO_MAPS /* []map[string]interface {} */,
	GO_LISTS /* [][]interface {} */, GO_STRINGSS /* [][]string */ };
enum go_map_type { GO_MAP_ANY /* map[string]interface {} */, GO_MAP_STRING, GO_MAP_BYTES /* map[string][]byte */, GO_MAP_INT, GO_MAP_BOOL };

/* Type bytes from here on are types with a name and methods that the user of the engine declares: types[byte - GO_NAMED]. */
#define GO_NAMED 64

/*
 * struct value.extra. GO_IFACE: what the value was read from has static type interface {} (an element of a map[string]interface {}); the
 * executor sets and clears it, functions never see it but on a nil. VAL_NULL with it is a nil interface, without it the zero
 * reflect.Value ("no value"). GO_NIL: a nil map or slice (VAL_MAP or VAL_LIST, empty): `nil` given for a parameter of such a type. GO_ADDRESS: a struct
 * that can be pointed to, since it is a field reached through a pointer; functions that take interface {} see a copy without it.
 */
#define GO_IFACE 1u
#define GO_NIL 2u
#define GO_ADDRESS 4u

struct go_call;
struct go_func;

/* A named type: chartutil.Values is { "chartutil.Values", GO_MAP_ANY, methods, n } used as the type byte of VAL_MAP values. */
struct go_named {
	struct str name;
	uint8_t under; /* type byte of the unnamed type beneath */
	const struct go_func *methods; /* call->self is the receiver */
	size_t method_count;
	void (*string)(struct value v, struct buf *out); /* String() or Error(), or NULL */
};

/* A field of a struct type, exported or not (an unexported one prints, but cannot be read). */
struct go_field {
	struct str name;
	bool embedded; /* its own fields and methods are promoted */
};

static inline bool go_field_exported(const struct go_field *f)
{
	return f->name.n && f->name.p[0] >= 'A' && f->name.p[0] <= 'Z';
}

/*
 * What a VAL_OBJECT can do: structs and pointers to them (a chart's metadata, a time, a version). Every member but type and kind may be
 * NULL. The engine's struct begins with a struct object.
 */
struct object_ops {
	struct str type;   /* as %T prints it: "time.Time", "*semver.Version", "sprig.certificate" */
	enum go_kind kind; /* GO_KIND_STRUCT or GO_KIND_PTR, mostly */
	const struct go_func *methods; /* call->self is the receiver */
	size_t method_count;
	const struct go_field *fields;
	size_t field_count;
	/* Value of fields[i]; what it makes goes into `a`. */
	struct value (*field)(const struct object *o, size_t i, struct arena *a);
	/* String() or Error(); without it the fields are printed: {a b c}, for a pointer &{a b c}. */
	void (*string)(const struct object *o, struct buf *out);
	/* String() that only a pointer to the struct has: an action prints it where the struct is GO_ADDRESS; elsewhere its fields are printed. */
	void (*pointer_string)(const struct object *o, struct buf *out);
	/* Go's == (NULL: not comparable, or by identity for pointers). */
	bool (*equal)(const struct object *a, const struct object *b);
	/* What json.Marshal makes of it (toJson, toYaml), made in `a`. */
	struct value (*plain)(const struct object *o, struct arena *a);
	bool yaml_tags; /* its fields are tagged for YAML as they are for JSON */
};

static inline struct value go_object(const struct object *o)
{
	return (struct value){ .kind = VAL_OBJECT, .object = (struct object *)o };
}
static inline struct value go_int(int64_t i) /* Go's int */
{
	return (struct value){ .kind = VAL_INT, .type = GO_INT, .i = i };
}
static inline struct value go_bytes(struct str s) /* []byte */
{
	struct value v = value_str(s);
	v.type = GO_BYTES;
	return v;
}
/* A new empty list of a Go type, e.g. go_list_new(GO_STRINGS, a). */
struct value go_list_new(enum go_list_type type, struct arena *a);

/* The named types that values of one template set may have. */
struct go_types {
	const struct go_named *named; /* type byte GO_NAMED + i is named[i] */
	size_t count;
};

/* Go's name of the value's type as %T prints it: "map[string]interface {}", "<nil>" for nil. `types` may be NULL where there are no named types. */
struct str go_type_name(const struct go_types *types, struct value v);
enum go_kind go_kind_of(const struct go_types *types, struct value v);
/* "string", "slice", "map", "float64", "invalid" … */
struct str go_kind_name(enum go_kind kind);
/* The type byte with a named type replaced by the one beneath. */
uint8_t go_under(const struct go_types *types, struct value v);
/* Truth as `if` sees it: not false, 0, nil, or empty; structs are true. */
bool go_truth(struct value v);
/* reflect.DeepEqual. */
bool go_deep_equal(const struct go_types *types, struct value a, struct value b);

/* ---- Functions ---- */

/* Types of parameters. GO_P_MANY marks the last one as variadic (it takes none or more); GO_P_NIL_OK is for the executor. */
enum go_param {
	GO_P_END, /* no more parameters */
	GO_P_ANY, /* interface {} */
	GO_P_VALUE, /* reflect.Value: as GO_P_ANY, but a missing value is passed on as VAL_NULL without GO_IFACE */
	GO_P_BOOL, GO_P_INT, GO_P_INT64, GO_P_UINT32, GO_P_FLOAT64, GO_P_STRING,
	GO_P_BYTES,   /* []byte */
	GO_P_RUNE,    /* int32 */
	GO_P_MAP,     /* map[string]interface {} and named types of it */
	GO_P_LIST,    /* []interface {} */
	GO_P_STRINGS, /* []string */
	GO_P_DURATION,
	GO_P_TIME,    /* a VAL_OBJECT of type "time.Time" */
	GO_P_CERT,    /* a VAL_OBJECT of type "sprig.certificate" */
	GO_P_COUNT,
	GO_P_MANY = 0x80,
};
#define GO_PARAMS_MAX 8

/* Sees what is written in the function's row; returns false with err set for "error calling NAME: <message>". *out is written on success only. */
typedef bool go_fn(struct go_call *call, struct value *out, struct err *err);

struct go_func {
	struct str name;
	go_fn *fn;
	uint8_t params[GO_PARAMS_MAX]; /* enum go_param */
	bool random; /* gives something else each time; see struct go_keep (sprig.h) */
};
#define GO_FUNC(name, fn, ...) { STR_INIT(name), (fn), { __VA_ARGS__ }, false }
#define GO_RANDOM(name, fn, ...) { STR_INIT(name), (fn), { __VA_ARGS__ }, true }

struct go_table {
	const struct go_func *rows;
	size_t n;
};
#define GO_TABLE(array) { (array), ARRAY_LEN(array) }

/*
 * Look-up of functions by name, built once and then shared by all sets and threads. Rows of later tables replace those of
 * earlier ones; text/template's own (and, eq, printf …) come first without being named. Lives in `a`.
 */
struct go_funcs;
const struct go_funcs *go_funcs_new(const struct go_table *tables, size_t n, struct arena *a);
/* NULL where there is none of that name. */
const struct go_func *go_funcs_find(const struct go_funcs *funcs, struct str name);

struct template_set;
struct template_exec;
struct go_host;

/* What a function sees of the call. Arguments have been checked against the row; extra is 0 but for GO_NIL, and GO_IFACE on a nil interface of a GO_P_VALUE. */
struct go_call {
	const struct value *argv;
	size_t argc;
	struct value self;             /* receiver, for methods */
	struct arena *arena;           /* of the execution */
	const struct go_types *types;  /* for go_type_name and printing */
	void *user;                    /* struct template_run.user */
	const struct go_host *host;    /* struct template_run.host (sprig.h); may be NULL */
	const struct template_set *set; /* the set that is being executed: inside tpl its clone */
	struct template_exec *exec;    /* for template_call (template.h) */
};

#endif
