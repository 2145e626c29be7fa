noinst_LIBRARIES += %D%/librun.a
%C%_librun_a_SOURCES = \
	%D%/cached.c %D%/cached.h \
	%D%/explain.c \
	%D%/ignore.c %D%/ignore.h \
	%D%/node.c %D%/node.h \
	%D%/out.c %D%/out.h \
	%D%/parallel.c %D%/parallel.h \
	%D%/record.c %D%/record.h \
	%D%/report.c \
	%D%/step.h \
	%D%/sched.c %D%/sched.h \
	%D%/words.c %D%/words.h
