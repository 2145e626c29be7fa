#!/usr/bin/env python3
"""Writes rows of tests/golden/lang anew by real just: golden.py JUST ROWS. A row is mode, input, status and output, parted by tabs; \\n, \\t, \\r, \\\\ and \\xNN
are written so. The folder that just ran in is printed as /nowhere."""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor


def quote(data):
    out = []
    for byte in data:
        c = chr(byte)
        out.append({'\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\'}.get(c) or (c if 32 <= byte < 127 else '\\x%02x' % byte))
    return ''.join(out)


def unquote(text):
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] != '\\':
            out.append(ord(text[i]))
            i += 1
        elif text[i + 1] == 'x':
            out.append(int(text[i + 2:i + 4], 16))
            i += 4
        else:
            out.append(ord({'n': '\n', 't': '\t', 'r': '\r', '\\': '\\'}[text[i + 1]]))
            i += 2
    return bytes(out)


def run(command, mode, text):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + '/justfile', 'wb') as f:
            f.write(text)
        words = command + ([mode, 'justfile'] if 'lang_dump' in command[0] else ['--' + mode])
        r = subprocess.run(words, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)
        return r.returncode, (r.stdout + r.stderr).replace(folder.encode(), b'/nowhere')


def main():
    just, rows = sys.argv[1], sys.argv[2]
    with open(rows) as f:
        inputs = [line.rstrip('\n').split('\t')[:2] for line in f if line.strip()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda row: run([just], row[0], unquote(row[1])), inputs))
    with open(rows, 'w') as f:
        for (mode, text), (status, output) in zip(inputs, results):
            f.write('%s\t%s\t%d\t%s\n' % (mode, text, status, quote(output)))


if __name__ == '__main__':
    main()
