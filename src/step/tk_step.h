/* tk_step.h: a command of tk's (tk.h) as a step of a tasks file. */
#ifndef STEP_TK_STEP_H
#define STEP_TK_STEP_H

#include "step/tk.h"

/* Runs the command and hands its output to the step's. */
MUST_CHECK bool tk_step(tk_command *command, struct step_ctx *ctx, const step_words *args, enum step_status *status, struct err *err);

#endif
