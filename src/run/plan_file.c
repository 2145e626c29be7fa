/* A plan on disk is the tables one after the other behind a head that tells where each begins. */
#include "run/plan_file.h"

#include <sys/mman.h>

void plan_file_close(struct plan_stored *s)
{
	if (s->map)
		munmap(s->map, s->size);
	*s = (struct plan_stored){ 0 };
}
