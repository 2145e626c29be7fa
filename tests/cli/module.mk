# The binary as a user runs it: one shell script a subject, run with $RAIBID_RUN set. Exit 0 passes, 77 skips.
CLI_TESTS = %D%/embedded.test %D%/faults.test %D%/steps.test %D%/vendor.test %D%/kept.test %D%/values_schema.test %D%/tasks.test
VENDOR_TESTS = %D%/closure.test %D%/git.test
TESTS += $(CLI_TESTS) $(VENDOR_TESTS)
EXTRA_DIST += $(CLI_TESTS) $(VENDOR_TESTS) %D%/lib.sh tests/tools/git_server.py
