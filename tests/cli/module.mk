# The binary as a user runs it: one shell script a subject, run with $RAIBID_RUN set. Exit 0 passes, 77 skips. One a line, so that two changes that add one
# do not meet.
CLI_TESTS = \
	%D%/bundles.test \
	%D%/graph.test \
	%D%/keep.test \
	%D%/observe.test \
	%D%/output.test \
	%D%/trace.test \
	%D%/charts.test \
	%D%/closure.test \
	%D%/completions.test \
	%D%/cache.test %D%/embedded.test \
	%D%/downloads.test \
	%D%/faults.test \
	%D%/files.test \
	%D%/formats.test \
	%D%/git.test \
	%D%/jobserver.test \
	%D%/jsonnet_library.test \
	%D%/jsonnet.test \
	%D%/kept.test \
	%D%/limits.test \
	%D%/source_map.test \
	%D%/status.test \
	%D%/steps.test \
	%D%/tanka.test \
	%D%/tasks.test \
	%D%/values_schema.test \
	%D%/verify.test \
	%D%/vendor_diff.test \
	%D%/watch.test \
	%D%/vendor.test
TESTS += $(CLI_TESTS)
EXTRA_DIST += $(CLI_TESTS) %D%/lib.sh %D%/checks.py %D%/jobserver.py %D%/watch.py tests/tools/git_server.py
