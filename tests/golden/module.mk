# Inputs and the bytes that the peer printed for them.
GOLDEN_TESTS =
TESTS += $(GOLDEN_TESTS)
EXTRA_DIST += $(GOLDEN_TESTS)
# Templates and what Go makes of them, see tests/peer/gotmpl/README.md; replayed by tests/unit/gotmpl/test_golden.c.
GOTMPL_GOLDEN = %D%/gotmpl/basics.txt
EXTRA_DIST += $(GOTMPL_GOLDEN)
