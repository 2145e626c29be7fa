/*
 * Tasks files: any bytes are an error or a file. What is formatted with its comments kept is read again, formats to itself, has all comments and the same
 * tree; the tree is loaded, printed and evaluated without running anything, and it is the same folded. (What just's own formatter makes need not be stable: it drops a carriage return
 * before a line end.)
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/lang/fold_check.h"
#include "../unit/lang/format_check.h"
#include "lang/lang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool no_file(void *ctx, struct str path, struct arena *a, struct str *out, struct err *err)
{
	(void)ctx;
	(void)a;
	(void)out;
	return err_set(err, ERR_NOT_FOUND, "%.*s: not here", STR_ARG(path));
}

static bool run(void *ctx, const struct lang_command *command, struct arena *a, struct str *out, struct err *err)
{
	(void)ctx;
	(void)a;
	(void)err;
	*out = command->text;
	return true;
}

static bool format(struct str text, const struct lang_host *host, const struct lang_format_options *options, struct buf *out)
{
	struct lang_file file = { .path = STR("/nowhere/justfile"), .display = STR("justfile"), .text = text };
	AUTO_ERR err = { 0 };
	AUTO_BUF message = { 0 };
	if (lang_format(&file, host, options, out, &err))
		return true;
	lang_err_render(&err, &(struct lang_style){ .color = true }, &message);
	return false;
}

static void check(struct str text, const struct lang_host *host, struct arena *a)
{
	bool taken;
	const char *fault = check_format(STR("/nowhere/justfile"), text, host, a, &taken);
	if (!fault)
		return;
	fprintf(stderr, "%s\n", fault);
	abort();
}

static void check_folded(struct str text, const struct lang_host *host)
{
	AUTO_BUF whole = { 0 };
	AUTO_BUF folded = { 0 };
	if (check_fold(text, host, &whole, &folded))
		return;
	fprintf(stderr, "folded:\n%.*s\nwhole:\n%.*s\n", STR_ARG(buf_str(&folded)), STR_ARG(buf_str(&whole)));
	abort();
}

static void load(struct str text, const struct lang_host *host)
{
	struct lang_tree tree = { 0 };
	AUTO_ERR err = { 0 };
	AUTO_BUF out = { 0 };
	struct lang_load_options options = { .path = STR("/nowhere/justfile"), .text = text };
	if (lang_load(&tree, &options, host, &err)) {
		lang_dump(&tree, NULL, &out);
		lang_dump_json(&tree, &out);
		struct lang_run *r = lang_run_new(&tree, host);
		if (!lang_run_all(r, &err))
			lang_err_render(&err, &(struct lang_style){ 0 }, &out);
		lang_run_free(r);
	} else {
		lang_err_render(&err, &(struct lang_style){ 0 }, &out);
	}
	lang_tree_deinit(&tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct str text = arena_str(&a, (struct str){ (const char *)data, size });
	struct lang_host host = { .read_file = no_file, .run = run, .program = STR("just"), .version = STR("1.59.0"), .is_unstable = true };
	AUTO_BUF out = { 0 };
	format(text, &host, NULL, &out);
	check(text, &host, &a);
	load(text, &host);
	check_folded(text, &host);
	lang_from_markdown(&a, text);
	arena_deinit(&a);
	return 0;
}
