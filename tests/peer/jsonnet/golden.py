#!/usr/bin/env python3
"""Fills in what the C++ implementation of jsonnet answers to the cases in tests/golden/jsonnet (see README.md).

    golden.py FILE.txt...     renews all want, fail, gowant and gofail lines of the files
"""
import json
import os
import signal
import sys

import _gojsonnet
import _jsonnet

RESULTS = ("want", "fail", "gowant", "gofail")
SECONDS = 20


def unquote(text):
    return json.loads(text) if text.startswith('"') and text.endswith('"') and len(text) > 1 and _is_json(text) else text


def _is_json(text):
    try:
        return isinstance(json.loads(text), str)
    except ValueError:
        return False


def quote(text):
    """As is where a line can hold it and unquote gives it back."""
    plain = text and text == text.strip() and "\n" not in text and "\r" not in text and text.isprintable()
    return text if plain and unquote(text) == text else json.dumps(text)


class Case:
    """What stands before an `expr` line and applies to it."""

    def __init__(self):
        self.files, self.ext, self.extcode, self.tla, self.tlacode = {}, {}, {}, {}, {}

    def evaluate(self, module, expr):
        def load(folder, name):
            if name in self.files:
                return name, self.files[name].encode()
            raise RuntimeError("couldn't open import")

        return module.evaluate_snippet(
            "t", expr, import_callback=load, ext_vars=self.ext, ext_codes=self.extcode,
            tla_vars=self.tla, tla_codes=self.tlacode)


def attempt(module, case, expr):
    """(ok, text) in a process of its own: an implementation may crash or hang."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        signal.alarm(SECONDS)
        try:
            out = ["1", case.evaluate(module, expr)]
            if out[1].endswith("\n"):
                out[1] = out[1][:-1]
        except RuntimeError as e:
            out = ["0", str(e).split("\n")[0]]
        with os.fdopen(w, "w", encoding="utf-8", errors="surrogatepass") as f:
            f.write("".join(out))
        os._exit(0)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        data = f.read().decode("utf-8", errors="replace")
    os.waitpid(pid, 0)
    if not data:
        return None
    return data[0] == "1", data[1:]


def answer(out, case, expr, word):
    if word == "goexpr":
        # Go's runtime does not always live on in a forked process.
        go = attempt(_gojsonnet, case, expr) or attempt(_gojsonnet, case, expr)
        if go is None:
            print("no answer: " + expr, file=sys.stderr)
            return False
        out.append(("want " if go[0] else "fail ") + quote(go[1]))
        return True
    cpp = attempt(_jsonnet, case, expr)
    if cpp is None:
        print("no answer: " + expr, file=sys.stderr)
        return False
    out.append(("want " if cpp[0] else "fail ") + quote(cpp[1]))
    go = attempt(_gojsonnet, case, expr)
    if go and (go[0] != cpp[0] or (go[0] and go[1] != cpp[1])):
        out.append(("gowant " if go[0] else "gofail ") + quote(go[1]))
    return True


def renew(path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    out, case, fresh, seen = [], Case(), False, set()
    for line in lines:
        word, _, rest = line.partition(" ")
        if word in RESULTS:
            continue
        if word in ("file", "ext", "extcode", "tla", "tlacode"):
            if fresh:
                case, fresh = Case(), False
            name, _, text = rest.partition(" ")
            getattr(case, {"file": "files"}.get(word, word))[name] = unquote(text)
        if word in ("expr", "goexpr"):
            key = (rest, json.dumps(case.__dict__))
            if key in seen:
                continue
            seen.add(key)
        out.append(line)
        if word in ("expr", "goexpr"):
            if not answer(out, case, unquote(rest), word):
                out.pop()
            fresh = True
        if word == "reset":
            case = Case()
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        renew(name)
