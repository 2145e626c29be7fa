/* cmd_step.h: `raibid-run --step NAME ARGS…`. */
#ifndef CLI_CMD_STEP_H
#define CLI_CMD_STEP_H

/* The words after --step. Returns the exit status. */
int cmd_step(int argc, char **argv);

#endif
