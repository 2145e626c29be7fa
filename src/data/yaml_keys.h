/* yaml_keys.h: the order in which go-yaml prints a map's keys. Within data only. */
#ifndef DATA_YAML_KEYS_H
#define DATA_YAML_KEYS_H

#include "data/value.h"

/* Letters come after everything else; with yaml.v3 before everything else where they follow a digit: 1a, 10. */
enum yaml_key_rule { YAML_KEYS_V2, YAML_KEYS_V3 };

/* Whether key a comes before key b: numbers within the names count as numbers. */
bool yaml_key_before(enum yaml_key_rule rule, struct str a, struct str b);
/* The numbers of the map's entries in that order: map_len(m) of them, in `a`. */
uint32_t *yaml_key_order(enum yaml_key_rule rule, struct map *m, struct arena *a);

#endif
