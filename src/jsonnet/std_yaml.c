/* std.manifestYamlDoc and std.manifestYamlStream. */
#include "jsonnet/std.h"
#include "jsonnet/std_path.h"
#include "jsonnet/std_util.h"
#include "jsonnet/vm.h"

struct yaml {
	struct vm *vm;
	struct buf *out;
	struct jv indent_array, quote_keys; /* booleans, evaluated when they are first used */
};

static bool condition(struct vm *vm, struct jv *lazy)
{
	*lazy = vm_force(vm, *lazy);
	if (!jv_is(*lazy, JV_BOOL))
		vm_raise(vm, "condition must be boolean, got %s.", jv_type_name(*lazy));
	return jv_true(*lazy);
}

/* --- keys without quotes --- */

enum { LETTER = 1, DIGIT = 2, HEX_LETTER = 4, DASH = 8, UNDERSCORE = 16, DOT = 32, SLASH = 64, B = 128, E = 256, X = 512, OTHER = 1024 };

static int class_of(char c)
{
	char lower = (char)(c | 0x20);
	if (lower >= 'a' && lower <= 'z')
		return LETTER | (lower <= 'f' ? HEX_LETTER : 0) | (lower == 'b' ? B : 0) | (lower == 'e' ? E : 0) | (lower == 'x' ? X : 0);
	if (c >= '0' && c <= '9')
		return DIGIT;
	return c == '-' ? DASH : c == '_' ? UNDERSCORE : c == '.' ? DOT : c == '/' ? SLASH : OTHER;
}

/* Whether each character is of one of these classes. */
static bool only(struct str key, int classes)
{
	for (size_t i = 0; i < key.n; i++)
		if (!(class_of(key.p[i]) & classes))
			return false;
	return true;
}

static size_t count(struct str key, char c)
{
	size_t n = 0;
	for (size_t i = 0; i < key.n; i++)
		n += key.p[i] == c;
	return n;
}

static bool is_reserved(struct str key)
{
	static const char *const words[] = { "true", "false", "yes", "no",    "on",    "off",  "y", "n",
					     ".nan", "-.inf", "+.inf", ".inf", "null", "-",    "---", "" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(key, str_c(words[i])))
			return true;
	return false;
}

static bool has_prefix(struct str key, const char *prefix)
{
	return str_starts(str_drop_prefix(key, STR("-")), str_c(prefix));
}

/* Whether YAML 1.1 surely reads the key as that very string; errs on the side of quotes, with the reference's rules. */
static bool is_bare_safe(struct str key)
{
	size_t dashes = count(key, '-');
	if (!only(key, LETTER | DIGIT | DASH | UNDERSCORE | DOT | SLASH) || is_reserved(key))
		return false;
	bool date = only(key, DIGIT | DASH) && dashes == 2;
	bool integer = only(key, DIGIT | DASH | UNDERSCORE) && dashes < 2;
	bool binary = only(key, DIGIT | DASH | UNDERSCORE | B) && key.n > 2 && has_prefix(key, "0b");
	bool real = only(key, DIGIT | DASH | UNDERSCORE | DOT | E) && count(key, '.') == 1 && dashes < 3;
	bool hex = only(key, DIGIT | DASH | UNDERSCORE | HEX_LETTER | X) && dashes < 2 && key.n > 2 && has_prefix(key, "0x");
	return !(date || integer || binary || real || hex);
}

/* --- values --- */

static void new_line(struct buf *out, size_t indent)
{
	buf_add_char(out, '\n');
	buf_add_repeat(out, ' ', indent);
}

static void add_text(struct yaml *y, struct jv v, size_t indent)
{
	struct str text = str_bytes(y->vm, v), line;
	if (text.n == 0 || text.p[text.n - 1] != '\n') {
		std_add_quoted(y->vm, y->out, v);
		return;
	}
	buf_add_char(y->out, '|');
	while (text.n > 0) {
		str_cut(text, '\n', &line, &text);
		new_line(y->out, indent + 2);
		buf_add(y->out, line);
	}
}

static bool is_filled(struct vm *vm, struct jv v, enum jv_kind kind)
{
	return jv_is(v, kind) && (kind == JV_ARR ? arr_len(v) > 0 : obj_names(vm, v, OBJ_VISIBLE).n > 0);
}

static void add_yaml(struct yaml *y, struct jv v, const struct step *path, size_t indent);

static void add_items(struct yaml *y, struct jv v, const struct step *path, size_t indent)
{
	for (size_t i = 0; i < arr_len(v); i++) {
		struct step here = { .up = path, .at = jv_num((double)i) };
		struct jv item = arr_get(y->vm, v, i);
		bool list = is_filled(y->vm, item, JV_ARR);
		if (i > 0)
			new_line(y->out, indent);
		buf_add_char(y->out, '-');
		if (list)
			new_line(y->out, indent + 2);
		else
			buf_add_char(y->out, ' ');
		add_yaml(y, item, &here, list || is_filled(y->vm, item, JV_OBJ) ? indent + 2 : indent);
	}
}

/* Takes digits off *s, in groups with single underscores between them where `sep` is one; whether there was one. */
static bool take_digits(struct str *s, char sep)
{
	size_t n = 0;
	while (n < s->n && ((s->p[n] >= '0' && s->p[n] <= '9') ||
			    (sep && s->p[n] == sep && n > 0 && s->p[n - 1] != sep && n + 1 < s->n && s->p[n + 1] >= '0' && s->p[n + 1] <= '9')))
		n++;
	*s = str_slice(*s, n, s->n);
	return n > 0;
}

