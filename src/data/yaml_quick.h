/*
 * yaml_quick.h: YAML in the plain block style of most values files and manifests, read line by line, at several times the speed of the parser.
 * It says "not sure" to everything else, and the parser decides.
 */
#ifndef DATA_YAML_QUICK_H
#define DATA_YAML_QUICK_H

#include "data/yaml.h"

struct yaml_quick_options {
	enum yaml_numbers numbers;
	bool v3; /* by the rules YAML_V3, else YAML_HELM */
	/* Collections nested deeper are checked, but stand in the result as empty ones; 0: all are kept. For who wants only the head of a document. */
	size_t keep;
	/* Where not empty: of the root's entries only this one is kept deeper than the root. */
	struct str only;
};

/*
 * The value of a text whose root is a map, or, by YAML_HELM, of one that holds nothing but comments. False: not sure; *out is as before. Strings borrow from `text`.
 */
bool yaml_quick_read(struct str text, const struct yaml_quick_options *options, struct arena *a, struct value *out);

#endif
