#!/usr/bin/env python3
"""Runs programs through the C++ implementation and through ours, and tells where they differ.

    live.py PROGRAM corpus FILE.txt...     the cases of golden files
    live.py PROGRAM random SEED COUNT      programs of generate.py

Output, exit status and the first line of an error must be the same. Exit 1 if anything differs.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate
import golden

# What differs on purpose.
DIFFERENT = ("only supported in go version",)


def ours(command, case, expr, folder):
    args = [command, "--step", "jsonnet"]
    for option, values in (("--ext-str", case.ext), ("--ext-code", case.extcode), ("--tla-str", case.tla), ("--tla-code", case.tlacode)):
        for name, text in values.items():
            args += [option, name + "=" + text]
    try:
        run = subprocess.run(args + ["-e", "--", expr], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return None
    out = run.stdout.decode("utf-8", "replace")
    if run.returncode == 0:
        return True, out[:-1] if out.endswith("\n") else out
    lines = [l for l in run.stderr.decode("utf-8", "replace").split("\n") if not l.startswith("TRACE:")]
    # What a program traces may hold newlines.
    errors = [l for l in lines if l.startswith(("RUNTIME ERROR", "STATIC ERROR"))]
    return (False if run.returncode == 1 else run.returncode), (errors or lines)[0]


class Local(golden.Case):
    """Evaluates as the command does: imports from the current folder, programs named <cmdline>."""

    def evaluate(self, module, expr):
        return module.evaluate_snippet(
            "<cmdline>", expr, ext_vars=self.ext, ext_codes=self.extcode, tla_vars=self.tla, tla_codes=self.tlacode)


def compare(command, case, expr, folder):
    if "\0" in expr:
        return 0
    os.chdir(folder)
    want = golden.attempt(golden._jsonnet, case, expr)
    if want is None or any(d in want[1] for d in DIFFERENT):
        return 0
    got = ours(command, case, expr, folder)
    if got == want:
        return 0
    print("%s\n want %s\n got  %s" % (expr, want, got))
    return 1


def corpus(paths):
    for path in paths:
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        case, fresh, folder = Local(), False, tempfile.TemporaryDirectory()
        for line in lines:
            word, _, rest = line.partition(" ")
            if word in ("file", "ext", "extcode", "tla", "tlacode"):
                if fresh:
                    case, fresh, folder = Local(), False, tempfile.TemporaryDirectory()
                name, _, text = rest.partition(" ")
                if word == "file":
                    with open(os.path.join(folder.name, name), "w", encoding="utf-8") as f:
                        f.write(golden.unquote(text))
                else:
                    getattr(case, word)[name] = golden.unquote(text)
            elif word == "expr":
                fresh = True
                yield case, golden.unquote(rest), folder


def main():
    command, mode = os.path.abspath(sys.argv[1]), sys.argv[2]
    count = wrong = 0
    if mode == "corpus":
        for case, expr, folder in corpus([os.path.abspath(p) for p in sys.argv[3:]]):
            count += 1
            wrong += compare(command, case, expr, folder.name)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(int(sys.argv[3]), int(sys.argv[3]) + int(sys.argv[4])):
                count += 1
                wrong += compare(command, Local(), generate.program(seed), folder)
    print("%d programs, %d differ" % (count, wrong))
    sys.exit(1 if wrong or not count else 0)


main()
