noinst_LIBRARIES += %D%/librun.a
%C%_librun_a_SOURCES = \
	%D%/activity.c %D%/activity.h \
	%D%/body.c %D%/body.h \
	%D%/call.c %D%/call.h \
	%D%/dotenv.c %D%/dotenv.h \
	%D%/declared.c %D%/declared.h \
	%D%/engine.c %D%/engine.h \
	%D%/engine_build.c \
	%D%/engine_child.c \
	%D%/engine_decide.c \
	%D%/engine_internal.h \
	%D%/engine_keep.c \
	%D%/engine_look.c \
	%D%/engine_stored.c \
	%D%/explain.c \
	%D%/ignore.c %D%/ignore.h \
	%D%/inputs.c %D%/inputs.h \
	%D%/invoke.c %D%/invoke.h \
	%D%/justcache.c %D%/justcache.h \
	%D%/node.c %D%/node.h \
	%D%/observe.c %D%/observe.h %D%/observe_internal.h %D%/observe_summary.c \
	%D%/out.c %D%/out.h \
	%D%/plan.c %D%/plan.h \
	%D%/plan_file.c %D%/plan_file.h \
	%D%/parallel.c %D%/parallel.h \
	%D%/recipe.c %D%/recipe.h \
	%D%/record.c %D%/record.h \
	%D%/report.c \
	%D%/shell.c %D%/shell.h \
	%D%/step.h \
	%D%/sched.c %D%/sched.h \
	%D%/usage.c %D%/usage.h \
	%D%/watch.c %D%/watch.h %D%/watch_internal.h \
	%D%/watch_look.c \
	%D%/watched.c %D%/watched.h \
	%D%/words.c %D%/words.h
