#!/usr/bin/env python3
"""Seeded random trees of charts, rendered by helm and by us: charts.py SEED COUNT FOLDER HELM OURS…

Dependencies with aliases, conditions, tags and imports, globals, nulls, hooks and all kinds of --set: where the rules of values meet. Output and status must be
equal; lines of standard error too, in any order, since helm visits maps in none. A tree that helm itself renders in two ways is left out, and
counted. Trees that differ stay in FOLDER."""
import json
import os
import random
import shutil
import subprocess
import sys

KEYS = "abcdeg"
SCALARS = [None, True, False, 0, 1, -5, 1.5, 1e20, 123456789012, "x", "", "yes", "1", "a b", "null", None, None, "{{ .Values.a }}"]


def value(r, depth=0):
    kind = r.random()
    if depth < 3 and kind < 0.35:
        return {r.choice(KEYS): value(r, depth + 1) for _ in range(r.randint(0, 4))}
    if kind < 0.45:
        return [value(r, depth + 1) for _ in range(r.randint(0, 3))] if depth < 3 else []
    return r.choice(SCALARS)


def write(path, data):
    with open(path, "w") as f:
        f.write(data if isinstance(data, str) else json.dumps(data))


def dependency(r, name, version):
    d = {"name": name, "version": r.choice([version, version, ">=0.0.0-0"])}
    if r.random() < 0.3:
        d["alias"] = r.choice(["al", "be", name + "x"])
    if r.random() < 0.4:
        d["condition"] = r.choice([name + ".enabled", "global.on", "a.b", name + ".enabled,global.on", d.get("alias", name) + ".enabled"])
    if r.random() < 0.3:
        d["tags"] = r.choice([["t1"], ["t1", "t2"], ["a"]])
    if r.random() < 0.4:
        imports = ["data", "x", "nope", {"child": "a", "parent": "imp"}, {"child": "exports.data", "parent": "."},
                   {"child": "g", "parent": "a.b"}, {"child": "nope", "parent": "b"}]
        d["import-values"] = [r.choice(imports) for _ in range(r.randint(1, 2))]
    return d


def template(r, name):
    lines = ["kind: ConfigMap", "apiVersion: v1", "metadata: {name: %s}" % name, "data:", "  v: {{ toJson .Values | quote }}",
             "  c: {{ toJson .Chart | quote }}", "  n: {{ .Template.Name }}/{{ .Template.BasePath }}",
             "  g: {{ .Values.global | toJson | quote }}", '  sub: {{ keys .Subcharts | sortAlpha | join "," | quote }}']
    for chance, line in ((0.2, "  x: {{ .Values.a.b.c }}"), (0.2, '  y: {{ include "h" . }}'),
                         (0.3, '  z: {{ .Values.a | default "dd" | quote }}{{ with .Values.b }}{{ . }}{{ end }}')):
        if r.random() < chance:
            lines.append(line)
    if r.random() < 0.1:
        lines += ["---", "kind: Job", 'metadata: {name: h, annotations: {"helm.sh/hook": "%s", "helm.sh/hook-weight": "%s"}}'
                  % (r.choice(["pre-install", "post-install,test", "test", "bogus"]), r.choice(["1", "-5", "x"]))]
    return "\n".join(lines) + "\n"


def subcharts(r, path, depth, meta, values):
    deps = []
    for i in range(r.choice([0, 0, 1, 2, 3]) if depth else r.randint(0, 3)):
        name = "s%d%d" % (depth, i)
        sub = chart(r, "%s/charts/%s" % (path, name), name, depth + 1)
        d = dependency(r, name, sub["version"])
        if r.random() < 0.95:
            deps.append(d)
        if r.random() < 0.15:
            deps.append(dict(d, alias="twin" + name))
        if r.random() < 0.5:
            values[d.get("alias", name)] = r.choice([
                {r.choice("abc"): value(r, 1), "enabled": r.choice([True, False, "true", None])}, {"enabled": True},
                {"global": {"a": value(r, 2)}}, None, {}])
    if deps and meta["apiVersion"] == "v1" and r.random() < 0.8:
        write(path + "/requirements.yaml", {"dependencies": deps})
    elif deps:
        meta["dependencies"] = deps


