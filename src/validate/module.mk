noinst_LIBRARIES += %D%/libvalidate.a
%C%_libvalidate_a_SOURCES = \
	%D%/json_schema.h %D%/json_schema_internal.h \
	%D%/json_schema_check.c %D%/json_schema_compile.c %D%/json_schema_format.c %D%/json_schema_format.h \
	%D%/json_schema_meta.c %D%/json_schema_net.c %D%/json_schema_plain.c %D%/json_schema_report.c %D%/json_schema_time.c %D%/json_schema_url.c \
	%D%/manifest.c %D%/manifest.h \
	%D%/names.c %D%/names.h \
	%D%/refs.c %D%/refs.h
