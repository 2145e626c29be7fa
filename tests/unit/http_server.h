/* http_server.h: starts tests/tools/http_server.py for a unit test. Where python3 is missing the whole test is skipped (exit status 77). */
#ifndef UNIT_HTTP_SERVER_H
#define UNIT_HTTP_SERVER_H

#include <stdio.h>
#include <unistd.h>

#include "ext/proc.h"

struct http_server {
	struct proc proc;
	char base[64]; /* "http://127.0.0.1:PORT" */
};

/* `options` follow the folder: NULL or a list that ends in NULL. */
static inline void http_server_start(struct http_server *s, const char *folder, const char *const *options)
{
	AUTO_ERR err = { 0 };
	const char *srcdir = getenv("SRCDIR"), *argv[16] = { "python3" };
	char script[1000], line[32] = "";
	size_t n = 0, argc = 1;
	snprintf(script, sizeof(script), "%s/tests/tools/http_server.py", srcdir ? srcdir : "..");
	argv[argc++] = script;
	argv[argc++] = folder;
	bool tls = false;
	for (size_t i = 0; options && options[i] && argc < 15; i++) {
		tls = tls || strcmp(options[i], "--tls") == 0;
		argv[argc++] = options[i];
	}
	struct proc_options opt = { .argv = argv, .in = PROC_PIPE, .out = PROC_PIPE };
	if (!proc_start(&opt, &s->proc, &err)) {
		print_message("skipped: %s\n", err.message);
		exit(77);
	}
	while (n < sizeof(line) - 1 && read(s->proc.out, line + n, 1) == 1 && line[n] != '\n')
		n++;
	if (n == 0)
		fail_msg("the test server did not start");
	line[n] = '\0';
	snprintf(s->base, sizeof(s->base), "%s://127.0.0.1:%s", tls ? "https" : "http", line);
}

static inline void http_server_stop(struct http_server *s)
{
	proc_close(&s->proc);
}

#endif
