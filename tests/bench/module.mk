# `make bench`: us and the peer on the same work, medians and the ratio.
BENCH_ROWS =
EXTRA_DIST += $(BENCH_ROWS)
bench: all
	@for row in $(BENCH_ROWS); do RAIBID_RUN='$(abs_builddir)/src/raibid-run' $(SHELL) '$(srcdir)'/$$row || exit 1; done
.PHONY: bench
