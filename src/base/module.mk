noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/base.c %D%/base.h \
	%D%/buf.c %D%/buf.h \
	%D%/bytes16.h \
	%D%/cpu.c %D%/cpu.h \
	%D%/crew.c %D%/crew.h \
	%D%/enc.c %D%/enc.h \
	%D%/env.c %D%/env.h \
	%D%/err.c %D%/err.h \
	%D%/fs.c %D%/fs.h \
	%D%/libm.c %D%/libm.h \
	%D%/map.c %D%/map.h \
	%D%/num.c %D%/num.h \
	%D%/path.c %D%/path.h \
	%D%/scratch.c %D%/scratch.h \
	%D%/sha256.c %D%/sha256.h \
	%D%/str.c %D%/str.h \
	%D%/udiff.c %D%/udiff.h \
	%D%/utf8.c %D%/utf8_width.c %D%/utf8.h \
	%D%/vec.c %D%/vec.h
