# Inputs and the bytes that the peer printed for them.
GOLDEN_TESTS = %D%/helm.test
TESTS += $(GOLDEN_TESTS)
EXTRA_DIST += $(GOLDEN_TESTS)
# Charts and what helm printed for them; `make golden-update-helm` asks helm, which must be in PATH, again.
EXTRA_DIST += %D%/helm/run %D%/helm/update %D%/helm/coalesce %D%/helm/documents %D%/helm/failures %D%/helm/flags %D%/helm/lint %D%/helm/lint-subcharts %D%/helm/links %D%/helm/loading %D%/helm/locks %D%/helm/manifests \
	%D%/helm/objects %D%/helm/output %D%/helm/schema %D%/helm/strvals %D%/helm/structs %D%/helm/twins %D%/helm/umbrella %D%/helm/values-yaml
golden-update-helm:
	$(abs_srcdir)/%D%/helm/update
.PHONY: golden-update-helm
# Templates and what Go makes of them, see tests/peer/gotmpl/README.md; replayed by tests/unit/gotmpl/test_golden.c.
GOTMPL_GOLDEN = %D%/gotmpl/basics.txt %D%/gotmpl/builtins.txt %D%/gotmpl/control.txt %D%/gotmpl/fmt.txt %D%/gotmpl/parse_errors.txt
GOTMPL_GOLDEN += %D%/gotmpl/sprig_crypto.txt %D%/gotmpl/sprig_dates.txt %D%/gotmpl/sprig_dicts.txt %D%/gotmpl/sprig_lists.txt \
	%D%/gotmpl/sprig_math.txt %D%/gotmpl/sprig_misc.txt %D%/gotmpl/sprig_regex.txt %D%/gotmpl/sprig_strings.txt
EXTRA_DIST += $(GOTMPL_GOLDEN)
# Programs and what the C++ implementation of jsonnet makes of them, see tests/peer/jsonnet/README.md.
JSONNET_GOLDEN = %D%/jsonnet/arrays.txt %D%/jsonnet/format.txt %D%/jsonnet/go.txt %D%/jsonnet/lazy.txt %D%/jsonnet/manifest.txt %D%/jsonnet/math.txt \
	%D%/jsonnet/matrix_A.txt %D%/jsonnet/matrix_B.txt %D%/jsonnet/matrix_C.txt %D%/jsonnet/matrix_D.txt %D%/jsonnet/objects.txt \
	%D%/jsonnet/operators.txt %D%/jsonnet/strings.txt %D%/jsonnet/syntax.txt
EXTRA_DIST += $(JSONNET_GOLDEN)
# What Go's packages and Helm's libraries answer, see tests/peer/text/main.go; replayed by tests/unit/text.
EXTRA_DIST += %D%/text/glob.tsv %D%/text/regex.tsv %D%/text/semver.tsv %D%/text/time.tsv %D%/text/unicode.tsv
# Inputs and answers of Go's JSON and YAML libraries, one a line, and our readers and writers as a filter; see tests/peer/data/main.go.
check_PROGRAMS += %D%/data/filter
%C%_data_filter_SOURCES = %D%/data/filter.c
%C%_data_filter_LDADD = src/data/libdata.a src/text/libtext.a src/base/libbase.a $(YAML_LIBS)
TESTS += %D%/data.test
EXTRA_DIST += %D%/data.test %D%/data/rows.jsonl
# Schemas, values and what helm's validator says of them, see tests/peer/schema/main.go; replayed by tests/unit/validate/test_json_schema.c.
EXTRA_DIST += %D%/validate/schema.jsonl
# Tasks files and what just makes of them; `make golden-update-lang` asks just, which must be in PATH, again.
EXTRA_DIST += %D%/lang/rows
golden-update-lang:
	python3 $(srcdir)/tests/peer/just/golden.py just $(srcdir)/%D%/lang/rows
.PHONY: golden-update-lang
# What jb 0.6.0 wrote for the repositories that tests/cli/bundles.test makes.
EXTRA_DIST += %D%/vendor/jsonnetfile.lock.json
