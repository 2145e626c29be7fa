noinst_LIBRARIES += %D%/libtrace.a
%C%_libtrace_a_SOURCES = \
	%D%/calls.c %D%/calls.h \
	%D%/files.c %D%/files.h \
	%D%/filter.c %D%/filter.h \
	%D%/finish.c \
	%D%/look.c %D%/look.h \
	%D%/special.c %D%/special.h \
	%D%/trace.h \
	%D%/tracer.c
