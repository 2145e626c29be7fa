#!/usr/bin/env python3
"""Runs just and raibid-run (called just) on the same cases and compares standard output, standard error, exit status and files: suite.py JUST OURS CASE_FILES.
See tests/peer/just.test for the form of cases and the variables of the environment."""
import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

MASKS = [(re.compile(pattern), by) for pattern, by in [
    (rb'(/|\xe2\x96\xb6 )just-[A-Za-z0-9]{6}', rb'\1just-XXXXXX'),
    (rb'completed in [0-9.]*s', b'completed in TIMEs'),
    (rb'[0-9][0-9]:[0-9][0-9]:[0-9][0-9]', b'HH:MM:SS'),
]]
STATUS = re.compile(rb'^\$ (.*)$', re.M), rb'\1\nr=$?; echo "= $r"; echo "= $r" >&2'
TRIES = 20  # where recipes race, just does not agree with itself: ours must be one of the results that it gives
PARTS = ('out', 'err', 'status', 'files')


def read_cases(path):
    """A list of (name, {file: text}, snippet), as bytes but for the name."""
    cases, files, out = [], None, None
    with open(path, 'rb') as f:
        for line in f:
            if line.startswith(b'=== '):
                files, out = {}, None
                cases.append([line[4:].decode().strip(), files, b''])
            elif line.startswith(b'--- file '):
                out = line[9:].decode().rstrip('\n')
                files[out] = b''
            elif line == b'--- run\n':
                out = ''
            elif out:
                files[out] += line
            elif out == '':
                cases[-1][2] += line
    for case in cases:
        case[2] = STATUS[0].sub(STATUS[1], case[2])
    return cases


def mask(text):
    for pattern, by in MASKS:
        text = pattern.sub(by, text)
    return text


def digests(folder):
    found = {}
    for base, folders, names in os.walk(folder):
        if '.justcache' in folders:
            folders.remove('.justcache')
        for name in names:
            path = os.path.join(base, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, 'rb') as f:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(f.read()).hexdigest()
    return found


class Suite:
    def __init__(self, top, peer, ours):
        self.top = top
        for who, program in (('peer', peer), ('ours', ours)):
            os.makedirs(os.path.join(top, 'bin-' + who))
            os.symlink(os.path.realpath(program), os.path.join(top, 'bin-' + who, 'just'))
        gone = ('XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'NO_COLOR', 'VISUAL', 'EDITOR', 'MAKEFLAGS')
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith('JUST_') and k not in gone}
        self.environ.update(TMPDIR='/tmp', LC_ALL='C.UTF-8', TZ='UTC', EDITOR='false', VISUAL='false')
        self.environ.setdefault('ASAN_OPTIONS', 'detect_leaks=0')

    def run(self, who, case, slot):
        _, files, snippet = case
        base = os.path.join(self.top, slot)
        work = os.path.join(base, 'w')
        os.makedirs(work)
        os.mkdir(os.path.join(base, 'home'))
        for name, text in list(files.items()) + [('../run', snippet)]:
            path = os.path.join(work, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as f:
                f.write(text)
        environ = dict(self.environ, HOME=os.path.join(base, 'home'), PATH='%s/bin-%s:%s' % (self.top, who, self.environ['PATH']))
        try:
            done = subprocess.run(['sh', '../run'], cwd=work, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
            status, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as e:
            status, out, err = 'timeout', e.stdout or b'', e.stderr or b''
        result = {'out': mask(out), 'err': mask(err), 'status': status, 'files': digests(work)}
        shutil.rmtree(base, ignore_errors=True)
        return result

    def compare(self, job):
        number, case = job
        slot = 'case%d' % number
        ours = self.run('ours', case, slot)
        for _ in range(TRIES):
            peer = self.run('peer', case, slot)
            if peer == ours or case[0] in self.intended:
                break
        return case[0], peer, ours


def show(peer, ours):
    for part in PARTS:
        if peer[part] == ours[part]:
            continue
        if part in ('status', 'files'):
            print('%s: just %s, ours %s' % (part, peer[part], ours[part]))
            continue
        lines = [result[part].decode('utf-8', 'replace').splitlines() for result in (peer, ours)]
        print('\n'.join(difflib.unified_diff(*lines, part + ' of just', part + ' of ours', lineterm='')))


def main():
    peer, ours, differences = sys.argv[1:4]
    top = tempfile.mkdtemp(prefix='just-suite')
    try:
        suite = Suite(top, peer, ours)
        with open(differences) as f:
            suite.intended = {line.split('\t')[0] for line in f if '\t' in line}
        cases = [case for path in sys.argv[4:] for case in read_cases(path)]
        cases = [case for case in cases if os.environ.get('CASE', case[0]) == case[0]]
        failed = intended = 0
        with ThreadPoolExecutor(2) as pool:
            for name, want, got in pool.map(suite.compare, enumerate(cases)):
                if want == got:
                    continue
                if name in suite.intended:
                    intended += 1
                    continue
                failed += 1
                print('DIFFERS: ' + name)
                show(want, got)
        print('%d cases, %d differ, %d are meant to' % (len(cases), failed, intended))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
