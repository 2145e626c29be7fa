// GitOps: the controllers that follow the repositories in Gitea.
local chart = import 'chart.libsonnet';
local k = import 'k.libsonnet';

{
  // Values of every instance; the argument `values` is laid over them.
  defaults:: {
    sourceController: { create: true },
    kustomizeController: { create: true },
    helmController: { create: true },
    notificationController: { create: false },
    imageAutomationController: { create: false },
    imageReflectionController: { create: false },
    policies: { create: false },
    rbac: { create: true },
  },

  // The release's objects. Its one hook asks the flux CLI, in an image of its own, whether the cluster will do: left out.
  new(namespace, name='flux', values={})::
    chart.template('flux2', name, namespace, std.mergePatch($.defaults, values), { noHooks: true }),

  // Follows `branch` of the repository at `url` and applies what is in it, with the credentials of `secret`.
  follow(namespace, name, url, secret, branch='main'):: {
    local labels = k.labels(name),

    repository: k.object('source.toolkit.fluxcd.io/v1', 'GitRepository', name, labels) + {
      spec: {
        interval: '1m',
        timeout: '60s',
        url: url,
        ref: { branch: branch },
        secretRef: { name: secret },
      },
    },

    kustomization: k.object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', name, labels) + {
      spec: {
        interval: '10m',
        path: './',
        prune: true,
        targetNamespace: namespace,
        sourceRef: { kind: 'GitRepository', name: name },
      },
    },
  },
}
