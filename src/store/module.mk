noinst_LIBRARIES += %D%/libstore.a
%C%_libstore_a_SOURCES = \
	%D%/keep.c %D%/keep.h \
	%D%/state.c %D%/state.h %D%/state_internal.h %D%/state_files.c %D%/state_records.c \
	%D%/store.c %D%/store.h %D%/store_internal.h \
	%D%/trace.c %D%/trace.h
