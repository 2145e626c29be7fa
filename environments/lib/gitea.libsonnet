// Git server and OCI registry, with its own PostgreSQL. The passwords are those of a developer's machine; other environments set their own.
local chart = import 'chart.libsonnet';

{
  // Values of every instance; the argument `values` is laid over them. securityContext is the container's: fsGroup is a field of the
  // pod's (podSecurityContext, 1000 by default), an API server refuses it here.
  defaults:: {
    image: {
      repository: 'gitea/gitea',
      tag: '1.21.0',
      pullPolicy: 'IfNotPresent',
    },
    replicaCount: 1,
    strategy: { type: 'Recreate' },
    service: {
      http: { type: 'NodePort', port: 3000, nodePort: 30080 },
      ssh: { type: 'NodePort', port: 22, nodePort: 30022 },
    },
    ingress: { enabled: false },
    persistence: {
      enabled: true,
      size: '10Gi',
      storageClass: 'local-path',
      accessModes: ['ReadWriteOnce'],
    },
    postgresql: {
      enabled: true,
      image: {
        registry: 'docker.io',
        repository: 'bitnami/postgresql',
        tag: 'latest',
      },
      auth: {
        username: 'gitea',
        password: 'gitea',
        postgresPassword: 'gitea',
        database: 'gitea',
      },
      persistence: { size: '5Gi', storageClass: 'local-path' },
    },
    'postgresql-ha': { enabled: false },
    'redis-cluster': { enabled: false },
    gitea: {
      admin: { username: 'raibid-admin', email: 'admin@raibid.local' },
      config: {
        APP_NAME: 'Raibid CI Git Server',
        RUN_MODE: 'prod',
        server: {
          DOMAIN: 'localhost',
          ROOT_URL: 'http://localhost:30080/',
          HTTP_PORT: 3000,
          PROTOCOL: 'http',
          SSH_PORT: 22,
          SSH_LISTEN_PORT: 22,
          DISABLE_SSH: false,
          START_SSH_SERVER: true,
          LFS_START_SERVER: true,
        },
        database: {
          DB_TYPE: 'postgres',
          HOST: 'gitea-postgresql:5432',
          NAME: 'gitea',
          USER: 'gitea',
          PASSWD: 'gitea',
        },
        cache: { ADAPTER: 'redis', HOST: 'redis://redis-master:6379/0' },
        session: { PROVIDER: 'memory' },
        webhook: { ALLOWED_HOST_LIST: '*', SKIP_TLS_VERIFY: true },
        actions: { ENABLED: true },
        packages: { ENABLED: true },
        'packages.container': { ENABLED: true },
      },
    },
    resources: {
      requests: { cpu: '200m', memory: '512Mi' },
      limits: { cpu: '1000m', memory: '2Gi' },
    },
    securityContext: { runAsUser: 1000, runAsGroup: 1000 },
  },

  // The release's objects.
  new(namespace, name='gitea', values={})::
    chart.template('gitea', name, namespace, std.mergePatch($.defaults, values)),

  // HOST:PORT of its HTTP service, which is the registry's, too.
  address(namespace, name='gitea'):: '%s-http.%s.svc.cluster.local:3000' % [name, namespace],
}
