/* Nodes back to template text, as Go's parse package prints them. */
#include "gotmpl/node.h"

#include "gotmpl/gofmt.h"

static void print_list(struct buf *out, const struct node_list *list)
{
	for (size_t i = 0; list && i < list->n; i++)
		node_print(out, list->p[i]);
}

static void print_fields(struct buf *out, struct ident_list fields)
{
	for (size_t i = 0; i < fields.n; i++) {
		buf_add_char(out, '.');
		buf_add(out, fields.p[i].name);
	}
}

static void print_parenthesized(struct buf *out, const struct node *n)
{
	if (n->type == NODE_PIPE)
		buf_add_char(out, '(');
	node_print(out, n);
	if (n->type == NODE_PIPE)
		buf_add_char(out, ')');
}

static void print_command(struct buf *out, const struct node_command *n)
{
	for (size_t i = 0; i < n->args.n; i++) {
		if (i)
			buf_add_char(out, ' ');
		print_parenthesized(out, n->args.p[i]);
	}
}

static void print_pipe(struct buf *out, const struct node_pipe *n)
{
	for (size_t i = 0; i < n->decl_n; i++) {
		if (i)
			buf_add_c(out, ", ");
		node_print(out, &n->decl[i]->node);
	}
	if (n->decl_n)
		buf_add_c(out, n->is_assign ? " = " : " := ");
	for (size_t i = 0; i < n->commands.n; i++) {
		if (i)
			buf_add_c(out, " | ");
		print_command(out, (const struct node_command *)n->commands.p[i]);
	}
}

static void print_branch(struct buf *out, const struct node_branch *n, const char *name)
{
	buf_addf(out, "{{%s ", name);
	print_pipe(out, n->pipe);
	buf_add_c(out, "}}");
	print_list(out, n->list);
	if (n->else_list) {
		buf_add_c(out, "{{else}}");
		print_list(out, n->else_list);
	}
	buf_add_c(out, "{{end}}");
}

static void print_template(struct buf *out, const struct node_template *n)
{
	buf_add_c(out, "{{template ");
	gofmt_quote(out, n->name.name);
	if (n->pipe) {
		buf_add_char(out, ' ');
		print_pipe(out, n->pipe);
	}
	buf_add_c(out, "}}");
}

void node_print(struct buf *out, const struct node *n)
{
	switch (n->type) {
	case NODE_TEXT: buf_add(out, ((const struct node_text *)n)->text); break;
	case NODE_ACTION:
		buf_add_c(out, "{{");
		print_pipe(out, ((const struct node_action *)n)->pipe);
		buf_add_c(out, "}}");
		break;
	case NODE_IF: print_branch(out, (const struct node_branch *)n, "if"); break;
	case NODE_WITH: print_branch(out, (const struct node_branch *)n, "with"); break;
	case NODE_RANGE: print_branch(out, (const struct node_branch *)n, "range"); break;
	case NODE_TEMPLATE: print_template(out, (const struct node_template *)n); break;
	case NODE_BREAK: buf_add_c(out, "{{break}}"); break;
	case NODE_CONTINUE: buf_add_c(out, "{{continue}}"); break;
	case NODE_PIPE: print_pipe(out, (const struct node_pipe *)n); break;
	case NODE_COMMAND: print_command(out, (const struct node_command *)n); break;
	case NODE_FIELD: print_fields(out, ((const struct node_field *)n)->fields); break;
	case NODE_CHAIN:
		print_parenthesized(out, ((const struct node_chain *)n)->head);
		print_fields(out, ((const struct node_chain *)n)->fields);
		break;
	case NODE_IDENTIFIER: buf_add(out, ((const struct node_identifier *)n)->name); break;
	case NODE_VARIABLE:
		buf_add(out, ((const struct node_variable *)n)->name);
		print_fields(out, ((const struct node_variable *)n)->fields);
		break;
	case NODE_DOT: buf_add_char(out, '.'); break;
	case NODE_NIL: buf_add_c(out, "nil"); break;
	case NODE_BOOL: buf_add_c(out, ((const struct node_bool *)n)->b ? "true" : "false"); break;
	case NODE_NUMBER: buf_add(out, ((const struct node_number *)n)->text); break;
	case NODE_STRING: buf_add(out, ((const struct node_string *)n)->quoted); break;
	}
}
