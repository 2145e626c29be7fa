noinst_LIBRARIES += %D%/libkube.a
%C%_libkube_a_SOURCES = \
	%D%/config.c %D%/config.h \
	%D%/object.c %D%/object.h \
	%D%/order.c %D%/order.h \
	%D%/resolve.c %D%/resolve.h \
	%D%/target.h
