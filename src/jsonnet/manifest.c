/*
 * Values to JSON text. Fields and elements are evaluated as they are printed, each within a call of its own, so that the depth is limited and
 * a trace shows the way, as in the reference.
 */
#include <math.h>

#include "jsonnet/shape.h"
#include "jsonnet/vm.h"

const struct manifest_style manifest_ex = { STR_INIT("    "), STR_INIT("\n"), STR_INIT(","), STR_INIT(": "), false };
const struct manifest_style manifest_output = { STR_INIT("   "), STR_INIT("\n"), STR_INIT(","), STR_INIT(": "), true };
const struct manifest_style manifest_compact = { STR_INIT(""), STR_INIT(""), STR_INIT(", "), STR_INIT(": "), true };

void manifest_string(struct str s, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		const char *escape = NULL;
		char code[7] = "\\u0000";
		size_t width = 1;
		if (c == '"')
			escape = "\\\"";
		else if (c == '\\')
			escape = "\\\\";
		else if (c == '\b')
			escape = "\\b";
		else if (c == '\f')
			escape = "\\f";
		else if (c == '\n')
			escape = "\\n";
		else if (c == '\r')
			escape = "\\r";
		else if (c == '\t')
			escape = "\\t";
		else if (c < 0x20 || c == 0x7f)
			code[4] = hex[c >> 4], code[5] = hex[c & 15], escape = code;
		else if (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0) /* U+0080 to U+009F */
			code[4] = hex[(unsigned char)s.p[i + 1] >> 4 & 15], code[5] = hex[(unsigned char)s.p[i + 1] & 15], escape = code, width = 2;
		if (!escape)
			continue;
		buf_add(out, str_slice(s, from, i));
		buf_add_c(out, escape);
		i += width - 1;
		from = i + 1;
	}
	buf_add(out, str_slice(s, from, s.n));
	buf_add_char(out, '"');
}

/* Whole numbers in full, others with 17 digits as C++'s streams print them. */
void manifest_number(double d, struct buf *out)
{
	if (d == floor(d) && fabs(d) < 1e15) {
		char digits[24], *p = digits + sizeof(digits);
		uint64_t n = (uint64_t)fabs(d);
		do
			*--p = (char)('0' + n % 10);
		while (n /= 10);
		if (signbit(d))
			*--p = '-';
		buf_add_bytes(out, p, (size_t)(digits + sizeof(digits) - p));
	} else {
		buf_addf(out, d == floor(d) ? "%.0f" : "%.17g", d);
	}
}

struct writer {
	struct vm *vm;
	const struct manifest_style *style;
	struct buf *out;
	struct buf *indent; /* the newline and the indents so far */
	bool go_text; /* a value to text or to the output, as Go does it: traces tell the fields */
};

static void write_value(struct writer *w, const struct node *at, struct jv v);

static void write_empty(struct writer *w, const char brackets[2])
{
	buf_add_char(w->out, brackets[0]);
	if (w->style->short_empty) {
		buf_add_char(w->out, ' ');
	} else {
		buf_add(w->out, w->style->newline);
		buf_add(w->out, buf_str(w->indent));
	}
	buf_add_char(w->out, brackets[1]);
}

static void write_break(struct writer *w)
{
	buf_add(w->out, buf_str(w->indent));
}

static void deeper(struct writer *w)
{
	buf_add(w->indent, w->style->indent);
}

static void shallower(struct writer *w)
{
	w->indent->n -= w->style->indent.n;
}

static void write_item(struct writer *w, const struct node *at, struct jv arr, size_t i)
{
	struct call call;
	const struct jarr *a = jv_arr(arr);
	const struct node *body = at;
	if (at && at->kind == NODE_ARRAY && i < at->n)
		body = ((const struct node_array *)at)->items[i];
	else if (a->slots && jv_is(a->slots->v[a->off + i], JV_THUNK)) {
		const struct jthunk *t = jv_thunk(a->slots->v[a->off + i]);
		if (t->gc.state == THUNK_CODE)
			body = t->code;
	}
	if (w->go_text) {
		vm_enter(w->vm, &call, CALL_ITEM, NULL, (const void *)(uintptr_t)i);
		write_value(w, NULL, array_get_at(w->vm, NULL, arr, i));
		vm_leave(w->vm, &call);
		return;
	}
	struct jv v = array_get_at(w->vm, at, arr, i);
	vm_enter(w->vm, &call, CALL_ELEMENT, at, NULL);
	write_value(w, body, v);
	vm_leave(w->vm, &call);
}

