// Scales the agents: operator, metrics server and admission webhooks.
local chart = import 'chart.libsonnet';

{
  // Values of every instance; the argument `values` is laid over them.
  defaults:: {
    operator: { name: 'keda-operator', replicaCount: 1 },
    metricsServer: { replicaCount: 1 },
    webhooks: { enabled: true, port: 9443 },
    serviceAccount: { create: true, name: 'keda-operator' },
    podSecurityContext: { fsGroup: 1000, runAsNonRoot: true },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: {
        drop: ['ALL'],
      },
    },
    resources: {
      operator: {
        requests: { cpu: '100m', memory: '128Mi' },
        limits: { cpu: '200m', memory: '256Mi' },
      },
      metricServer: {
        requests: { cpu: '100m', memory: '128Mi' },
        limits: { cpu: '200m', memory: '256Mi' },
      },
    },
  },

  // The release's objects.
  new(namespace, name='keda', values={})::
    chart.template('keda', name, namespace, std.mergePatch($.defaults, values)),
}
