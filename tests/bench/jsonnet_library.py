#!/usr/bin/env python3
"""Writes a jsonnet library as those generated from the Kubernetes API: nested objects of functions with their documentation, and a program that uses it.

    jsonnet_library.py FOLDER [LINES]     FOLDER/library.libsonnet with about LINES lines (50000), FOLDER/use.jsonnet
"""
import os
import sys

GROUPS = ["core", "apps", "batch", "networking", "policy", "rbac", "storage", "autoscaling"]
PARTS = ["metadata", "spec", "status", "template", "selector", "strategy", "rules", "security", "affinity", "resources"]
FIELDS = ["annotations", "labels", "name", "namespace", "replicas", "ports", "volumes", "env", "args", "command", "image", "timeout", "policy", "limits"]
PER_FIELD = 7


def field(out, indent, path, name):
    pad = " " * indent
    title = name[0].upper() + name[1:]
    inner = name + ": " + name
    mixin = name + "+: if std.isArray(v=" + name + ") then " + name + " else " + name
    for part in reversed(path):
        inner, mixin = part + "+: { " + inner + " }", part + "+: { " + mixin + " }"
    out.append("%s'#with%s':: d.fn(help='\"%s of %s, as the API describes it: a value, a list or a map.\"', args=[d.arg(name='%s', type=d.T.any)])," % (
        pad, title, title, "/".join(path), name))
    out.append("%swith%s(%s): { %s }," % (pad, title, name, inner))
    out.append("%s'#with%sMixin':: d.fn(help='\"The same, added to what is there.\"', args=[d.arg(name='%s', type=d.T.any)])," % (pad, title, name))
    out.append("%swith%sMixin(%s): { %s }," % (pad, title, name, mixin))
    out.append("%s// %s: a value that may be absent" % (pad, name))
    out.append("%sclear%s():: { %s }," % (pad, title, inner.replace(name + ": " + name, name + ":: null")))
    out.append("")


def kind(out, group, number):
    out.append("    kind%d: {" % number)
    out.append("      '#new':: d.fn(help='new returns an instance of Kind%d', args=[d.arg(name='name', type=d.T.string)])," % number)
    out.append("      new(name): {")
    out.append("        apiVersion: '%s/v1'," % group)
    out.append("        kind: 'Kind%d'," % number)
    out.append("      } + self.metadata.withName(name=name),")
    for part in PARTS:
        out.append("      '#%s':: d.obj(help='%s of the kind')," % (part, part))
        out.append("      %s: {" % part)
        for name in FIELDS:
            field(out, 8, [part], name)
        out.append("        nested: {")
        for name in FIELDS[:4]:
            field(out, 10, [part, "nested"], name)
        out.append("        },")
        out.append("      },")
    out.append("      mixin: self,")
    out.append("    },")


def library(lines):
    out = ["{"]
    out += ["  local d = {", "    fn(help, args=[]):: { 'function': { help: help, args: args } },", "    obj(help, fields={}):: { object: { help: help, fields: fields } },",
            "    arg(name, type, default=null):: { name: name, type: type, default: default },", "    T:: { string: 'string', any: 'any', object: 'object' },", "  },"]
    probe = []
    kind(probe, "core", 0)
    each = -(-(lines - len(out)) // (len(probe) * len(GROUPS)))
    for group in GROUPS:
        out.append("  %s: {" % group)
        for number in range(each):
            kind(out, group, number)
        out.append("  },")
    out.append("}")
    return "\n".join(out) + "\n"


USE = """local k = import 'library.libsonnet';
local made(i) =
  k.apps.kind0.new('app-%d' % i)
  + k.apps.kind0.metadata.withLabels({ app: 'app-%d' % i })
  + k.apps.kind0.metadata.withLabelsMixin({ tier: 'backend' })
  + k.apps.kind0.spec.withReplicas(i)
  + k.apps.kind0.spec.nested.withAnnotations({ a: 'b' })
  + k.core.kind0.template.withImage('image:%d' % i)
  + k.core.kind0.template.clearArgs();
{ ['app-%d' % i]: made(i) for i in std.range(1, 20) }
"""


def main():
    folder, lines = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50000
    os.makedirs(folder, exist_ok=True)
    for name, text in (("library.libsonnet", library(lines)), ("use.jsonnet", USE)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)


main()
