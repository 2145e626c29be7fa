/* What Tanka's environments are made of: any JSON as spec.json and as a program's value, any text as a target, a selector, a name's template, an error of the evaluator. The first byte
 * chooses. */
#include "data/json.h"
#include "jsonnet/jsonnet.h"
#include "tanka/names.h"
#include "tanka/output.h"
#include "tanka/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* jsonnet's collector looks for references on the real stack, so frames must not be moved elsewhere. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}

static struct str no_variable(void *ctx, struct str name)
{
	(void)ctx;
	(void)name;
	return STR_NONE;
}

static void fuzz_spec(struct value v, struct arena *a)
{
	AUTO_ERR err = { 0 }, label_err = { 0 }, version_err = { 0 }, print_err = { 0 };
	AUTO_BUF text = { 0 };
	struct tanka_env env;
	struct str label;
	if (!tanka_env_decode(v, a, &env, &err))
		return;
	if (tanka_env_label(&env, a, &label, &label_err) && label.n != 48)
		base_die("a label of %zu characters", label.n);
	(void)!tanka_env_check_version(&env, a, &version_err);
	if (!tanka_print_spec(&env, a, &text, &print_err) || !tanka_print_inline(&env, a, &text, &print_err))
		base_die("an environment that was read cannot be written: %s", print_err.message);
}

static void fuzz_value(struct value v, struct arena *a)
{
	const struct tanka_filter all = { 0 };
	struct tanka_env env = tanka_env_new();
	tanka_objects objects;
	AUTO_ERR err = { 0 };
	env.data = v;
	env.spec.inject_labels = true;
	if (!tanka_process(&env, &all, a, &objects, &err))
		return;
	for (size_t i = 0; i < objects.n; i++) {
		AUTO_BUF text = { 0 };
		AUTO_ERR print_err = { 0 };
		if (!tanka_print_yaml(&objects.p[i], &text, &print_err))
			base_die("an object cannot be written: %s", print_err.message);
	}
}

static void fuzz_filter(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct tanka_filter filter;
	tanka_strs targets = { 0 };
	struct str target;
	while (str_next(&text, '\n', &target))
		vec_push_in(&targets, a, target);
	if (tanka_filter_parse(&targets, a, &filter, &err))
		(void)tanka_filter_has(&filter, value_map_new(a));
}

static void fuzz_selector(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	tanka_selector selector;
	if (tanka_selector_parse(text, a, &selector, &err))
		(void)tanka_selector_has(&selector, value_map_new(a));
}

static void fuzz_format(struct str text, struct arena *a)
{
	const struct tanka_host host = { .getenv = no_variable };
	const struct tanka_env env = tanka_env_new();
	tanka_objects objects = { 0 };
	tanka_files files = { 0 };
	AUTO_ERR err = { 0 };
	struct value object = value_map_new(a);
	value_map_set(object, STR("kind"), value_str(STR("../A/b")));
	vec_push_in(&objects, a, (struct tanka_object){ STR("."), object });
	if (!tanka_export_files(&host, &env, &objects, text, STR("yaml"), a, &files, &err))
		return;
	struct str path = files.p[0].path;
	if (str_starts(path, STR("/")) || str_starts(path, STR("../")) || str_contains(path, STR("/../")))
		base_die("a file out of the folder: %.*s", STR_ARG(path));
}

/* A program's failure in tk's words. */
static void fuzz_program(struct str text, struct arena *a)
{
	AUTO_ERR err = { 0 };
	struct value v;
	const struct jsonnet_options o = { .max_memory = (size_t)64 << 20, .max_seconds = 2, .max_stack = 60, .max_trace = 6 };
	const struct jsonnet_program p = { .file = STR("main.jsonnet"), .text = text };
	const struct tanka_source source = { p.file, text };
	if (!jsonnet_evaluate(&p, &o, a, &v, &err))
		(void)tanka_words(str_c(err.message), &source, 1, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	AUTO_ERR err = { 0 };
	struct value v;
	if (size == 0)
		return 0;
	struct str text = arena_str(&a, (struct str){ (const char *)data + 1, size - 1 });
	const struct tanka_source source = { STR("main.jsonnet"), text };
	switch (data[0]) {
	case 's': case 'v':
		if (json_parse(text, NULL, &a, &v, &err))
			data[0] == 's' ? fuzz_spec(v, &a) : fuzz_value(v, &a);
		break;
	case 't': fuzz_filter(text, &a); break;
	case 'l': fuzz_selector(text, &a); break;
	case 'f': fuzz_format(text, &a); break;
	case 'j': fuzz_program(text, &a); break;
	default: (void)tanka_words(text, &source, 1, &a); break;
	}
	arena_deinit(&a);
	return 0;
}
