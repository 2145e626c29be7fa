// The API server.
local k = import 'k.libsonnet';
local secrets = import 'secrets.libsonnet';

{
  // Service account, settings, deployment and service.
  new(name='raibid-server', image='raibid-server:latest', replicas=1, log='info'):: {
    local labels = k.labels(name, 'api-server'),
    local port = 8080,

    serviceAccount: k.serviceAccount(name, labels),

    config: k.configMap(name, {
      RAIBID_HOST: '0.0.0.0',
      RAIBID_PORT: std.toString(port),
      RAIBID_LOG: log,
    }, labels),

    deployment: k.object('apps/v1', 'Deployment', name, labels) + {
      spec: {
        replicas: replicas,
        selector: { matchLabels: k.labels(name) },
        template: {
          metadata: { labels: labels },
          spec: {
            serviceAccountName: name,
            securityContext: k.pod.unprivileged(),
            containers: [{
              name: 'server',
              image: image,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
              envFrom: [
                k.container.envFromConfigMap(secrets.names.config),
                k.container.envFromConfigMap(name),
              ],
              env: secrets.env,
              livenessProbe: k.container.httpProbe('/health', delay=30, period=10, timeout=5),
              readinessProbe: k.container.httpProbe('/health', delay=10, period=5, timeout=3),
              resources: k.container.resources('500m', '512Mi', '1000m', '1Gi'),
              securityContext: k.container.restricted + { readOnlyRootFilesystem: true },
            }],
          },
        },
      },
    },

    service: k.service(name, port, labels),
  },
}
