# Suites that run real servers and peers beside us: `make check-peer`. They skip (77), counted, where a peer cannot be had. One a line.
# `make check-peer PEER_TESTS=tests/peer/just.test` runs one alone.
PEER_TESTS = \
	%D%/bundle.test \
	%D%/charts.test \
	%D%/deploy.test \
	%D%/helm.test \
	%D%/images.test \
	%D%/jsonnet.test \
	%D%/just-lang.test \
	%D%/just-raibid.test \
	%D%/just.test \
	%D%/kube.test \
	%D%/lint.test \
	%D%/lookup.test \
	%D%/pins.test \
	%D%/tanka-data.test \
	%D%/tanka-more.test \
	%D%/tanka.test \
	%D%/tasks.test \
	%D%/trace.test \
	%D%/vendor.test \
	%D%/yaml.test
EXTRA_DIST += $(PEER_TESTS) %D%/lib.sh %D%/tanka-lib.sh
check-peer: all
	$(MAKE) $(AM_MAKEFLAGS) check check_PROGRAMS= TESTS='$(PEER_TESTS)'
.PHONY: check-peer
# What the suites run, and the programs that make goldens.
EXTRA_DIST += %D%/data/go.mod %D%/data/go.sum %D%/data/main.go
EXTRA_DIST += %D%/deprecated/go.mod %D%/deprecated/go.sum %D%/deprecated/main.go
EXTRA_DIST += %D%/gotmpl/README.md %D%/gotmpl/go.mod %D%/gotmpl/go.sum %D%/gotmpl/main.go %D%/gotmpl/types.go
EXTRA_DIST += %D%/helm/charts.py
EXTRA_DIST += %D%/just/compare.py %D%/just/generate.py %D%/just/suite.py %D%/just/golden.py %D%/just/raibid.just %D%/just/trees.txt %D%/just/width.py %D%/just-differences %D%/just-cases
EXTRA_DIST += %D%/schema/go.mod %D%/schema/go.sum %D%/schema/main.go
EXTRA_DIST += %D%/text/go.mod %D%/text/go.sum %D%/text/main.go %D%/text/glob.go %D%/text/regex.go %D%/text/semver.go %D%/text/time.go %D%/text/unicode.go
EXTRA_DIST += %D%/jsonnet/README.md %D%/jsonnet/generate.py %D%/jsonnet/golden.py %D%/jsonnet/live.py %D%/jsonnet/matrix.py
EXTRA_DIST += %D%/raibid %D%/tanka-std.txt
