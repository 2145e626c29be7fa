#!/usr/bin/env python3
"""charts.py sum|corpus|umbrella|calls|again ARGS: rows of the bench for Helm that take more than two commands.

sum MISSION WORK     the four charts of the mission, summed: medians of whole processes, from folders and packed, and the largest peak memory
corpus SHARED        every public case once, one after another, ours and helm in turn
umbrella CORPUS WORK one chart with 50, and with 100, of the corpus's charts below it
calls WORK           a chart of many `tpl` calls and `include`s, and of twice as many
again MISSION WORK   the four charts again in one process, with one value changed: what `again` measures
Outputs of both are compared in every run (but in charts whose output is random).
"""
import glob
import json
import os
import shlex
import statistics
import subprocess
import sys
import tarfile
import tempfile

MEASURE, OURS = os.environ['RAIBID_MEASURE'], os.environ['RAIBID_RUN']
RUNS = int(os.environ.get('RUNS', '15'))
HELM, RAIBID = ['helm', 'template'], [OURS, '--step', 'template']
CHANGED = {'redis': 'master.podAnnotations.a=b', 'gitea': 'gitea.config.APP_NAME=x', 'keda': 'resources.operator.limits.cpu=2',
           'flux2': 'helmController.create=false'}


def once(words):
    with tempfile.NamedTemporaryFile() as out, tempfile.TemporaryFile() as err:
        done = subprocess.run([MEASURE, out.name] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
        nanoseconds, kib, status = map(int, done.stdout.split())
        return nanoseconds / 1e6, kib / 1024, status, out.read()


def both(words, runs, compared=True):
    """Medians of milliseconds and MiB of ours and helm, in turn."""
    ours, helm = [], []
    for _ in range(runs):
        ours.append(once(RAIBID + words))
        helm.append(once(HELM + words))
        if compared and (ours[-1][2:] != helm[-1][2:]):
            sys.exit('charts: outputs differ: %s' % shlex.join(words))
    return [(statistics.median(r[0] for r in side), statistics.median(r[1] for r in side)) for side in (ours, helm)]


def row(title, ours, helm):
    print('%-44s ours %8.2f ms %6.1f MiB   peer %8.2f ms %6.1f MiB   %6.1f times faster, %4.2f of its memory'
          % (title, *ours, *helm, helm[0] / ours[0], ours[1] / helm[1]), flush=True)


def case_words(case_dir, chart=None):
    case = json.load(open(case_dir + '/case.json'))
    words = [case.get('name', 'bench'), chart or os.path.normpath(os.path.join(case_dir, case['chart']))]
    words += [w for f in case.get('values', []) for w in ('-f', os.path.join(case_dir, f))]
    for key in ('namespace', 'kube_version'):
        words += ['--' + key.replace('_', '-'), case[key]] if case.get(key) else []
    for key in ('api_versions', 'set', 'set_string', 'show_only'):
        words += [w for v in case.get(key, []) for w in ('--' + key.replace('_', '-'), v)]
    words += ['--' + key.replace('_', '-') for key in ('include_crds', 'skip_tests', 'no_hooks', 'is_upgrade', 'skip_schema_validation') if case.get(key)]
    return case, words


def mission_cases(mission):
    for packed in sorted(glob.glob(mission + '/*.tgz')):
        for name in ('raibid-tanka', 'default-fixedpw', 'sqlite-ingress', 'default'):
            case_dir = packed[:-4] + '/' + name
            if os.path.exists(case_dir + '/case.json') and not json.load(open(case_dir + '/case.json')).get('nondet'):
                yield packed, case_dir
                break


def folder_of(packed, work):
    with tarfile.open(packed) as t:
        t.extractall(work)
    return os.path.join(work, os.path.basename(packed).rsplit('-', 1)[0])


def bench_sum(mission, work):
    for kind in ('folder', 'tgz'):
        totals, memory = [0, 0], [0, 0]
        for packed, case_dir in mission_cases(mission):
            results = both(case_words(case_dir, folder_of(packed, work) if kind == 'folder' else packed)[1], RUNS)
            for i in (0, 1):
                totals[i] += results[i][0]
                memory[i] = max(memory[i], results[i][1])
        row('template, the four charts summed, %s' % kind, (totals[0], memory[0]), (totals[1], memory[1]))


def bench_corpus(shared):
    # All cases, and of them those whose output is random: keys, certificates, password hashes.
    rows = [([0, 0], [0, 0], [0]) for _ in range(2)]
    for case_dir in sorted(os.path.dirname(p) for p in glob.glob(shared + '/helm/*/*/*/case.json')):
        case, words = case_words(case_dir)
        if case.get('rc') or case.get('unstable'):
            continue
        results = both(words, 1, compared=not case.get('nondet'))
        for totals, memory, n in rows if case.get('nondet') else rows[:1]:
            n[0] += 1
            for i in (0, 1):
                totals[i] += results[i][0]
                memory[i] = max(memory[i], results[i][1])
    for what, (totals, memory, n) in zip(('public cases', 'of them with random values'), rows):
        row('template, %d %s' % (n[0], what), (totals[0], memory[0]), (totals[1], memory[1]))


def usable_charts(corpus):
    """Small charts whose defaults render the same each time."""
    found = []
    for packed in sorted(glob.glob(corpus + '/*/chart.tgz'), key=os.path.getsize):
        for case_dir in sorted(glob.glob(os.path.dirname(packed) + '/*/')):
            case, words = case_words(case_dir.rstrip('/'))
            if not (case.get('rc') or case.get('nondet') or case.get('values') or case.get('set') or case.get('set_string')):
                found.append((packed, case.get('kube_version', '')))
                break
    return found


def make_umbrella(charts, n, root):
    os.makedirs(root + '/charts')
    with open(root + '/Chart.yaml', 'w') as f:
        f.write('apiVersion: v2\nname: umbrella\nversion: 1.0.0\n')
    for i in range(n):
        packed = charts[i % len(charts)][0]
        with tarfile.open(packed) as t:
            t.extractall(root + '/charts')
            name = t.getnames()[0].split('/')[0]
        new = root + '/charts/c%d' % i
        os.rename(root + '/charts/' + name, new)
        text = open(new + '/Chart.yaml').read()
        with open(new + '/Chart.yaml', 'w') as f:
            f.writelines('name: c%d\n' % i if line.startswith('name:') else line for line in text.splitlines(keepends=True))


def bench_umbrella(corpus, work):
    # Each alone first: what does not render as a sub-chart of its own name would spoil the whole.
    charts = []
    for packed, kube in usable_charts(corpus):
        if len(charts) == 25:
            break
        root = os.path.join(work, 'one')
        make_umbrella([(packed, kube)], 1, root)
        first, second = once(HELM + ['u', root]), once(HELM + ['u', root])
        if first[2] == 0 and first[3] == second[3]:
            charts.append((packed, kube))
        subprocess.run(['rm', '-rf', root], check=True)
    results = {}
    for n in (50, 100):
        root = os.path.join(work, 'umbrella%d' % n)
        make_umbrella(charts, n, root)
        results[n] = both(['u', root], 5)
        row('template, an umbrella of %d charts' % n, *results[n])
    print('%-44s ours %8.2f    helm %8.2f' % ('  time of 100 to that of 50', *(results[100][i][0] / results[50][i][0] for i in (0, 1))))


def bench_calls(work):
    for what, n, body in (('tpl calls', 1000, '{{ tpl "{{ .Values.a }}-{{ .Release.Name }}" $ }}'), ('includes', 10000, '{{ include "t" $ }}')):
        results = {}
        for k in (1, 2):
            root = os.path.join(work, '%s%d' % (what.split()[0], k))
            os.makedirs(root + '/templates')
            open(root + '/Chart.yaml', 'w').write('apiVersion: v2\nname: calls\nversion: 1.0.0\n')
            open(root + '/values.yaml', 'w').write('a: b\n')
            open(root + '/templates/_t.tpl', 'w').write('{{ define "t" }}{{ .Values.a }}-{{ .Release.Name }}{{ end }}')
            open(root + '/templates/x.yaml', 'w').write('{{ range until %d }}v{{ . }}: %s\n{{ end }}' % (n * k, body))
            results[k] = both(['r', root], 7)
            row('template, %d %s' % (n * k, what), *results[k])
        print('%-44s ours %8.2f    helm %8.2f' % ('  time of twice as many', *(results[2][i][0] / results[1][i][0] for i in (0, 1))))


def bench_again(mission, work):
    for packed, case_dir in mission_cases(mission):
        case = case_words(case_dir)[0]
        chart, values = folder_of(packed, work), os.path.join(work, 'values.yaml')
        name = os.path.basename(chart)
        tree = {}
        for s in case.get('set', []):
            path, text = s.split('=', 1)
            at = tree
            for key in path.split('.')[:-1]:
                at = at.setdefault(key, {})
            at[path.split('.')[-1]] = text
        with open(values, 'w') as f:
            f.write(json.dumps(tree) if tree else ''.join(open(os.path.join(case_dir, v)).read() for v in case.get('values', [])))
        done = subprocess.run([os.path.join(os.path.dirname(MEASURE), 'again'), chart, case.get('name', name), case.get('namespace', 'default'),
                               case.get('kube_version', ''), values, CHANGED[name]], stdout=subprocess.PIPE, text=True, check=True)
        ms, executed, every = done.stdout.split()
        print('%-44s ours %8s ms, %s of %s templates executed' % ('render again, %s, one value changed' % name, ms, executed, every), flush=True)


if __name__ == '__main__':
    {'sum': bench_sum, 'corpus': bench_corpus, 'umbrella': bench_umbrella, 'calls': bench_calls, 'again': bench_again}[sys.argv[1]](*sys.argv[2:])
