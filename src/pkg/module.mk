noinst_LIBRARIES += %D%/libpkg.a
%C%_libpkg_a_SOURCES =
