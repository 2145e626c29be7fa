# A test of src/run/x.c: UNIT_TESTS += %D%/test_x, its SOURCES, CPPFLAGS = $(UNIT_CPPFLAGS) and LDADD = $(RUN_LIBS) + $(CMOCKA_LIBS).
UNIT_TESTS += %D%/test_observe %D%/test_words %D%/test_sched %D%/test_watch
%C%_test_words_SOURCES = %D%/test_words.c
%C%_test_words_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_words_LDADD = $(RUN_LIBS) $(CMOCKA_LIBS)
%C%_test_sched_SOURCES = %D%/test_sched.c
%C%_test_sched_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_sched_LDADD = $(RUN_LIBS) $(CMOCKA_LIBS)
%C%_test_observe_SOURCES = %D%/test_observe.c
%C%_test_observe_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_observe_LDADD = $(RUN_LIBS) $(CMOCKA_LIBS)
%C%_test_watch_SOURCES = %D%/test_watch.c
%C%_test_watch_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_watch_LDADD = $(RUN_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += %D%/test_plan
%C%_test_plan_SOURCES = %D%/test_plan.c
%C%_test_plan_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_plan_LDADD = $(RUN_LIBS) $(CMOCKA_LIBS)
