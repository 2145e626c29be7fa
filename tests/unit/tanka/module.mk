TANKA_LIBS = src/tanka/libtanka.a src/jsonnet/libjsonnet.a src/gotmpl/libgotmpl.a src/data/libdata.a $(TEXT_LIBS) $(YAML_LIBS)
UNIT_TESTS += %D%/test_tanka %D%/test_natives
%C%_test_tanka_SOURCES = %D%/test_tanka.c
%C%_test_tanka_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tanka_LDADD = $(TANKA_LIBS) $(CMOCKA_LIBS)
%C%_test_natives_SOURCES = %D%/test_natives.c %D%/host.h
%C%_test_natives_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_natives_LDADD = $(TANKA_LIBS) $(CMOCKA_LIBS)
