# A test of src/validate/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(VALIDATE_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_manifest
%C%_test_manifest_SOURCES = %D%/test_manifest.c
%C%_test_manifest_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_manifest_LDADD = $(VALIDATE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_json_schema
%C%_test_json_schema_SOURCES = %D%/test_json_schema.c
%C%_test_json_schema_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_json_schema_LDADD = $(VALIDATE_LIBS) $(CMOCKA_LIBS)
