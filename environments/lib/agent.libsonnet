// The build agents: Jobs that KEDA starts from the length of the queue, none when it is empty.
local k = import 'k.libsonnet';
local redis = import 'redis.libsonnet';
local secrets = import 'secrets.libsonnet';

{
  // Service account, settings, and what scales the jobs from 0 to `max`.
  new(namespace, name='raibid-agent', image='raibid-agent:latest', max=10, log='info'):: {
    local labels = k.labels(name, 'build-agent'),
    local trigger = 'raibid-redis',

    serviceAccount: k.serviceAccount(name, labels),

    config: k.configMap(name, { RAIBID_LOG: log, RAIBID_WORKSPACE: '/workspace' }, labels),

    // KEDA asks the queue with the same password as the agents.
    trigger: k.object('keda.sh/v1alpha1', 'TriggerAuthentication', trigger, labels) + {
      spec: {
        secretTargetRef: [{ parameter: 'password', name: secrets.names.redis, key: 'password' }],
      },
    },

    scaledJob: k.object('keda.sh/v1alpha1', 'ScaledJob', name, labels) + {
      spec: {
        pollingInterval: 10,
        minReplicaCount: 0,
        maxReplicaCount: max,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        scalingStrategy: { strategy: 'default' },
        triggers: [{
          type: 'redis-streams',
          metadata: {
            address: '%s:%d' % [redis.host(namespace), redis.port],
            stream: secrets.stream,
            consumerGroup: secrets.group,
            lagCount: '5',
          },
          authenticationRef: { name: trigger },
        }],
        jobTargetRef: {
          backoffLimit: 2,
          ttlSecondsAfterFinished: 300,
          activeDeadlineSeconds: 3600,
          // No metadata here: KEDA's definition of a ScaledJob keeps none of it, and KEDA labels the pods itself.
          template: {
            spec: {
              serviceAccountName: name,
              restartPolicy: 'Never',
              terminationGracePeriodSeconds: 60,
              securityContext: k.pod.unprivileged(),
              containers: [{
                name: 'agent',
                image: image,
                imagePullPolicy: 'IfNotPresent',
                envFrom: [
                  k.container.envFromConfigMap(secrets.names.config),
                  k.container.envFromConfigMap(name),
                ],
                env: secrets.env,
                resources: k.container.resources('1000m', '2Gi', '2000m', '4Gi'),
                securityContext: k.container.restricted,
                volumeMounts: [{ name: 'workspace', mountPath: '/workspace' }],
              }],
              volumes: [{ name: 'workspace', emptyDir: { sizeLimit: '10Gi' } }],
            },
          },
        },
      },
    },
  },
}
