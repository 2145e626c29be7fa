# RAIBID_WARNINGS: -Wall -Wextra always; --enable-werror (as CI does) makes warnings errors.
AC_DEFUN([RAIBID_WARNINGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
  WARN_CFLAGS="-std=gnu17 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers"
  AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AC_SUBST([WARN_CFLAGS])
])

# RAIBID_SANITIZERS: --enable-asan (address and undefined), --enable-fuzz (libFuzzer harnesses, clang), --enable-coverage.
AC_DEFUN([RAIBID_SANITIZERS], [
  AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan], [build with AddressSanitizer and UBSan])])
  AC_ARG_ENABLE([fuzz], [AS_HELP_STRING([--enable-fuzz], [build the fuzz harnesses with libFuzzer (needs clang)])])
  AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [build for gcov])])
  MODE_CFLAGS=""
  AS_IF([test "x$enable_asan" = xyes],
    [MODE_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"])
  AS_IF([test "x$enable_fuzz" = xyes], [MODE_CFLAGS="$MODE_CFLAGS -fsanitize=fuzzer-no-link"])
  AS_IF([test "x$enable_coverage" = xyes], [MODE_CFLAGS="$MODE_CFLAGS --coverage"])
  AC_SUBST([MODE_CFLAGS])
  AM_CONDITIONAL([ENABLE_ASAN], [test "x$enable_asan" = xyes])
  AM_CONDITIONAL([ENABLE_FUZZ], [test "x$enable_fuzz" = xyes])
])

# RAIBID_SONAME(VARIABLE, NAME): defines VARIABLE_SONAME as the name that a program linked with -lNAME asks the loader for.
AC_DEFUN([RAIBID_SONAME], [
  AC_MSG_CHECKING([the shared object of lib$2])
  AC_CACHE_VAL([raibid_cv_soname_$2], [
    saved_LIBS=$LIBS
    LIBS="-Wl,--no-as-needed $$1_LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [raibid_cv_soname_$2=`${READELF-readelf} -d conftest$EXEEXT | sed -n 's/.*NEEDED.*\@<:@\(lib$2[[.-]]@<:@^@:>@@:>@*\)\@:>@.*/\1/p' | head -n 1`])
    LIBS=$saved_LIBS
  ])
  AS_IF([test -n "$raibid_cv_soname_$2"], [], [raibid_cv_soname_$2=lib$2.so])
  AC_MSG_RESULT([$raibid_cv_soname_$2])
  AC_DEFINE_UNQUOTED([$1_SONAME], ["$raibid_cv_soname_$2"], [shared object of lib$2, loaded at first use])
])

# RAIBID_LINK_FLAG(FLAG): adds it to LINK_CFLAGS where the linker takes it and what it makes runs.
AC_DEFUN([RAIBID_LINK_FLAG], [
  AS_VAR_PUSHDEF([known], [raibid_cv_link_flag_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [known], [
    saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Werror $1"
    AC_RUN_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([known], [yes])], [AS_VAR_SET([known], [no])],
      [AS_VAR_SET([known], [no])])
    LDFLAGS=$saved_LDFLAGS
  ])
  AS_VAR_IF([known], [yes], [LINK_CFLAGS="$LINK_CFLAGS $1"])
  AS_VAR_POPDEF([known])
  AC_SUBST([LINK_CFLAGS])
])

# RAIBID_STATIC(VARIABLE, NAME): makes VARIABLE_LIBS name the archive of libNAME where there is one that links: a shared library costs
# each start a look-up and its relocations. --disable-static-libs leaves all of them shared.
AC_DEFUN([RAIBID_STATIC], [
  AC_ARG_ENABLE([static-libs], [AS_HELP_STRING([--disable-static-libs], [link small libraries dynamically too])])
  AS_IF([test "x$enable_static_libs" != xno], [
    AC_MSG_CHECKING([for an archive of lib$2])
    AC_CACHE_VAL([raibid_cv_archive_$2], [
      raibid_cv_archive_$2=no
      dir=`$PKG_CONFIG --variable=libdir $3`
      for file in "$dir/lib$2.a" "`$CC -print-file-name=lib$2.a`"; do
        test -f "$file" || continue
        saved_LIBS=$LIBS
        LIBS="$file $LIBS"
        AC_LINK_IFELSE([AC_LANG_CALL([], [$4])], [raibid_cv_archive_$2=$file])
        LIBS=$saved_LIBS
        test "$raibid_cv_archive_$2" = no || break
      done
    ])
    AC_MSG_RESULT([$raibid_cv_archive_$2])
    AS_IF([test "$raibid_cv_archive_$2" != no], [$1_LIBS=$raibid_cv_archive_$2])
  ])
])
