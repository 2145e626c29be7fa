// The job queue: one Redis with Streams, persistent, without a password inside the cluster.
local chart = import 'chart.libsonnet';

{
  // Values of every instance; the argument `values` is laid over them.
  defaults:: {
    architecture: 'standalone',
    auth: { enabled: false },
    image: {
      registry: 'docker.io',
      repository: 'bitnami/redis',
      tag: 'latest',
    },
    commonConfiguration: |||-
      # Persistence
      appendonly yes
      appendfsync everysec

      # Memory management
      maxmemory 450mb
      maxmemory-policy allkeys-lru

      # Streams
      stream-node-max-entries 100

      # Logging
      loglevel notice
    |||,
    master: {
      persistence: {
        enabled: true,
        size: '8Gi',
        storageClass: 'local-path',
        accessModes: ['ReadWriteOnce'],
      },
      resources: {
        requests: { cpu: '100m', memory: '256Mi' },
        limits: { cpu: '500m', memory: '512Mi' },
      },
      podSecurityContext: { enabled: true, fsGroup: 1001, runAsUser: 1001 },
      livenessProbe: {
        enabled: true,
        initialDelaySeconds: 20,
        periodSeconds: 10,
        timeoutSeconds: 5,
        successThreshold: 1,
        failureThreshold: 5,
      },
      readinessProbe: {
        enabled: true,
        initialDelaySeconds: 20,
        periodSeconds: 10,
        timeoutSeconds: 5,
        successThreshold: 1,
        failureThreshold: 5,
      },
    },
    metrics: {
      enabled: true,
      image: {
        registry: 'docker.io',
        repository: 'bitnami/redis-exporter',
        tag: 'latest',
      },
      serviceMonitor: { enabled: false },
    },
    networkPolicy: { enabled: false },
  },

  // The release's objects.
  new(namespace, name='redis', values={})::
    chart.template('redis', name, namespace, std.mergePatch($.defaults, values)),

  // Where clients find it.
  host(namespace, name='redis'):: '%s-master.%s.svc.cluster.local' % [name, namespace],
  port:: 6379,
}
