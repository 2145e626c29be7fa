# Inputs and the bytes that the peer printed for them.
GOLDEN_TESTS =
TESTS += $(GOLDEN_TESTS)
EXTRA_DIST += $(GOLDEN_TESTS)
