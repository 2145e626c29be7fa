/*
 * layer.h: files into one layer: a gzip'ed tar whose bytes follow from the files alone.
 */
#ifndef OCI_LAYER_H
#define OCI_LAYER_H

#include "oci/image.h"

/* Sorts the files by path, adds the folders above them (0755, owner 0:0, each once), and packs all with time 0. Two files of one path are ERR_CONFLICT. Memory in `a`. */
MUST_CHECK bool oci_layer_build(const oci_files *files, struct arena *a, struct oci_layer *out, struct err *err);

#endif
