noinst_LIBRARIES += %D%/libhelm.a
%C%_libhelm_a_SOURCES = \
	%D%/capabilities.c \
	%D%/chart_object.c \
	%D%/coalesce.c %D%/coalesce.h \
	%D%/dependency.c %D%/dependency.h \
	%D%/engine.c %D%/engine.h \
	%D%/execute.c \
	%D%/functions.c \
	%D%/head.c %D%/head.h %D%/helm.h \
	%D%/lint.c %D%/lint.h %D%/lint_chart.c %D%/lint_kube.c %D%/lint_stream.c %D%/lint_stream.h %D%/lint_templates.c \
	%D%/log.c %D%/log.h \
	%D%/manifest.c %D%/manifest.h \
	%D%/objects.c %D%/objects.h \
	%D%/print.c %D%/print.h \
	%D%/render.c %D%/render.h \
	%D%/session.c \
	%D%/schema.c %D%/schema.h \
	%D%/source_map.c %D%/source_map.h \
	%D%/strvals.c %D%/strvals.h \
	%D%/toml.h \
	%D%/toml_parse.c \
	%D%/toml_write.c \
	%D%/user_values.c \
	%D%/values.c %D%/values.h
EXTRA_DIST += %D%/lint_deprecated.inc
