noinst_LIBRARIES += %D%/libtanka.a
%C%_libtanka_a_SOURCES = \
	%D%/charts.c \
	%D%/dirs.c %D%/dirs.h \
	%D%/filter.c %D%/filter.h \
	%D%/gojson.c %D%/gojson.h \
	%D%/host.h \
	%D%/load.c %D%/load.h \
	%D%/manifest.c %D%/manifest.h \
	%D%/names.c %D%/names.h \
	%D%/natives.c %D%/natives.h \
	%D%/output.c %D%/output.h \
	%D%/process.c %D%/process.h \
	%D%/spec.c %D%/spec.h \
	%D%/words.c %D%/words.h %D%/words_parts.h %D%/words_static.c
