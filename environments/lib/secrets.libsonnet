// What the server and the agents share: where the rest is, and credentials. The secrets are placeholders of a developer's machine: fill
// them with `kubectl create secret`, or by arguments in an environment of your own.
local gitea = import 'gitea.libsonnet';
local k = import 'k.libsonnet';
local redis = import 'redis.libsonnet';

{
  // Names by which server.libsonnet and agent.libsonnet refer to these objects.
  names:: { config: 'raibid-config', redis: 'raibid-redis-auth', gitea: 'raibid-gitea-auth' },
  stream:: 'raibid:jobs',
  group:: 'raibid-workers',

  // Variables of both programs: the addresses of queue, git server and registry.
  config(namespace):: k.configMap($.names.config, {
    REDIS_HOST: redis.host(namespace),
    REDIS_PORT: std.toString(redis.port),
    QUEUE_STREAM: $.stream,
    QUEUE_GROUP: $.group,
    GITEA_URL: 'http://' + gitea.address(namespace),
    REGISTRY_URL: gitea.address(namespace),
  }, k.labels('raibid')),

  redis(password=''):: k.secret($.names.redis, { password: password }, k.labels('raibid')),
  gitea(username='raibid-admin', token=''):: k.secret($.names.gitea, { username: username, token: token }, k.labels('raibid')),

  // The variables that both containers take from the secrets.
  env:: [
    k.container.envFromSecret('REDIS_PASSWORD', $.names.redis, 'password', optional=true),
    k.container.envFromSecret('GITEA_TOKEN', $.names.gitea, 'token'),
  ],
}
