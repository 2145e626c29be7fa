/*
 * step.h: the table of built-in steps, one file a step in this folder. See run/step.h for what a step is.
 */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include "run/step.h"

/* Ended by a row without a name. */
extern const struct step_def step_table[];

#endif
