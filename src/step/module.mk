noinst_LIBRARIES += %D%/libstep.a
%C%_libstep_a_SOURCES = \
	%D%/apply.c \
	%D%/bundle.c %D%/bundle.h %D%/bundle_read.c \
	%D%/cache.c %D%/cache.h \
	%D%/chart_share.c %D%/chart_share.h \
	%D%/chart_values.c %D%/chart_values.h \
	%D%/deps.c \
	%D%/deploy.c %D%/deploy.h \
	%D%/diff.c \
	%D%/environment.c %D%/environment.h \
	%D%/graph.c \
	%D%/help.c \
	%D%/jsonnet.c %D%/jsonnet.h \
	%D%/kept.c %D%/kept.h \
	%D%/image_scan.c %D%/image_scan.h \
	%D%/jsonnet_host.c %D%/jsonnet_host.h \
	%D%/images.c %D%/images.h %D%/images_def.c \
	%D%/lint.c \
	%D%/manifests.c %D%/manifests.h \
	%D%/objects.c %D%/objects.h \
	%D%/options.c %D%/options.h \
	%D%/release.c %D%/release.h \
	%D%/render.c %D%/render_jsonnet.c %D%/render_jsonnet.h \
	%D%/rendered.c %D%/rendered.h \
	%D%/origin.c %D%/origin.h \
	%D%/pins.c \
	%D%/pflags.c %D%/pflags.h \
	%D%/session.c %D%/session.h \
	%D%/status.c \
	%D%/step.h \
	%D%/table.c \
	%D%/tanka_host.c %D%/tanka_host.h \
	%D%/template.c %D%/template.h %D%/template_cluster.c %D%/template_cluster.h %D%/template_host.c %D%/template_host.h \
	%D%/tk.c %D%/tk.h %D%/tk_env.c %D%/tk_export.c %D%/tk_many.c %D%/tk_many.h \
	%D%/tk_show.c %D%/tk_step.c %D%/tk_step.h \
	%D%/validate.c \
	%D%/values.c \
	%D%/vendor.c %D%/vendor.h %D%/vendor_diff.c \
	%D%/program_chart.c %D%/program_chart.h \
	%D%/why.c %D%/why_field.c %D%/why_field.h %D%/why_program.c %D%/why_search.h
