noinst_LIBRARIES += %D%/libdata.a
%C%_libdata_a_SOURCES = \
	%D%/value.c %D%/value.h