static void write_array(struct writer *w, const struct node *at, struct jv arr)
{
	size_t n = arr_len(arr);
	if (!n) {
		write_empty(w, "[]");
		return;
	}
	buf_add_char(w->out, '[');
	deeper(w);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add(w->out, w->style->item_sep);
		write_break(w);
		write_item(w, at, arr, i);
	}
	shallower(w);
	write_break(w);
	buf_add_char(w->out, ']');
}

static void write_field(struct writer *w, const struct node *at, struct jv obj, struct jstr *name)
{
	struct call call;
	const struct node *body = at;
	if (w->go_text) {
		vm_enter(w->vm, &call, CALL_FIELD, NULL, name);
		write_value(w, NULL, object_get_at(w->vm, NULL, obj, name));
	} else {
		struct jv v = object_get_body(w->vm, at, obj, name, &body);
		vm_enter(w->vm, &call, CALL_OBJECT, at, NULL);
		write_value(w, body, v);
	}
	vm_leave(w->vm, &call);
}

static void write_object(struct writer *w, const struct node *at, struct jv obj)
{
	object_check_at(w->vm, at, obj);
	struct obj_names names = obj_names(w->vm, obj, OBJ_VISIBLE);
	if (!names.n) {
		write_empty(w, "{}");
		return;
	}
	buf_add_char(w->out, '{');
	deeper(w);
	for (size_t i = 0; i < names.n; i++) {
		if (i)
			buf_add(w->out, w->style->item_sep);
		write_break(w);
		manifest_string(str_bytes(w->vm, names.p[i]), w->out);
		buf_add(w->out, w->style->key_val_sep);
		write_field(w, at, obj, jv_str(names.p[i]));
	}
	shallower(w);
	write_break(w);
	buf_add_char(w->out, '}');
}

static void write_value(struct writer *w, const struct node *at, struct jv v)
{
	vm_check_text(w->vm, w->out->n);
	switch (jv_kind(v)) {
	case JV_NULL:
		buf_add(w->out, STR("null"));
		break;
	case JV_BOOL:
		buf_add(w->out, jv_as_bool(v) ? STR("true") : STR("false"));
		break;
	case JV_STR:
		manifest_string(str_bytes(w->vm, v), w->out);
		break;
	case JV_ARR:
		write_array(w, at, v);
		break;
	case JV_OBJ:
		write_object(w, at, v);
		break;
	case JV_FUN:
		vm_raise_at(w->vm, at, "couldn't manifest function in JSON output.");
	default:
		manifest_number(jv_as_num(v), w->out);
	}
}

void manifest_json(struct vm *vm, struct jv v, const struct manifest_style *style, struct buf *out)
{
	struct writer w = { .vm = vm, .style = style, .out = out, .indent = vm_buf(vm), .go_text = vm_is_go(vm) && (style == &manifest_compact || style == &manifest_output) };
	buf_add(w.indent, style->newline);
	write_value(&w, vm->calls && !w.go_text ? vm->calls->at : NULL, v);
	vm_buf_done(vm, w.indent);
}

struct jv vm_to_string(struct vm *vm, struct jv v)
{
	if (jv_is(v, JV_STR))
		return v;
	struct buf *out = vm_buf(vm);
	struct call call;
	vm_enter(vm, &call, vm_is_go(vm) ? CALL_GO : CALL_NATIVE, vm->calls ? vm->calls->at : NULL, NULL);
	manifest_json(vm, v, &manifest_compact, out);
	vm_leave(vm, &call);
	return str_from_buf(vm, out);
}
