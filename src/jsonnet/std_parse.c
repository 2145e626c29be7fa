/* Numbers and YAML from text. */
#include "base/num.h"
#include "base/utf8.h"
#include "data/yaml.h"
#include "jsonnet/std.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

/* --- integers --- */

/* The reference takes a digit's value from where its character lies behind '0', 'A' or 'a', so that ':' is 10 in hexadecimal. */
static struct jv parse_natural(struct vm *vm, struct str s, int base)
{
	double n = 0;
	struct str rest = s;
	while (rest.n > 0) {
		uint32_t c;
		rest = str_slice(rest, utf8_decode(rest, &c), rest.n);
		double digit = c >= 'a' ? (double)c - 'a' + 10 : c >= 'A' ? (double)c - 'A' + 10 : (double)c - '0';
		if (digit < 0 || digit >= base)
			vm_raise(vm, "%.*s is not a base %d integer", STR_ARG(s), base);
		n = jv_as_num(vm_num(vm, base * n + digit));
	}
	return jv_num(n);
}

static struct str digits_of(struct vm *vm, struct jv v)
{
	if (!jv_is(v, JV_STR))
		vm_raise(vm, "Expected string, got %s", jv_type_name(v));
	return str_bytes(vm, v);
}

static struct jv fn_parse_int(struct vm *vm, struct jv *args)
{
	struct str s = digits_of(vm, args[0]);
	struct jv v;
	if (vm_is_go(vm) && s.n > 1)
		s = str_drop_prefix(s, STR("+"));
	if (vm_is_go(vm) && str_starts(s, STR("--")))
		vm_raise(vm, "%.*s is not a base 10 integer", STR_ARG(s));
	if (s.n == 0 || str_eq_c(s, "-"))
		vm_raise(vm, "Not an integer: \"%.*s\"", STR_ARG(s));
	if (s.p[0] == '-')
		v = jv_num(-jv_as_num(parse_natural(vm, str_slice(s, 1, s.n), 10)));
	else
		v = parse_natural(vm, s, 10);
	/* Go reads 64 bits. */
	if (vm_is_go(vm) && !(jv_as_num(v) >= -0x1p63 && jv_as_num(v) < 0x1p63))
		vm_raise(vm, "%.*s is not a base 10 integer", STR_ARG(s));
	return v;
}

static struct jv fn_parse_octal(struct vm *vm, struct jv *args)
{
	struct str s = digits_of(vm, args[0]);
	if (s.n == 0)
		vm_raise(vm, "Not an octal number: \"\"");
	return parse_natural(vm, s, 8);
}

static struct jv fn_parse_hex(struct vm *vm, struct jv *args)
{
	struct str s = digits_of(vm, args[0]);
	if (s.n == 0)
		vm_raise(vm, "Not hexadecimal: \"\"");
	return parse_natural(vm, s, 16);
}

/* --- YAML --- */

/* Values of anchored nodes, so that an alias shares them: a text cannot grow by its aliases. */
struct anchors {
	struct arena *arena;
	struct map index; /* size_t by node */
	struct vm_vec values;
};

static struct str node_key(struct arena *a, const struct yaml_node *node)
{
	return arena_str(a, (struct str){ (const char *)&node, sizeof(node) });
}

/* Whether a plain scalar is a number as JSON writes it. */
static bool is_json_number(struct str s)
{
	size_t i = s.n > 0 && s.p[0] == '-', digits = i;
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	if (i == digits || (s.p[digits] == '0' && i > digits + 1))
		return false;
	if (i < s.n && s.p[i] == '.') {
		digits = ++i;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == digits)
			return false;
	}
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		digits = i;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == digits)
			return false;
	}
	return i == s.n;
}

/* Plain scalars mean what they mean in JSON; all others, dates, yes and ~ among them, are strings, and tags are not looked at. */
static struct jv scalar(struct vm *vm, const struct yaml_node *node)
{
	double number;
	struct str s = node->text;
	if (node->style != YAML_STYLE_PLAIN)
		return str_new(vm, s);
	if (s.n == 0 || str_eq_c(s, "null"))
		return jv_null();
	if (str_eq_c(s, "true") || str_eq_c(s, "false"))
		return jv_bool(s.p[0] == 't');
	if (is_json_number(s) && num_parse_float(s, &number))
		return vm_num(vm, number == 0 ? 0 : number);
	return str_new(vm, s);
}

static struct jv from_node(struct vm *vm, struct anchors *anchors, const struct yaml_node *node);

static struct jv from_map(struct vm *vm, struct anchors *anchors, const struct yaml_node *node)
{
	struct obj_build fields = { 0 };
	for (const struct yaml_node *key = node->child; key && key->next; key = key->next->next) {
		const struct yaml_node *name = key->kind == YAML_NODE_ALIAS && key->target ? key->target : key;
		if (name->kind != YAML_NODE_SCALAR)
			vm_raise(vm, "YAML error: %u:%u: a list or a map cannot be a key", name->line, name->column);
		struct jv value = from_node(vm, anchors, key->next);
		obj_build_add(vm, &fields, str_new(vm, name->text), value, VIS_DEFAULT);
	}
	return obj_build_done(vm, &fields);
}

