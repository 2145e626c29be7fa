/* host.h: the world that templates may use (gotmpl/sprig.h), put together from ext: cryptography and the local time zone. */
#ifndef STEP_HOST_H
#define STEP_HOST_H

#include "gotmpl/sprig.h"

/* libcrypto is loaded by the first call that needs it. */
extern const struct go_crypto step_crypto;
/* A host with the zone that the variable TZ (NULL: unset) names. In `a`. */
const struct go_host *step_host_new(struct arena *a, const char *tz);

#endif
