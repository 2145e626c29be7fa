noinst_LIBRARIES += %D%/libkube.a
%C%_libkube_a_SOURCES = \
	%D%/apply.c \
	%D%/auth.c %D%/auth.h \
	%D%/client.c %D%/client.h \
	%D%/cluster.c %D%/cluster.h \
	%D%/config.c %D%/config.h \
	%D%/diff.c %D%/diff.h \
	%D%/discovery.c %D%/discovery.h \
	%D%/embedded.c \
	%D%/hook.c %D%/hook.h \
	%D%/hookrun.c \
	%D%/object.c %D%/object.h \
	%D%/order.c %D%/order.h \
	%D%/plan.c %D%/plan.h \
	%D%/prune.c \
	%D%/ready.c %D%/ready.h \
	%D%/record.c %D%/record.h \
	%D%/report.c \
	%D%/resolve.c %D%/resolve.h \
	%D%/session.c %D%/session.h \
	%D%/target.c %D%/target.h \
	%D%/watch.c %D%/watch.h
