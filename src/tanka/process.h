/*
 * process.h: what Tanka does to an environment's objects before it shows or exports them: namespaces, labels, defaults, filters, order.
 */
#ifndef TANKA_PROCESS_H
#define TANKA_PROCESS_H

#include "tanka/filter.h"
#include "tanka/manifest.h"
#include "tanka/spec.h"

/*
 * The objects of env->data, ready to print: extracted, lists taken apart, each with the environment's namespace where its kind has one, labelled and completed as the
 * spec says, filtered, in Tanka's order of kinds. The data itself stays as it is. Memory in `a`.
 */
MUST_CHECK bool tanka_process(const struct tanka_env *env, const struct tanka_filter *filter, struct arena *a, tanka_objects *out,
			      struct err *err);

#endif
