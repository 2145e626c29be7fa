noinst_LIBRARIES += %D%/libvalidate.a
%C%_libvalidate_a_SOURCES = \
	%D%/json_schema.h \
	%D%/manifest.c %D%/manifest.h \
	%D%/names.c %D%/names.h \
	%D%/refs.c %D%/refs.h
