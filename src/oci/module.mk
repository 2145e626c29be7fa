noinst_LIBRARIES += %D%/liboci.a
%C%_liboci_a_SOURCES = \
	%D%/auth.c %D%/auth.h \
	%D%/copy.c %D%/copy.h \
	%D%/elf.c %D%/elf.h \
	%D%/image.c %D%/image.h \
	%D%/layer.c %D%/layer.h \
	%D%/layout.c \
	%D%/ref.c %D%/ref.h \
	%D%/registry.c %D%/registry.h %D%/registry_inner.h \
	%D%/tarball.c %D%/tarball.h
