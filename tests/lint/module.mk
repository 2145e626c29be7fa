# `make lint`: what the compiler does not see. See ARCHITECTURE.md, "Layers".
EXTRA_DIST += %D%/layers %D%/layers.txt %D%/headers %D%/text
lint:
	$(srcdir)/tests/lint/layers '$(srcdir)'
	$(srcdir)/tests/lint/text '$(srcdir)'
	$(srcdir)/tests/lint/headers '$(srcdir)' '$(abs_builddir)' '$(CC)'
.PHONY: lint
