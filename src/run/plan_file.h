/*
 * plan_file.h: a plan as a file, used as it lies in memory.
 */
#ifndef RUN_PLAN_FILE_H
#define RUN_PLAN_FILE_H

#include "base/err.h"
#include "run/plan.h"

/* An open plan file. Zeroed: none. */
struct plan_stored {
	void *map;
	size_t size;
};
void plan_file_close(struct plan_stored *s);

#endif
