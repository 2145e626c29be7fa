/*
 * yaml_write.h: values to YAML, byte for byte as the Go libraries print it: goldens depend on every quote and every fold.
 *
 * Four dialects are in use: Helm's toYaml, its toYamlPretty, Tanka's show and export, and its manifestYamlFromJson.
 */
#ifndef DATA_YAML_WRITE_H
#define DATA_YAML_WRITE_H

#include "data/json.h"

enum yaml_dialect {
	/*
	 * sigs.k8s.io/yaml's Marshal, which is JSON read as YAML and written by yaml.v2 without folding: Helm's toYaml, and manifests. Whole
	 * floats print as integers up to 1e21. Ends in a newline, which toYaml cuts off.
	 */
	YAML_OUT_SIGS,
	YAML_OUT_V2,        /* gopkg.in/yaml.v2: folds at column 80, floats are %g; Tanka's show and export */
	YAML_OUT_V3,        /* yaml.v3 with indent 4, sequences indented: Tanka's manifestYamlFromJson */
	YAML_OUT_PRETTY, /* yaml.v3 with indent 2: Helm's toYamlPretty */
};

struct yaml_write_options {
	enum yaml_dialect dialect;
	value_plain_fn *plain; /* as in json.h */
	void *plain_ctx;
};

/*
 * Adds `v` as one document without `---`, with a newline at the end. Errors: ERR_SYNTAX where Go's library fails (under YAML_OUT_SIGS e.g.
 * "json: unsupported value: NaN"); ERR_LIMIT for nesting beyond JSON_MAX_DEPTH. On failure `out` is as before.
 */
MUST_CHECK bool yaml_write(struct value v, const struct yaml_write_options *options, struct buf *out, struct err *err);

#endif
