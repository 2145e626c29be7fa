# Fuzz harnesses, one a parser. With --enable-fuzz (clang) each is a libFuzzer program: tests/fuzz/fuzz_X -max_total_time=600 corpus/.
# Without, the same program replays the files of tests/fuzz/corpus/X, and `make check` does so.
FUZZ_TESTS =
if ENABLE_FUZZ
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = %D%/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += $(FUZZ_TESTS)
endif
check_PROGRAMS += $(FUZZ_TESTS)
EXTRA_DIST += %D%/replay.c

# The template parser, executor and fmt.
FUZZ_TESTS += %D%/fuzz_gotmpl
%C%_fuzz_gotmpl_SOURCES = %D%/fuzz_gotmpl.c $(FUZZ_MAIN)
%C%_fuzz_gotmpl_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_gotmpl_LDADD = $(GOTMPL_LIBS)
EXTRA_DIST += %D%/corpus/gotmpl

# The lexer, parser, analyzer, evaluator and formatter of tasks files.
FUZZ_TESTS += %D%/fuzz_lang
%C%_fuzz_lang_SOURCES = %D%/fuzz_lang.c $(FUZZ_MAIN)
%C%_fuzz_lang_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_lang_LDADD = $(LANG_LIBS)
EXTRA_DIST += tests/unit/lang/format_check.h tests/unit/lang/fold_check.h %D%/corpus/lang

# The readers and writers of data.
FUZZ_TESTS += %D%/fuzz_yaml %D%/fuzz_json
%C%_fuzz_yaml_SOURCES = %D%/fuzz_yaml.c $(FUZZ_MAIN)
%C%_fuzz_yaml_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_yaml_LDADD = $(DATA_LIBS)
%C%_fuzz_json_SOURCES = %D%/fuzz_json.c $(FUZZ_MAIN)
%C%_fuzz_json_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_json_LDADD = $(DATA_LIBS)
EXTRA_DIST += %D%/corpus/yaml %D%/corpus/json

# JSON Schema: the compiler, the checker and the formats.
FUZZ_TESTS += %D%/fuzz_json_schema
%C%_fuzz_json_schema_SOURCES = %D%/fuzz_json_schema.c $(FUZZ_MAIN)
%C%_fuzz_json_schema_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_json_schema_LDADD = $(VALIDATE_LIBS)
EXTRA_DIST += %D%/corpus/json_schema

# Regular expressions; versions, globs, times.
FUZZ_TESTS += %D%/fuzz_regex
%C%_fuzz_regex_SOURCES = %D%/fuzz_regex.c $(FUZZ_MAIN)
%C%_fuzz_regex_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_regex_LDADD = $(TEXT_LIBS)
FUZZ_TESTS += %D%/fuzz_text
%C%_fuzz_text_SOURCES = %D%/fuzz_text.c $(FUZZ_MAIN)
%C%_fuzz_text_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_text_LDADD = $(TEXT_LIBS)
EXTRA_DIST += %D%/corpus/regex %D%/corpus/text

# What Helm's engine reads besides templates.
FUZZ_TESTS += %D%/fuzz_helm
%C%_fuzz_helm_SOURCES = %D%/fuzz_helm.c $(FUZZ_MAIN)
%C%_fuzz_helm_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_helm_LDADD = $(HELM_LIBS)
EXTRA_DIST += %D%/corpus/helm

# Charts, packed: archives and what is in them.
FUZZ_TESTS += %D%/fuzz_chart
%C%_fuzz_chart_SOURCES = %D%/fuzz_chart.c $(FUZZ_MAIN)
%C%_fuzz_chart_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_chart_LDADD = $(CHART_LIBS)
EXTRA_DIST += %D%/corpus/chart

# Inflating.

# What vendoring reads.
FUZZ_TESTS += %D%/fuzz_pkg
%C%_fuzz_pkg_SOURCES = %D%/fuzz_pkg.c $(FUZZ_MAIN)
%C%_fuzz_pkg_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_pkg_LDADD = $(PKG_LIBS)
EXTRA_DIST += %D%/corpus/pkg

# The jsonnet parser and evaluator.
FUZZ_TESTS += %D%/fuzz_jsonnet
%C%_fuzz_jsonnet_SOURCES = %D%/fuzz_jsonnet.c $(FUZZ_MAIN)
%C%_fuzz_jsonnet_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_jsonnet_LDADD = $(JSONNET_LIBS)
EXTRA_DIST += %D%/corpus/jsonnet

# Environments in jsonnet, but for jsonnet itself.
FUZZ_TESTS += %D%/fuzz_tanka
%C%_fuzz_tanka_SOURCES = %D%/fuzz_tanka.c $(FUZZ_MAIN)
%C%_fuzz_tanka_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_tanka_LDADD = $(TANKA_LIBS)
EXTRA_DIST += %D%/corpus/tanka

# `make fuzz`: a build of its own with clang, libFuzzer, ASan and UBSan; each harness for FUZZ_SECONDS, FUZZ_JOBS of them side by side. FUZZ picks harnesses. A finding ends its
# own harness only, and fails the whole at the end.
FUZZ_SECONDS = 600
FUZZ_JOBS = `getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2`
FUZZ = $(FUZZ_TESTS)
fuzz:
	@mkdir -p fuzz/found
	@test -f fuzz/Makefile || (cd fuzz && '$(abs_srcdir)/configure' --quiet --enable-fuzz --enable-asan CC=clang CFLAGS='-O1 -g')
	@$(MAKE) -C fuzz $(FUZZ)
	@cd fuzz/found && for harness in $(FUZZ); do echo "../$$harness '$(abs_srcdir)'/tests/fuzz/corpus/$${harness##*/fuzz_} $(FUZZ_SECONDS)"; done | \
		xargs -P $(FUZZ_JOBS) -L 1 '$(abs_srcdir)/tests/fuzz/run'
.PHONY: fuzz
EXTRA_DIST += %D%/run
