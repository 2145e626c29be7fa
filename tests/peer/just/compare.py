#!/usr/bin/env python3
"""Runs just and lang_dump over tasks files and compares status and output: compare.py JUST LANG_DUMP ROWS TREES [MUTATIONS [SEED]]. ROWS is
tests/golden/lang/rows, of which the inputs are taken; TREES a file of cases with several files: `== name`, then `-- path` before each file's text, the root
first. MUTATIONS more inputs are made of the rows by random edits."""
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import golden  # noqa: E402

PIECES = ['(', ')', '[', ']', '{', '}', '{{', '}}', '{{{{', ':', ':=', '::', ',', '=', '==', '!=', '=~', '!~', '!', '&&', '||', '&', '|', '+', '++', '/',
          '*', '@', '$', '?', '-', '\\', '\n', '\n  ', '\n\t', '  ', '#', '# c\n', "'", '"', '`', "'''", '"""', '```', 'x', 'f', "x'a'", "f'{{a}}'", 'a', 'if',
          'else', 'assert', 'set', 'alias', 'export', 'set lists\n', 'set unstable\n', '[private]\n', '\r\n', '\r', 'é', '\\n', 'a:\n', 'b := "x"\n', ';', '1', '_x',
          'true', '[arg("a", long)]\n', '[script]\n']


def mutate(texts):
    text = random.choice(texts)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        at, kind = random.randrange(len(text) + 1), random.random()
        if kind < 0.4:
            text = text[:at] + random.choice(PIECES) + text[at:]
        elif kind < 0.7:
            text = text[:at] + text[at + random.choice([1, 1, 2, 3, 8]):]
        else:
            text = text + '\n' + random.choice(texts)
    return text


def run(words, folder):
    r = subprocess.run(words, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)
    return r.returncode, r.stdout, r.stderr


def compare(job):
    mode, files, just, ours = job
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files:
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'wb') as f:
                f.write(text)
        want, got = run([just, '--' + mode], folder), run([ours, mode, 'justfile'], folder)
    return mode, files, want, got


def read_trees(path):
    trees = []
    with open(path) as f:
        for line in f:
            if line.startswith('== '):
                trees.append([])
            elif line.startswith('-- '):
                trees[-1].append([line[3:].strip(), ''])
            else:
                trees[-1][-1][1] += line
    return [[(name, text.encode()) for name, text in tree] for tree in trees]


def main():
    just, ours, rows, trees = sys.argv[1:5]
    count, seed = int(sys.argv[5]) if len(sys.argv) > 5 else 0, int(sys.argv[6]) if len(sys.argv) > 6 else 1
    random.seed(seed)
    with open(rows) as f:
        inputs = [line.rstrip('\n').split('\t')[:2] for line in f]
    jobs = [(mode, [('justfile', golden.unquote(text))], just, ours) for mode, text in inputs if 'datetime' not in text]
    jobs += [(mode, tree, just, ours) for tree in read_trees(trees) for mode in ('dump', 'json', 'evaluate')]
    texts = [golden.unquote(text).decode() for mode, text in inputs if mode == 'dump']
    jobs += [('dump', [('justfile', mutate(texts).encode())], just, ours) for _ in range(count)]
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for mode, files, want, got in pool.map(compare, jobs):
            if want == got or want[0] < 0:
                continue
            bad += 1
            print('--%s of %r\n  just: %r\n  ours: %r' % (mode, files, want, got))
    print('%d compared, %d differ' % (len(jobs), bad))
    sys.exit(1 if bad or not jobs else 0)


if __name__ == '__main__':
    main()
