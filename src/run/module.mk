noinst_LIBRARIES += %D%/librun.a
%C%_librun_a_SOURCES = \
	%D%/body.c %D%/body.h \
	%D%/cached.c %D%/cached.h \
	%D%/dotenv.c %D%/dotenv.h \
	%D%/explain.c \
	%D%/ignore.c %D%/ignore.h \
	%D%/invoke.c %D%/invoke.h \
	%D%/justcache.c %D%/justcache.h \
	%D%/node.c %D%/node.h \
	%D%/out.c %D%/out.h \
	%D%/parallel.c %D%/parallel.h \
	%D%/recipe.c %D%/recipe.h \
	%D%/record.c %D%/record.h \
	%D%/report.c \
	%D%/shell.c %D%/shell.h \
	%D%/step.h \
	%D%/sched.c %D%/sched.h \
	%D%/usage.c %D%/usage.h \
	%D%/words.c %D%/words.h
