noinst_LIBRARIES += %D%/libjsonnet.a
%C%_libjsonnet_a_SOURCES = \
	%D%/jsonnet.h %D%/value.h %D%/std.h \
	%D%/std_core.c
