// Helm charts of charts/vendor, rendered by Tanka's native helmTemplate.
local helmTemplate = std.native('helmTemplate');

{
  // .Capabilities.KubeVersion of all charts.
  kubeVersion:: '1.29',

  // The objects of a chart, by kind and name.
  //   chart: its folder in charts/vendor; `raibid-run vendor` brings it there
  //   name, namespace: the release's
  //   values: laid over the chart's own
  //   opts: further options of helmTemplate, e.g. { noHooks: true }
  template(chart, name, namespace, values={}, opts={})::
    helmTemplate(name, '../../charts/vendor/' + chart, {
      calledFrom: std.thisFile,
      namespace: namespace,
      values: values,
      kubeVersion: $.kubeVersion,
      skipTests: true,
    } + opts),
}
