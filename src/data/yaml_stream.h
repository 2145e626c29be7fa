/*
 * yaml_stream.h: one text's documents, one after the other. Within data only: yaml.h is the way in for everyone else.
 *
 * Go's libraries read a document only when it is asked for, so an error in the second never shows where only the first is wanted, and an
 * error of resolving the first comes before a syntax error in the second.
 */
#ifndef DATA_YAML_STREAM_H
#define DATA_YAML_STREAM_H

#include "base/buf.h"
#include "data/yaml.h"

struct yaml_stream;

/* Borrows all three until yaml_stream_free; nodes go to `a`. Fails only where `text` is too long. */
MUST_CHECK bool yaml_stream_new(struct str text, const struct yaml_options *options, struct arena *a, struct yaml_stream **out,
				struct err *err);
/* The next document into *root (NULL for an empty one), or *more = false at the end. After a failure only yaml_stream_free may follow. */
MUST_CHECK bool yaml_stream_next(struct yaml_stream *s, struct yaml_node **root, bool *more, struct err *err);
/* Takes NULL. */
void yaml_stream_free(struct yaml_stream *s);

/* Sets err with go-yaml's "yaml: " before the message where options name no file, and with position and excerpt where they do. */
bool yaml_fail(struct err *err, enum err_kind kind, const struct yaml_options *options, struct str text, uint32_t line, uint32_t column,
	       const char *message);

#endif
