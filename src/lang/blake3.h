/*
 * blake3.h: the BLAKE3 hash with its default length, after the specification (https://github.com/BLAKE3-team/BLAKE3-specs).
 */
#ifndef LANG_BLAKE3_H
#define LANG_BLAKE3_H

#include "base/str.h"

#define BLAKE3_SIZE 32

/* The hash of the bytes, unkeyed, 32 bytes. */
void blake3(struct str bytes, uint8_t out[BLAKE3_SIZE]);

#endif