static struct jv from_list(struct vm *vm, struct anchors *anchors, const struct yaml_node *node)
{
	struct vm_vec items = { 0 };
	for (const struct yaml_node *item = node->child; item; item = item->next)
		vm_vec_push(vm, &items, from_node(vm, anchors, item));
	return vm_vec_array(vm, &items);
}

static struct jv from_alias(struct vm *vm, struct anchors *anchors, const struct yaml_node *node)
{
	struct str key = node_key(anchors->arena, node->target);
	size_t *at = map_find(&anchors->index, key);
	if (!at)
		vm_raise(vm, "YAML error: %u:%u: anchor '%.*s' contains itself", node->line, node->column, STR_ARG(node->text));
	return vm_vec_items(&anchors->values)[*at];
}

static struct jv from_node(struct vm *vm, struct anchors *anchors, const struct yaml_node *node)
{
	struct jv v;
	vm_deeper(vm);
	if (!node)
		return jv_null();
	switch ((enum yaml_kind)node->kind) {
	case YAML_NODE_LIST:
		v = from_list(vm, anchors, node);
		break;
	case YAML_NODE_MAP:
		v = from_map(vm, anchors, node);
		break;
	case YAML_NODE_ALIAS:
		return from_alias(vm, anchors, node);
	default:
		v = scalar(vm, node);
	}
	if (node->anchor.n > 0) {
		*(size_t *)map_put(&anchors->index, node_key(anchors->arena, node)) = anchors->values.n;
		vm_vec_push(vm, &anchors->values, v);
	}
	return v;
}

/* Whether a line begins a document explicitly: the result is an array of documents then. */
static bool has_marker(struct str text)
{
	struct str line;
	while (str_next_line(&text, &line))
		if (str_starts(line, STR("---")) && (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t'))
			return true;
	return false;
}

/* As Go has it: YAML 1.1 by helm's rules. */
static struct jv from_resolved(struct vm *vm, struct anchors *anchors, const struct yaml_node *node)
{
	struct value v;
	struct err err = { 0 };
	if (!yaml_resolve(node, &(struct yaml_options){ .rules = YAML_HELM }, anchors->arena, &v, &err)) {
		struct str message = arena_str(&vm->arena, str_c(err.message));
		err_deinit(&err);
		vm_raise(vm, "failed to parse YAML: error converting YAML to JSON: %.*s", STR_ARG(message));
	}
	return jv_from_value(vm, v);
}

static struct jv from_docs(struct vm *vm, struct anchors *anchors, const struct yaml_docs *docs, bool as_array)
{
	struct jv (*from)(struct vm *, struct anchors *, const struct yaml_node *) = vm_is_go(vm) ? from_resolved : from_node;
	struct vm_vec items = { 0 };
	if (!as_array)
		return from(vm, anchors, docs->n ? docs->p[0] : NULL);
	for (size_t i = 0; i < docs->n; i++)
		vm_vec_push(vm, &items, from(vm, anchors, docs->p[i]));
	return vm_vec_array(vm, &items);
}

/* Go's reader of documents ends the last line, which shows in the lines that errors name. */
static struct str with_newline(struct str text, struct arena *a)
{
	if (!text.n || text.p[text.n - 1] == '\n')
		return text;
	char *copy = arena_alloc(a, text.n + 1);
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\n';
	return (struct str){ copy, text.n + 1 };
}

static struct jv fn_parse_yaml(struct vm *vm, struct jv *args)
{
	struct yaml_docs docs;
	struct err err = { 0 };
	std_types(vm, "parseYaml", "s", args);
	struct arena *arena = vm_arena(vm);
	struct anchors anchors = { .arena = arena };
	struct str text = str_bytes(vm, args[0]);
	if (vm_is_go(vm))
		text = with_newline(text, arena);
	if (!yaml_parse(text, &(struct yaml_options){ .rules = vm_is_go(vm) ? YAML_HELM : YAML_V3 }, arena, &docs, &err)) {
		struct str message = arena_str(&vm->arena, str_c(err.message));
		err_deinit(&err);
		vm_raise(vm, "%s: %.*s", vm_is_go(vm) ? "failed to parse YAML: error converting YAML to JSON" : "YAML error", STR_ARG(message));
	}
	map_init(&anchors.index, sizeof(size_t), arena);
	struct jv v = from_docs(vm, &anchors, &docs, docs.n > 1 || has_marker(text));
	vm_arena_done(vm);
	return v;
}

const struct std_row std_parse_rows[] = {
	{ "parseInt", "str", fn_parse_int },
	{ "parseOctal", "str", fn_parse_octal },
	{ "parseHex", "str", fn_parse_hex },
	{ "parseYaml", "str", fn_parse_yaml },
	{ NULL },
};
