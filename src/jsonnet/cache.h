/*
 * cache.h: parsed files, shared by evaluations in several threads.
 */
#ifndef JSONNET_CACHE_H
#define JSONNET_CACHE_H

#include "jsonnet/ast.h"
#include "jsonnet/std_table.h"

struct jsonnet_cache;

const struct std_table *cache_std(struct jsonnet_cache *cache);
/* The source of that path (empty for a snippet), name and text, parsed: source->root, or source->error. `folder` is where its imports start from. Parses it on the calling
 * thread's stack down to `stack_limit` if nobody has yet. */
struct source *cache_get(struct jsonnet_cache *cache, struct str path, struct str folder, struct str name, struct str text, const char *stack_limit);
/* The source that a global position is in, or NULL. */
struct source *cache_source_at(struct jsonnet_cache *cache, uint32_t position);

#endif
