noinst_LIBRARIES += %D%/libkube.a
%C%_libkube_a_SOURCES = \
	%D%/auth.c %D%/auth.h \
	%D%/client.c %D%/client.h \
	%D%/config.c %D%/config.h \
	%D%/discovery.c %D%/discovery.h \
	%D%/hook.c %D%/hook.h \
	%D%/object.c %D%/object.h \
	%D%/order.c %D%/order.h \
	%D%/plan.c %D%/plan.h \
	%D%/ready.c %D%/ready.h \
	%D%/record.c %D%/record.h \
	%D%/report.c \
	%D%/resolve.c %D%/resolve.h \
	%D%/target.h \
	%D%/watch.c %D%/watch.h
