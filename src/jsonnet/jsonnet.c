/* What is above calls: a program to a value or to text. */
#include "jsonnet/jsonnet.h"

#include "jsonnet/vm.h"

struct job {
	const struct jsonnet_program *program;
	enum jsonnet_mode mode;
	struct arena *a;
	struct value *value;
	struct jsonnet_documents *documents;
};

/* The expression about `main`, as a function of it. */
static struct source *expr_source(struct vm *vm, struct str expr)
{
	return import_snippet(vm, STR("<expr>"), arena_fmt(&vm->arena, "function(main) %.*s", STR_ARG(expr)));
}

/* A function is called with the top-level arguments. */
static struct jv apply_tlas(struct vm *vm, struct jv v)
{
	const struct jsonnet_vars *tla = &vm->options->tla;
	struct str *names = arena_array(&vm->arena, struct str, tla->n + 1);
	struct slots *args = slots_new(vm, tla->n, tla->n);
	size_t n = 0;
	if (!jv_is(v, JV_FUN))
		return v;
	for (size_t i = 0; i < tla->n; i++) {
		bool again = false;
		for (size_t k = i + 1; k < tla->n; k++)
			again = again || str_eq(tla->p[i].name, tla->p[k].name);
		if (again)
			continue;
		names[n] = tla->p[i].name;
		args->v[n++] = var_lazy(vm, "tla:*", &tla->p[i]);
	}
	return call_named(vm, v, names, args->v, n);
}

static struct jv run_program(struct vm *vm, const struct jsonnet_program *p)
{
	struct source *s = p->text.p ? import_snippet(vm, p->file, p->text) : import_file(vm, p->file);
	struct jv v = import_source(vm, NULL, s);
	if (p->expr.n) {
		v = apply_tlas(vm, v);
		v = call_at(vm, NULL, import_source(vm, NULL, expr_source(vm, p->expr)), &v, 1);
	}
	return apply_tlas(vm, v);
}

static void to_value(struct vm *vm, void *arg)
{
	struct job *job = arg;
	struct jv v = run_program(vm, job->program);
	vm->phase = "During manifestation";
	*job->value = jv_to_value(vm, v, job->a);
}

bool jsonnet_evaluate(const struct jsonnet_program *program, const struct jsonnet_options *options, struct arena *a, struct value *out,
		      struct err *err)
{
	struct job job = { .program = program, .a = a, .value = out };
	return vm_run(options, to_value, &job, err);
}

/* --- text --- */

static void add_text(struct vm *vm, struct jv v, bool string, struct buf *b)
{
	if (string) {
		if (!jv_is(v, JV_STR))
			vm_raise(vm, "expected string result, got: %s", jv_type_name(v));
		buf_add(b, str_bytes(vm, v));
	} else {
		manifest_json(vm, v, &manifest_output, b);
	}
	buf_add_char(b, '\n');
}

static struct str document(struct vm *vm, struct job *job, struct jv v, bool string)
{
	struct buf *b = vm_buf(vm);
	add_text(vm, v, string, b);
	struct str text = buf_to_arena(b, job->a);
	vm_buf_done(vm, b);
	return text;
}

static void add_document(struct job *job, struct str name, struct str text)
{
	struct jsonnet_documents *d = job->documents;
	d->p[d->n++] = (struct jsonnet_document){ name, text };
}

static void stream(struct vm *vm, struct job *job, struct jv v)
{
	if (!jv_is(v, JV_ARR))
		vm_raise(vm, "stream mode: top-level object was a %s, should be an array whose elements hold the JSON for each document in the stream.",
			 jv_type_name(v));
	struct buf *b = vm_buf(vm);
	for (size_t i = 0; i < arr_len(v); i++) {
		buf_add_c(b, "---\n");
		add_text(vm, arr_get(vm, v, i), job->mode == JSONNET_STREAM_STRING, b);
	}
	if (arr_len(v))
		buf_add_c(b, "...\n");
	job->documents->p = arena_array(job->a, struct jsonnet_document, 1);
	add_document(job, STR(""), buf_to_arena(b, job->a));
	vm_buf_done(vm, b);
}

static void multi(struct vm *vm, struct job *job, struct jv v)
{
	if (!jv_is(v, JV_OBJ))
		vm_raise(vm, "multi mode: top-level object was a %s, should be an object whose keys are filenames and values hold the JSON for that file.",
			 jv_type_name(v));
	obj_check(vm, v);
	struct obj_names names = obj_names(vm, v, OBJ_VISIBLE);
	job->documents->p = arena_array(job->a, struct jsonnet_document, names.n);
	for (size_t i = 0; i < names.n; i++) {
		const struct node *body = NULL;
		struct jv item = object_get_body(vm, NULL, v, jv_str(names.p[i]), &body);
		add_document(job, arena_str(job->a, str_bytes(vm, names.p[i])), document(vm, job, item, job->mode == JSONNET_MULTI_STRING));
	}
}

static void to_text(struct vm *vm, void *arg)
{
	struct job *job = arg;
	struct jv v = run_program(vm, job->program);
	vm->phase = "During manifestation";
	*job->documents = (struct jsonnet_documents){ 0 };
	if (job->mode == JSONNET_STREAM || job->mode == JSONNET_STREAM_STRING) {
		stream(vm, job, v);
	} else if (job->mode == JSONNET_MULTI || job->mode == JSONNET_MULTI_STRING) {
		multi(vm, job, v);
	} else {
		job->documents->p = arena_array(job->a, struct jsonnet_document, 1);
		add_document(job, STR(""), document(vm, job, v, job->mode == JSONNET_STRING));
	}
}

bool jsonnet_manifest(const struct jsonnet_program *program, enum jsonnet_mode mode, const struct jsonnet_options *options, struct arena *a,
		      struct jsonnet_documents *out, struct err *err)
{
	struct job job = { .program = program, .mode = mode, .a = a, .documents = out };
	return vm_run(options, to_text, &job, err);
}
