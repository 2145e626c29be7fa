/* jsonnet_host.h: what jsonnet programs get from ext (jsonnet/jsonnet.h). */
#ifndef STEP_JSONNET_HOST_H
#define STEP_JSONNET_HOST_H

#include "jsonnet/jsonnet.h"

/* A jsonnet_hash_fn; libcrypto is loaded by the first call. */
bool jsonnet_host_hash(enum jsonnet_hash kind, struct str bytes, uint8_t out[JSONNET_HASH_MAX], size_t *n, struct err *err);

#endif
