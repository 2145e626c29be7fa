// As kube-prometheus is built: components with defaults, mixed with add-ons that reach deep into them.
local k = {
  container:: { new(name, image): { name: name, image: image }, withPorts(p): { ports+: p }, withEnv(e): { env+: e }, withResources(r): { resources+: r } },
  deployment:: { new(name, replicas, containers): { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: name, labels: { 'app.kubernetes.io/name': name } },
    spec: { replicas: replicas, selector: { matchLabels: $.labels(name) }, template: { metadata: { labels: $.labels(name) }, spec: { containers: containers } } } },
    labels:: {} },
  labels(name):: { app: name, version: 'v1' },
  service(name, port):: { apiVersion: 'v1', kind: 'Service', metadata: { name: name, labels+: { app: name } }, spec: { selector: { app: name }, ports: [{ port: port, name: 'http' }] } },
};
local defaults = {
  local d = self,
  name:: error 'name', namespace:: 'default', replicas:: 1, image:: error 'image',
  port:: 8080,
  commonLabels:: { 'app.kubernetes.io/name': d.name, 'app.kubernetes.io/part-of': 'stack', 'app.kubernetes.io/version': d.version },
  version:: '1.0.0',
  selectorLabels:: { [l]: d.commonLabels[l] for l in std.objectFields(d.commonLabels) if l != 'app.kubernetes.io/version' },
};
local component(params) = {
  local c = self,
  _config:: defaults + params,
  assert std.isObject(c._config),
  _metadata:: { name: c._config.name, namespace: c._config.namespace, labels: c._config.commonLabels },
  deployment: {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: c._metadata,
    spec: { replicas: c._config.replicas, selector: { matchLabels: c._config.selectorLabels },
      template: { metadata: { labels: c._config.commonLabels, annotations: { 'kubectl.kubernetes.io/default-container': c._config.name } },
        spec: { containers: [k.container.new(c._config.name, c._config.image) + k.container.withPorts([{ containerPort: c._config.port, name: 'http' }])
          + k.container.withEnv([{ name: 'E%d' % i, value: std.toString(i) } for i in std.range(1, 5)])
          + k.container.withResources({ limits: { cpu: '1', memory: '1Gi' } })] } } },
  },
  service: k.service(c._config.name, c._config.port) { metadata+: c._metadata },
  serviceMonitor: { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: c._metadata, spec: { selector: { matchLabels: c._config.selectorLabels }, endpoints: [{ port: 'http', interval: '30s' }] } },
  prometheusRule: { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: c._metadata, spec: { groups: [{ name: 'g%d' % g, rules: [{ alert: 'A%d' % r, expr: 'up{job="%s"} == %d' % [c._config.name, r], labels: { severity: if r % 2 == 0 then 'warning' else 'critical' } } for r in std.range(1, 10)] } for g in std.range(1, 3)] } },
};
local withAddon(n) = { deployment+: { spec+: { template+: { spec+: { containers+: [{ name: 'addon-%d' % n, image: 'addon:%d' % n }], volumes+: [{ name: 'v%d' % n, emptyDir: {} }] } } } } };
local stack = {
  components:: { ['c%03d' % i]: component({ name: 'c%03d' % i, image: 'img:%d' % i, replicas: i % 5 + 1, namespace: 'ns%d' % (i % 3) }) + withAddon(1) + withAddon(2) + withAddon(3)
     + { service+: { spec+: { type: 'ClusterIP' } } } for i in std.range(1, 400) },
};
{ [c + '-' + f]: stack.components[c][f] for c in std.objectFields(stack.components) for f in std.objectFields(stack.components[c]) }
