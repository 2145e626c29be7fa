/* The steps that tasks files can name, in the order of a deployment. */
#include "step/step.h"

const struct step_def *const step_table[] = {
	&step_vendor,
	&step_render,
	&step_validate,
	&step_images,
	&step_diff,
	&step_apply,
	&step_template,
	&step_show,
	&step_eval,
	&step_export,
	&step_env_command,
	&step_lint,
	&step_values,
	&step_deps,
	&step_jsonnet,
	&step_pins,
	&step_bundle,
	&step_status,
	&step_cache,
	&step_graph,
	&step_why,
	&step_help,
	NULL,
};
