noinst_LIBRARIES += %D%/libstore.a
%C%_libstore_a_SOURCES = \
	%D%/state.c %D%/state.h \
	%D%/store.c %D%/store.h \
	%D%/trace.c %D%/trace.h
