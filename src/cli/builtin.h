/*
 * builtin.h: the tasks file that serves where a folder has none: the deploy loop over the standard layout (charts/, environments/).
 */
#ifndef CLI_BUILTIN_H
#define CLI_BUILTIN_H

/* Its text, as --print-builtin prints it: a start for a tasks file of one's own. */
extern const char builtin_tasks[];

#endif
