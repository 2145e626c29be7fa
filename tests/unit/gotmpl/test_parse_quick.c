/* The quick reader of pipelines against the parser: on templates in which one to three bytes are changed at random, both must build the same tree or fail with the same
 * words. */
#include "unit.h"

#include "gotmpl/set.h"
#include "gotmpl/sprig.h"
#include "random_change.h"

static const char *const texts[] = {
	"{{- if and .Values.a.b (not .c) (eq .d \"x\\\"y\") -}}\n a {{ .x }} {{- .y.z -}} {{ else if $.q }} {{ $ }}\n{{ end }}",
	"{{ $a := 12 }}{{ $b := .x | default \"y\" | quote }}{{ $a = add $a 1 }}\n{{ range $i, $e := .l }}{{ $i }}{{ $e.f.g }}{{ end }}{{ $b }}",
	"{{ range $k := .m }}{{ (index . 0).a.b }} {{ (.x).y | nindent 4 }} {{ (printf \"%d\" (len .y)) }} {{ true }}{{ end }}{{ nil }}",
	"{{ define \"t\" }}{{ template \"u\" . }}{{ include \"x\" (dict \"a\" .b \"c\" $) | trim -}}  \n\n {{ . }}{{ end }}{{ block \"v\" .w }}{{ . | not }}{{ end }}",
	"{{/* c */}}{{ with .a }}{{ $x := .b }}{{ with $x }}{{ . }}{{ else }}{{ $x.y }}{{ end }}{{ end }}{{ 0 }} {{ \"\" }} {{ .é }} {{ and 1 }}",
};

static struct random_state chance = { 1 };

static void change(struct buf *b)
{
	random_change(&chance, STR("  {}.$|()\"\\:=,-+a0x\n\t`'/*"), b);
}

/* ---- Trees as text, with all that the executor and its errors use ---- */

static void dump(struct buf *out, const struct node *n);

static void dump_list(struct buf *out, const struct node_list *list)
{
	buf_add_char(out, '[');
	for (size_t i = 0; list && i < list->n; i++)
		dump(out, list->p[i]);
	buf_add_char(out, ']');
}

static void dump_fields(struct buf *out, struct ident_list fields)
{
	for (size_t i = 0; i < fields.n; i++)
		buf_addf(out, ".%.*s/%llx", STR_ARG(fields.p[i].name), (unsigned long long)fields.p[i].hash);
}

static void dump_pipe(struct buf *out, const struct node_pipe *p)
{
	for (int i = 0; i < p->decl_n; i++)
		dump(out, &p->decl[i]->node);
	buf_addf(out, "%d", p->is_assign);
	dump_list(out, &p->commands);
}

static void dump(struct buf *out, const struct node *n)
{
	if (!n)
		return;
	buf_addf(out, "(%d@%u:%u ", n->type, n->pos, n->line);
	switch (n->type) {
	case NODE_TEXT: buf_add(out, ((const struct node_text *)n)->text); break;
	case NODE_ACTION: dump(out, &((const struct node_action *)n)->pipe->node); break;
	case NODE_IF:
	case NODE_WITH:
	case NODE_RANGE: {
		const struct node_branch *b = (const struct node_branch *)n;
		dump(out, &b->pipe->node);
		dump_list(out, b->list);
		dump_list(out, b->else_list);
		break;
	}
	case NODE_TEMPLATE: {
		const struct node_template *t = (const struct node_template *)n;
		buf_add(out, t->name.name);
		dump(out, t->pipe ? &t->pipe->node : NULL);
		break;
	}
	case NODE_PIPE: dump_pipe(out, (const struct node_pipe *)n); break;
	case NODE_COMMAND: dump_list(out, &((const struct node_command *)n)->args); break;
	case NODE_FIELD: dump_fields(out, ((const struct node_field *)n)->fields); break;
	case NODE_VARIABLE: {
		const struct node_variable *v = (const struct node_variable *)n;
		buf_addf(out, "%u%.*s", v->id, STR_ARG(v->name));
		dump_fields(out, v->fields);
		break;
	}
	case NODE_CHAIN:
		dump(out, ((const struct node_chain *)n)->head);
		dump_fields(out, ((const struct node_chain *)n)->fields);
		break;
	case NODE_IDENTIFIER: {
		const struct node_identifier *f = (const struct node_identifier *)n;
		buf_addf(out, "%.*s %p %d", STR_ARG(f->name), (const void *)f->func, f->special);
		break;
	}
	case NODE_STRING: {
		const struct node_string *s = (const struct node_string *)n;
		buf_addf(out, "%.*s=%.*s", STR_ARG(s->quoted), STR_ARG(s->text));
		break;
	}
	default: node_print(out, n);
	}
	buf_add_char(out, ')');
}

static void parse(struct str text, const struct go_funcs *funcs, bool slowly, struct buf *out)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct map made;
	struct parse_input in = { .file = STR("f"), .text = text, .funcs = funcs, .arena = &a, .slowly = slowly };
	map_init(&made, sizeof(struct template *), &a);
	if (!parse_text(&in, &made, &err))
		buf_add_c(out, err.message);
	for (size_t i = 0; err.kind == ERR_NONE && i < map_len(&made); i++) {
		const struct template *t = *(struct template *const *)map_at(&made, i);
		buf_addf(out, "%.*s %u %d: ", STR_ARG(t->name), t->variable_n, t->empty);
		dump_list(out, t->root);
	}
	arena_deinit(&a);
}

static void test_changes(void **unused)
{
	struct arena a = { 0 };
	struct go_table tables[SPRIG_TABLES_MAX + 1];
	static const struct go_func include[] = { GO_FUNC("include", NULL, GO_P_ANY) };
	size_t n = sprig_tables(tables), good = 0;
	tables[n++] = (struct go_table)GO_TABLE(include);
	const struct go_funcs *funcs = go_funcs_new(tables, n, &a);
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (int k = 0; k < 20000; k++) {
			AUTO_BUF text = { 0 }, quick = { 0 }, slow = { 0 };
			buf_add_c(&text, texts[i]);
			for (uint32_t changes = k ? random_below(&chance, 3) + 1 : 0; changes; changes--)
				change(&text);
			parse(buf_str(&text), funcs, false, &quick);
			parse(buf_str(&text), funcs, true, &slow);
			if (!str_eq(buf_str(&quick), buf_str(&slow)))
				print_error("%s\n", buf_str(&text).p);
			same(buf_str(&quick), buf_str(&slow).p);
			good += !str_starts(buf_str(&slow), STR("template: "));
		}
	}
	assert_true(good > 10000);
	arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_changes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
