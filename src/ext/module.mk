noinst_LIBRARIES += %D%/libext.a
%C%_libext_a_SOURCES = \
	%D%/archive.c %D%/archive.h \
	%D%/crypto.h \
	%D%/db.c %D%/db.h \
	%D%/gzip.c %D%/gzip.h \
	%D%/http.h \
	%D%/lib.c %D%/lib.h \
	%D%/proc.c %D%/proc.h \
	%D%/tar.c %D%/tar.h \
	%D%/unpack.c
