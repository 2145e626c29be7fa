// raibid-ci on a developer's k3s: the four charts, then the API server and the agents. Namespace and labels of all objects are in spec.json;
// the images of server and agent are described in images.yaml.
local agent = import '../lib/agent.libsonnet';
local flux = import '../lib/flux.libsonnet';
local gitea = import '../lib/gitea.libsonnet';
local k = import '../lib/k.libsonnet';
local keda = import '../lib/keda.libsonnet';
local redis = import '../lib/redis.libsonnet';
local secrets = import '../lib/secrets.libsonnet';
local server = import '../lib/server.libsonnet';
local tk = import 'tk';

local namespace = tk.env.spec.namespace;

{
  namespace: k.namespace(namespace),

  redis: redis.new(namespace),
  gitea: gitea.new(namespace),
  keda: keda.new(namespace),
  flux: flux.new(namespace),

  config: secrets.config(namespace),
  secrets: [secrets.redis(), secrets.gitea()],
  server: server.new(),
  agent: agent.new(namespace),

  // Flux follows the infrastructure repository in Gitea.
  gitops: flux.follow(
    namespace,
    'raibid-infrastructure',
    'http://%s/raibid-admin/infrastructure.git' % gitea.address(namespace),
    secrets.names.gitea,
  ),
}
