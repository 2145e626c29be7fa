// Small helpers for Kubernetes objects: what all of our own objects have in common, said once.
{
  // An object with a name and labels; add the rest with `+`.
  //   k.object('v1', 'ConfigMap', 'x', k.labels('x')) + { data: { a: '1' } }
  object(apiVersion, kind, name, labels={}):: {
    apiVersion: apiVersion,
    kind: kind,
    metadata: { name: name, labels: labels },
  },

  // The labels of a program's objects; component is left out where it is null.
  labels(name, component=null):: {
    'app.kubernetes.io/name': name,
    [if component != null then 'app.kubernetes.io/component']: component,
  },

  namespace(name):: $.object('v1', 'Namespace', name, $.labels(name)),

  configMap(name, data, labels={}):: $.object('v1', 'ConfigMap', name, labels) + { data: data },

  // `stringData` is what a person would write; the API server encodes it.
  secret(name, stringData, labels={}):: $.object('v1', 'Secret', name, labels) + {
    type: 'Opaque',
    stringData: stringData,
  },

  serviceAccount(name, labels={}):: $.object('v1', 'ServiceAccount', name, labels),

  // A service inside the cluster that gives one named port of the pods with label app.kubernetes.io/name.
  service(name, port, labels={}):: $.object('v1', 'Service', name, labels) + {
    spec: {
      type: 'ClusterIP',
      selector: $.labels(name),
      ports: [{ name: 'http', port: port, targetPort: 'http', protocol: 'TCP' }],
    },
  },

  container:: {
    // All keys of a config map as variables.
    envFromConfigMap(name):: { configMapRef: { name: name } },

    // One key of a secret as a variable; `optional` says that the secret may be absent.
    envFromSecret(variable, secret, key, optional=false):: {
      name: variable,
      valueFrom: {
        secretKeyRef: { name: secret, key: key, [if optional then 'optional']: true },
      },
    },

    resources(cpu, memory, cpuLimit, memoryLimit):: {
      requests: { cpu: cpu, memory: memory },
      limits: { cpu: cpuLimit, memory: memoryLimit },
    },

    // GET of a path on the named port `http`.
    httpProbe(path, delay, period, timeout):: {
      httpGet: { path: path, port: 'http' },
      initialDelaySeconds: delay,
      periodSeconds: period,
      timeoutSeconds: timeout,
      failureThreshold: 3,
    },

    // No rights beyond those of the user it runs as.
    restricted:: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  },

  pod:: {
    // Nothing runs as root; files of volumes belong to the group.
    unprivileged(user=1000):: { runAsNonRoot: true, runAsUser: user, fsGroup: user },
  },
}
