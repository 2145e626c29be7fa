# `make bench`: us and the peer on the same work, medians and the ratio. Needs python3; the peers are those of tests/tools/peers.
BENCH_ROWS = %D%/helm.sh %D%/tanka.sh %D%/deploy.sh %D%/vendor.sh %D%/just.sh %D%/engine.sh %D%/trace.sh %D%/jsonnet.sh
EXTRA_DIST += $(BENCH_ROWS) %D%/compare %D%/first_child %D%/jsonnet_library.py %D%/jsonnet
EXTRA_DIST += %D%/charts.py
EXTRA_PROGRAMS = %D%/measure %D%/again
%C%_measure_SOURCES = %D%/measure.c
%C%_again_SOURCES = %D%/again.c
%C%_again_LDADD = $(HELM_LIBS)
CLEANFILES += $(EXTRA_PROGRAMS)
bench: all tests/bench/measure$(EXEEXT) tests/bench/again$(EXEEXT)
	@for row in $(BENCH_ROWS); do \
		RAIBID_RUN='$(abs_builddir)/src/raibid-run' RAIBID_MEASURE='$(abs_builddir)/tests/bench/measure' \
		PATH="$${RAIBID_PEERS:-$$HOME/.cache/raibid-peers}/bin:$$PATH" bash '$(srcdir)'/$$row || exit 1; \
	done
.PHONY: bench
