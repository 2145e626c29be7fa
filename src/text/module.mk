noinst_LIBRARIES += %D%/libtext.a
%C%_libtext_a_SOURCES = \
	%D%/glob.h \
	%D%/gotime.h \
	%D%/regex.h \
	%D%/semver.h \
	%D%/unicode.h
