/* template_host.h: the world that templates may use (gotmpl/sprig.h), put together from ext: cryptography and the local time zone. */
#ifndef STEP_TEMPLATE_HOST_H
#define STEP_TEMPLATE_HOST_H

#include "gotmpl/sprig.h"

/* libcrypto is loaded by the first call that needs it. */
extern const struct go_crypto template_crypto;
/* A host in `a`, which lives as long as it; the zone is the one that TZ in `environ` (NULL: none) names, or the system's. */
const struct go_host *template_host_new(struct arena *a, char *const *environ);

#endif
