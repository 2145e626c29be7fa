/*
 * step.h: the table of built-in steps, one file a step in this folder. See run/step.h for what a step is.
 */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include "run/step.h"

/* Ended by NULL. To add a step: its file, its extern here, its row in table.c. */
extern const struct step_def *const step_table[];

extern const struct step_def step_apply;
extern const struct step_def step_bundle;
extern const struct step_def step_cache;
extern const struct step_def step_deps;
extern const struct step_def step_diff;
extern const struct step_def step_env_command;
extern const struct step_def step_eval;
extern const struct step_def step_export;
extern const struct step_def step_graph;
extern const struct step_def step_help;
extern const struct step_def step_images;
extern const struct step_def step_lint;
extern const struct step_def step_jsonnet;
extern const struct step_def step_pins;
extern const struct step_def step_render;
extern const struct step_def step_show;
extern const struct step_def step_status;
extern const struct step_def step_template;
extern const struct step_def step_validate;
extern const struct step_def step_values;
extern const struct step_def step_vendor;
extern const struct step_def step_why;

#endif