def chart(r, path, name, depth=0):
    os.makedirs(path + "/templates")
    meta = {"apiVersion": r.choice(["v2", "v2", "v2", "v1"]), "name": name, "version": r.choice(["1.0.0", "0.1.2", "2.0.0-rc.1"])}
    if r.random() < 0.1:
        meta["type"] = r.choice(["application", "library"])
    if r.random() < 0.2:
        meta["appVersion"] = r.choice(["1.2", "v3"])
    if r.random() < 0.1:
        meta["kubeVersion"] = r.choice([">=1.20.0", ">=1.20.0-0", "<1.30.0", ">1.0 || <2"])
    values = {r.choice(KEYS): value(r) for _ in range(r.randint(0, 5))}
    if r.random() < 0.4:
        values["global"] = r.choice([None, {}, {r.choice("abc"): value(r, 1) for _ in range(2)}, {"a": {"b": value(r, 2)}}])
    if r.random() < 0.3:
        values["exports"] = {r.choice(["data", "x"]): {r.choice("abc"): value(r, 2)}}
    if depth < 2:
        subcharts(r, path, depth, meta, values)
    if r.random() < 0.3:
        values["tags"] = {"t1": r.choice([True, False]), "t2": r.choice([True, False, "x"])}
    write(path + "/Chart.yaml", meta)
    if r.random() < 0.9:
        write(path + "/values.yaml", values)
    write(path + "/templates/a.yaml", template(r, name))
    write(path + "/templates/_h.tpl", '{{ define "h" }}%s{{ end }}' % name)
    if r.random() < 0.2:
        write(path + "/templates/NOTES.txt", "n {{ .Values.a }}")
    if r.random() < 0.1:
        os.makedirs(path + "/crds")
        write(path + "/crds/c.yaml", "kind: CustomResourceDefinition\nmetadata: {name: c%s}\n" % name)
    return meta


def arguments(r, folder):
    args = []
    for _ in range(r.choice([0, 0, 1, 2])):
        key = r.choice(["a", "a.b", "s00.a", "s00.enabled", "global.a", "global.on", "tags.t1", "al.a", "b[0]", "b[1].x", "s01", "c",
                        "s00.global.a", "d\\.e", "a.b.c.d"])
        text = r.choice(["1", "true", "null", "{a,b}", "", "x y", "false", "1e3", '"q"', "0x1", "a\\,b", "{}", "007"])
        args += [r.choice(["--set", "--set", "--set-string", "--set-json", "--set-literal"]), key + "=" + text]
    if r.random() < 0.4:
        write(folder + "/values.yaml", {k: value(r) for k in r.sample(["a", "b", "s00", "s01", "global", "tags", "al", "c"], r.randint(0, 4))})
        args += ["-f", folder + "/values.yaml"]
    if r.random() < 0.2:
        args.append(r.choice(["--include-crds", "--skip-tests", "--no-hooks", "--is-upgrade", "--render-subchart-notes"]))
    return args


def answer(command, args):
    p = subprocess.run(command + args, capture_output=True)
    return p.returncode, p.stdout, sorted(p.stderr.splitlines())


def main():
    first, count, folder, helm, ours = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], [sys.argv[4], "template"], sys.argv[5:]
    bad = unstable = 0
    for seed in range(first, first + count):
        r, case = random.Random(seed), "%s/%d" % (folder, seed)
        shutil.rmtree(case, ignore_errors=True)
        chart(r, case + "/root", "root")
        args = ["rel", case + "/root"] + arguments(r, case)
        want, got = answer(helm, args), answer(ours, args)
        # Which of several errors comes first may depend on the order of a map: helm is asked again.
        if want != got and want != answer(helm, args):
            unstable += 1
        elif want != got:
            bad += 1
            print("seed %d differs: %s" % (seed, " ".join(args)))
            continue
        shutil.rmtree(case)
    print("%d trees, %d differ, %d left out" % (count, bad, unstable))
    return 1 if bad or not count else 0


sys.exit(main())
