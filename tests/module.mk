# Unit tests: tests/unit/<folder>/test_<module>.c, each a cmocka program that links only what lies below its folder.
TEST_EXTENSIONS = .test
TEST_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = \
	SRCDIR='$(abs_srcdir)'; BUILDDIR='$(abs_builddir)'; RAIBID_RUN='$(abs_builddir)/src/raibid-run'; \
	export SRCDIR BUILDDIR RAIBID_RUN; unset MAKEFLAGS MFLAGS MAKELEVEL;
if HAVE_CMOCKA
include tests/unit/module.mk
endif
include tests/cli/module.mk
include tests/golden/module.mk
include tests/peer/module.mk
include tests/fault/module.mk
include tests/fuzz/module.mk
include tests/bench/module.mk
include tests/lint/module.mk

# The same tests in a build of their own under AddressSanitizer and UBSan.
check-asan:
	mkdir -p asan && cd asan && \
	{ test -f Makefile || $(abs_srcdir)/configure --enable-asan CC='$(CC)' CFLAGS='-O1 -g'; } && \
	$(MAKE) $(AM_MAKEFLAGS) check
.PHONY: check-asan
