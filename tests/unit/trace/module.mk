# The tracer at work on sh and on a probe that does what could escape it.
UNIT_TESTS += %D%/test_trace
check_PROGRAMS += %D%/probe
%C%_probe_SOURCES = %D%/probe.c
%C%_test_trace_SOURCES = %D%/test_trace.c
%C%_test_trace_CPPFLAGS = $(UNIT_CPPFLAGS) -DPROBE='"$(abs_builddir)/tests/unit/trace/probe"'
%C%_test_trace_LDADD = $(TRACE_LIBS) $(CMOCKA_LIBS)
