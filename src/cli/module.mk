bin_PROGRAMS += src/raibid-run
src_raibid_run_SOURCES = \
	%D%/args.c %D%/args.h \
	%D%/builtin.c %D%/builtin.h \
	%D%/cmd.c %D%/cmd.h \
	%D%/cmd_command.c \
	%D%/cmd_evaluate.c \
	%D%/cmd_fmt.c \
	%D%/cmd_graph.c %D%/cmd_graph.h \
	%D%/cmd_list.c \
	%D%/cmd_run.c \
	%D%/cmd_show.c \
	%D%/cmd_step.c %D%/cmd_step.h \
	%D%/cmd_steps.c \
	%D%/cmd_watch.c \
	%D%/commands.c %D%/commands.h \
	%D%/complete.c \
	%D%/completions.c \
	%D%/help.c \
	%D%/hooks.c %D%/hooks.h \
	%D%/line_diff.c %D%/line_diff.h \
	%D%/main.c \
	%D%/open.c \
	%D%/options.c %D%/options.h \
	%D%/report.c %D%/report.h \
	%D%/search.c %D%/search.h \
	%D%/stored.c %D%/stored.h
# Every engine, from the top down; see tests/lint/layers.txt.
ALL_LIBS = \
	src/step/libstep.a src/run/librun.a src/trace/libtrace.a src/tanka/libtanka.a src/helm/libhelm.a src/pkg/libpkg.a src/kube/libkube.a src/oci/liboci.a \
	src/chart/libchart.a src/store/libstore.a src/validate/libvalidate.a src/jsonnet/libjsonnet.a src/gotmpl/libgotmpl.a src/graph/libgraph.a \
	src/lang/liblang.a src/data/libdata.a src/ext/libext.a src/text/libtext.a src/base/libbase.a
src_raibid_run_LDADD = $(ALL_LIBS) $(YAML_LIBS)
