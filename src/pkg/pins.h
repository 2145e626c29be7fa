/* pins.h: the table of pins in .raibid/state.db. Internal to pkg. */
#ifndef PKG_PINS_H
#define PKG_PINS_H

#include "pkg/tree.h"
#include "pkg/vendor.h"

struct pkg_known {
	struct pkg_pin pin;
	struct digest stamp; /* of the folder when it was last seen to hold the pinned tree; zero: none */
};
typedef VEC(struct pkg_known) pkg_knowns;

/* At the end of a chartfile's name: the pins of its plain files. */
#define PKG_PINS_FILES "#files"
/* At the end of a chartfile's name: not pins, but folders that are not wanted any more and were not pruned yet. */
#define PKG_PINS_LEFT "#left"

/* The pins of a chartfile; none where there is no database. */
MUST_CHECK bool pkg_pins_load(struct state *state, struct str chartfile, struct arena *a, pkg_knowns *out, struct err *err);
/* Replaces them all; rows that stay the same keep their time and user. */
MUST_CHECK bool pkg_pins_save(struct state *state, struct str chartfile, const pkg_knowns *pins, struct str user, struct err *err);

/* The row of the folder, or NULL. */
struct pkg_known *pkg_known_find(const pkg_knowns *pins, struct str directory);

#endif
