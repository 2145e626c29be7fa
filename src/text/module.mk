noinst_LIBRARIES += %D%/libtext.a
%C%_libtext_a_SOURCES = \
	%D%/glob.c %D%/glob.h \
	%D%/gotime.c %D%/gotime.h %D%/gotime_internal.h \
	%D%/gotime_format.c \
	%D%/gotime_parse.c \
	%D%/gotime_zone.c \
	%D%/regex.c %D%/regex.h %D%/regex_internal.h \
	%D%/regex_build.c \
	%D%/regex_class.c \
	%D%/regex_exec.c \
	%D%/regex_go.c \
	%D%/regex_parse.c %D%/regex_parser.h \
	%D%/regex_rust.c \
	%D%/semver.c %D%/semver.h %D%/semver_internal.h \
	%D%/semver_cargo.c \
	%D%/semver_helm.c \
	%D%/unicode.c %D%/unicode.h \
	%D%/unicode_tables.c %D%/unicode_tables.h
EXTRA_DIST += %D%/gen-unicode.go
