# Libraries that the tests of a folder link: the folder's own and those below it.
BASE_LIBS = src/base/libbase.a
TEXT_LIBS = src/text/libtext.a $(BASE_LIBS)
EXT_LIBS = src/ext/libext.a $(BASE_LIBS)
DATA_LIBS = src/data/libdata.a $(TEXT_LIBS) $(YAML_LIBS)
LANG_LIBS = src/lang/liblang.a $(TEXT_LIBS)
GRAPH_LIBS = src/graph/libgraph.a $(BASE_LIBS)
GOTMPL_LIBS = src/gotmpl/libgotmpl.a src/data/libdata.a $(TEXT_LIBS) $(YAML_LIBS)
JSONNET_LIBS = src/jsonnet/libjsonnet.a src/data/libdata.a src/ext/libext.a $(TEXT_LIBS) $(YAML_LIBS)
VALIDATE_LIBS = src/validate/libvalidate.a src/data/libdata.a $(TEXT_LIBS) $(YAML_LIBS)
STORE_LIBS = src/store/libstore.a $(EXT_LIBS)
CHART_LIBS = src/chart/libchart.a src/data/libdata.a src/ext/libext.a $(TEXT_LIBS) $(YAML_LIBS)
OCI_LIBS = src/oci/liboci.a src/store/libstore.a src/data/libdata.a src/text/libtext.a $(EXT_LIBS) $(YAML_LIBS)
KUBE_LIBS = src/kube/libkube.a src/data/libdata.a src/text/libtext.a $(EXT_LIBS) $(YAML_LIBS)
PKG_LIBS = src/pkg/libpkg.a src/oci/liboci.a src/chart/libchart.a src/store/libstore.a src/data/libdata.a src/ext/libext.a \
	$(TEXT_LIBS) $(YAML_LIBS)
HELM_LIBS = src/helm/libhelm.a src/chart/libchart.a src/validate/libvalidate.a src/gotmpl/libgotmpl.a src/data/libdata.a \
	src/ext/libext.a $(TEXT_LIBS) $(YAML_LIBS)
TRACE_LIBS = src/trace/libtrace.a $(BASE_LIBS)
RUN_LIBS = src/run/librun.a src/trace/libtrace.a src/store/libstore.a src/graph/libgraph.a src/lang/liblang.a src/ext/libext.a $(TEXT_LIBS)

UNIT_TESTS =
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit $(CMOCKA_CFLAGS)
EXTRA_DIST += %D%/unit.h %D%/golden.h %D%/random_change.h %D%/http_server.h tests/tools/http_server.py

include tests/unit/base/module.mk
include tests/unit/text/module.mk
include tests/unit/ext/module.mk
include tests/unit/data/module.mk
include tests/unit/lang/module.mk
include tests/unit/graph/module.mk
include tests/unit/gotmpl/module.mk
include tests/unit/jsonnet/module.mk
include tests/unit/validate/module.mk
include tests/unit/store/module.mk
include tests/unit/chart/module.mk
include tests/unit/oci/module.mk
include tests/unit/kube/module.mk
include tests/unit/pkg/module.mk
include tests/unit/helm/module.mk
include tests/unit/tanka/module.mk
include tests/unit/trace/module.mk
include tests/unit/run/module.mk
include tests/unit/cli/module.mk

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
