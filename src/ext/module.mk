noinst_LIBRARIES += %D%/libext.a
%C%_libext_a_SOURCES = \
	%D%/archive.h \
	%D%/crypto.h \
	%D%/db.c %D%/db.h \
	%D%/http.h \
	%D%/proc.c %D%/proc.h
