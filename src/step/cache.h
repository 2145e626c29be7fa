/*
 * cache.h: what is done for the store now and then, without being asked.
 */
#ifndef STEP_CACHE_H
#define STEP_CACHE_H

#include "run/step.h"

/* Once a day, after a run that recorded something: collects what is old and keeps the store below its limit. Errors are nobody's business here. */
void cache_tidy(const struct step_host *host);

#endif