/* Go looks for a hexadecimal number anywhere in the key. */
static bool has_hex(struct str key)
{
	for (size_t at; (at = str_find(key, STR("0x"))) != STR_NPOS; key = str_slice(key, at + 1, key.n))
		if (at + 2 < key.n && only(str_slice(key, at + 2, at + 3), DIGIT | HEX_LETTER | UNDERSCORE))
			return true;
	return false;
}

static bool is_binary(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0' && s.p[i] != '1' && s.p[i] != '_')
			return false;
	return true;
}

/* Go's rule: what is a number as a whole is quoted, or a date, or a reserved word. */
static bool is_bare_in_go(struct str key)
{
	if (!only(key, LETTER | DIGIT | DASH | UNDERSCORE | DOT | SLASH) || is_reserved(key))
		return false;
	if ((only(key, DIGIT | DASH) && count(key, '-') == 2) || has_hex(key))
		return false;
	struct str s = str_drop_prefix(key, STR("-"));
	if (str_starts(s, STR("0b")) && s.n > 2)
		return !is_binary(str_slice(s, 2, s.n));
	struct str rest = s;
	bool digits = take_digits(&rest, '_');
	if (digits && rest.n == 0)
		return false;
	bool point = rest.n > 0 && rest.p[0] == '.';
	if (point) {
		rest = str_slice(rest, 1, rest.n);
		digits |= take_digits(&rest, '_');
	}
	bool exponent = rest.n > 1 && (rest.p[0] | 0x20) == 'e';
	if (exponent) {
		rest = str_drop_prefix(str_slice(rest, 1, rest.n), STR("-"));
		if (!take_digits(&rest, '\0'))
			return true;
	}
	return rest.n > 0 || !digits || !(point || exponent);
}

static void add_key(struct yaml *y, struct jv key)
{
	bool (*is_bare)(struct str) = vm_is_go(y->vm) ? is_bare_in_go : is_bare_safe;
	if (!condition(y->vm, &y->quote_keys) && is_bare(str_bytes(y->vm, key)))
		buf_add(y->out, str_bytes(y->vm, key));
	else
		std_add_quoted(y->vm, y->out, key);
	buf_add_char(y->out, ':');
}

static void add_fields(struct yaml *y, struct jv v, struct obj_names names, const struct step *path, size_t indent)
{
	for (size_t i = 0; i < names.n; i++) {
		struct step here = { .up = path, .at = names.p[i] };
		if (i > 0)
			new_line(y->out, indent);
		add_key(y, names.p[i]);
		struct jv value = obj_get(y->vm, v, names.p[i]);
		size_t inner = indent;
		if (is_filled(y->vm, value, JV_OBJ) || (is_filled(y->vm, value, JV_ARR) && condition(y->vm, &y->indent_array)))
			inner += 2;
		if (is_filled(y->vm, value, JV_OBJ) || is_filled(y->vm, value, JV_ARR))
			new_line(y->out, inner);
		else
			buf_add_char(y->out, ' ');
		add_yaml(y, value, &here, inner);
	}
}

static void add_yaml(struct yaml *y, struct jv v, const struct step *path, size_t indent)
{
	vm_deeper(y->vm);
	switch (jv_kind(v)) {
	case JV_STR:
		add_text(y, v, indent);
		return;
	case JV_NUM:
		std_add_number(y->vm, y->out, jv_as_num(v));
		return;
	case JV_ARR:
		if (arr_len(v) == 0)
			buf_add_c(y->out, "[]");
		add_items(y, v, path, indent);
		return;
	case JV_OBJ: {
		struct obj_names names = obj_names(y->vm, v, OBJ_VISIBLE);
		if (names.n == 0)
			buf_add_c(y->out, "{}");
		add_fields(y, v, names, path, indent);
		return;
	}
	case JV_FUN:
		if (vm_is_go(y->vm))
			break; /* nothing, as there */
		std_cannot_manifest(y->vm, "Tried", "function", path);
	default:
		buf_add_c(y->out, jv_is(v, JV_NULL) ? "null" : jv_true(v) ? "true" : "false");
	}
}

static struct jv fn_manifest_yaml_doc(struct vm *vm, struct jv *args)
{
	struct yaml y = { .vm = vm, .out = vm_buf(vm), .indent_array = args[1], .quote_keys = args[2] };
	add_yaml(&y, args[0], NULL, 0);
	return str_from_buf(vm, y.out);
}

static struct jv fn_manifest_yaml_stream(struct vm *vm, struct jv *args)
{
	struct jv end = args[2];
	if (!jv_is(args[0], JV_ARR))
		vm_raise(vm, "manifestYamlStream only takes arrays, got %s", jv_type_name(args[0]));
	struct yaml y = { .vm = vm, .out = vm_buf(vm), .indent_array = args[1], .quote_keys = args[3] };
	buf_add_c(y.out, "---\n");
	for (size_t i = 0; i < arr_len(args[0]); i++) {
		struct jv item = arr_get(vm, args[0], i);
		if (vm_is_go(vm)) { /* a native, which checks both before it begins */
			condition(vm, &y.indent_array);
			condition(vm, &y.quote_keys);
		}
		buf_add_c(y.out, i ? "\n---\n" : "");
		add_yaml(&y, item, NULL, 0);
	}
	buf_add_c(y.out, condition(vm, &end) ? "\n...\n" : "\n");
	return str_from_buf(vm, y.out);
}

const struct std_row std_yaml_rows[] = {
	{ "manifestYamlDoc", "value, ~indent_array_in_object=false, ~quote_keys=true", fn_manifest_yaml_doc },
	{ "manifestYamlStream", "value, ~indent_array_in_object=false, ~c_document_end=true, ~quote_keys=true", fn_manifest_yaml_stream },
	{ NULL },
};
