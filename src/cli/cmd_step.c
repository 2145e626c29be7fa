/* Steps that print and keep nothing run at once, without session or state. */
#include "cli/cmd_step.h"

#include <stdio.h>
#include <stdlib.h>

#include "step/template.h"

static int run_template(const step_words *words)
{
	struct template_env env = { .path = str_c(getenv("PATH")), .ns = str_c(getenv("HELM_NAMESPACE")) };
	AUTO_BUF out = { 0 }, log = { 0 };
	int code = template_command(words, &env, &out, &log);
	fwrite(log.p, 1, log.n, stderr);
	fwrite(out.p, 1, out.n, stdout);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "error: cannot write the output\n");
		return 1;
	}
	return code;
}

int cmd_step(int argc, char **argv)
{
	struct arena a = { 0 };
	step_words words = { 0 };
	for (int i = 1; i < argc; i++)
		vec_push_in(&words, &a, str_c(argv[i]));
	int code = 2;
	if (argc > 0 && str_eq_c(STR("template"), argv[0]))
		code = run_template(&words);
	else
		fprintf(stderr, "error: unknown step '%s'\n", argc > 0 ? argv[0] : "");
	arena_deinit(&a);
	return code;
}
