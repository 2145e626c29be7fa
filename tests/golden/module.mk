# Inputs and the bytes that the peer printed for them.
GOLDEN_TESTS =
TESTS += $(GOLDEN_TESTS)
EXTRA_DIST += $(GOLDEN_TESTS)
# Templates and what Go makes of them, see tests/peer/gotmpl/README.md; replayed by tests/unit/gotmpl/test_golden.c.
GOTMPL_GOLDEN = %D%/gotmpl/basics.txt
EXTRA_DIST += $(GOTMPL_GOLDEN)
# What Go's packages and Helm's libraries answer, see tests/peer/text/main.go; replayed by tests/unit/text.
EXTRA_DIST += %D%/text/glob.tsv %D%/text/regex.tsv %D%/text/semver.tsv %D%/text/unicode.tsv
