noinst_LIBRARIES += %D%/libchart.a
%C%_libchart_a_SOURCES = \
	%D%/chart.c %D%/chart.h \
	%D%/decode.c %D%/decode.h \
	%D%/ignore.c %D%/ignore.h \
	%D%/metadata.c %D%/metadata.h \
	%D%/source.c %D%/source.h
