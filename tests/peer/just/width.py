#!/usr/bin/env python3
"""Writes the ranges of src/base/utf8_width.c by asking just how it aligns: width.py JUST. Each code point stands in a recipe's signature; the padding before
the doc tells its width, alone and in sequences."""
import subprocess
import sys
import tempfile

SKIN, ZWJ, WOMAN = '\U0001f3fd', '\u200d', '\U0001f469'
SAMPLES = {  # flag, as in utf8_width.c: a text with the code point, and the width that it has where the sequence is none
    'P': (lambda c: c + '\ufe0f', 0),
    'L': (lambda c: c + '\ufe0e', 0),
    'S': (lambda c: c + SKIN, 2),
    'J': (lambda c: WOMAN + ZWJ + c, 2),
}
ROOM = 30


def widths(just, texts):
    lines = ["# d\nzzzzzzz x='%s':\n" % ('0' * ROOM)] + ["# d\nr%06d x='%s':\n" % pair for pair in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + '/justfile', 'w') as f:
            f.write(''.join(lines))
        listed = subprocess.run([just, '--list', '--unsorted', '--list-heading', ''], cwd=folder, capture_output=True, check=True).stdout.decode()
    tails = [line[line.rindex("'") + 1:] for line in listed.split('\n')[1:] if line]
    return [ROOM + 1 - (len(tail) - len(tail.lstrip(' '))) for tail in tails]


def measure(just, points, sample):
    found = []
    for i in range(0, len(points), 20000):
        found += widths(just, [sample(chr(c)) for c in points[i:i + 20000]])
    return found


def main():
    just = sys.argv[1]
    points = [c for c in range(0x20, 0x110000) if not 0xd800 <= c < 0xe000 and c not in (0x27, 0x7f)]
    alone = measure(just, points, lambda c: c)
    flags = [[] for _ in points]
    for name, (sample, more) in SAMPLES.items():
        n = sum(c < 0x20000 for c in points)
        for i, width in enumerate(measure(just, points[:n], sample)):
            if width != alone[i] + more:
                flags[i].append(name)
    rows = []
    for c, width, names in zip(points, alone, flags):
        row = (width, '|'.join(names) or '0')
        if row == (1, '0'):
            continue
        if rows and rows[-1][1] == c - 1 and rows[-1][2:] == row:
            rows[-1] = (rows[-1][0], c) + row
        else:
            rows.append((c, c) + row)
    texts = ['{ 0x%04X, 0x%04X, %d, %s },' % row for row in rows]
    for i in range(0, len(texts), 4):
        print('\t' + ' '.join(texts[i:i + 4]))


if __name__ == '__main__':
    main()
