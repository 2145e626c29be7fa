# A test of src/oci/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(OCI_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_ref %D%/test_image
%C%_test_ref_SOURCES = %D%/test_ref.c
%C%_test_ref_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ref_LDADD = $(OCI_LIBS) $(CMOCKA_LIBS)
%C%_test_image_SOURCES = %D%/test_image.c
%C%_test_image_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_image_LDADD = $(OCI_LIBS) $(CMOCKA_LIBS)
