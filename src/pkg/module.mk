noinst_LIBRARIES += %D%/libpkg.a
%C%_libpkg_a_SOURCES = \
	%D%/archives.c %D%/archives.h \
	%D%/bring.c \
	%D%/bundles.c %D%/bundles.h %D%/bundles_internal.h %D%/bundle_settle.c \
	%D%/change.c \
	%D%/chartfile.c %D%/chartfile.h \
	%D%/closure.c %D%/closure.h \
	%D%/fetch.c %D%/fetch.h \
	%D%/files.c \
	%D%/git.c %D%/git.h \
	%D%/git_run.c %D%/git_run.h \
	%D%/gitcharts.c \
	%D%/index_cache.c %D%/index_cache.h \
	%D%/index.c %D%/index.h \
	%D%/jsonnetfile.c %D%/jsonnetfile.h \
	%D%/lock.c %D%/lock.h \
	%D%/partial.c %D%/partial.h \
	%D%/pins.c %D%/pins.h \
	%D%/push.c \
	%D%/resolve.c %D%/resolve.h \
	%D%/tree.c %D%/tree.h \
	%D%/verify.c \
	%D%/vendor.c %D%/vendor.h \
	%D%/work.h
