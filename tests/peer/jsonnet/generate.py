#!/usr/bin/env python3
"""Random jsonnet programs, the same ones for the same seed.

    generate.py SEED COUNT        prints COUNT programs, one a line

Each type has a list of templates whose {holes} are filled with random expressions of that type, now and then of a wrong one; variables in scope are used
where the type fits. So most programs run, and the others fail somewhere deep.
"""
import random
import re
import sys

TEMPLATES = {
    "num": """0|1|2|3|7|10|-1|0.5|1.5|-2.5|100|1e3|1e-3|255|65|1e10|123456789|0.1|3.14159
{num} + {num}|{num} - {num}|{num} * {num}|{num} / {num}|{num} % {num}|-{num}|+{num}|~{int}|{int} & {int}|{int} \\| {int}|{int} ^ {int}|{int} << {int}|{int} >> {int}
std.length({arr})|std.length({str})|std.length({obj})|std.codepoint({char})|std.parseInt("{digits}")|std.parseHex("{digits}")|std.parseOctal("{digits}")
std.foldl({fun2}, {nums}, {num})|std.foldr({fun2}, {nums}, {num})|{nums}[{int}]|std.sum({nums})|std.avg({nums})|std.minArray({nums})|std.maxArray({nums})
std.abs({num})|std.sign({num})|std.max({num}, {num})|std.min({num}, {num})|std.pow({num}, {int})|std.floor({num})|std.ceil({num})|std.round({num})|std.sqrt({num})|std.exp({int})|std.log({num})
std.clamp({num}, {num}, {num})|std.count({arr}, {any})|std.exponent({num})|std.mantissa({num})|std.mod({num}, {num})|std.modulo({num}, {num})|std.hypot({num}, {num})
{fun1}({num})|{fun2}({num}, {num})|{obj}.{name}|if {bool} then {num} else {num}|local {v:num} = {num}; {num}|std.get({obj}, "{name}", {num})""",
    "int": """0|1|2|3|4|5|7|-1|-2|{num}|std.length({arr})""",
    "bool": """true|false|!{bool}|{bool} && {bool}|{bool} \\|\\| {bool}
{any} == {any}|{any} != {any}|{num} < {num}|{num} <= {num}|{str} > {str}|{str} >= {str}|{nums} < {nums}|{strs} >= {strs}|{arr} == {arr}|{obj} == {obj}
"{name}" in {obj}|std.member({arr}, {any})|std.contains({arr}, {any})|std.objectHas({obj}, "{name}")|std.objectHasAll({obj}, "{name}")|std.startsWith({str}, {str})|std.endsWith({str}, {str})
std.isString({any})|std.isNumber({any})|std.isArray({any})|std.isObject({any})|std.isBoolean({any})|std.isFunction({any})|std.isNull({any})|std.isEven({num})|std.isOdd({num})|std.isInteger({num})|std.isDecimal({num})
std.all([{bool}, {bool}])|std.any([{bool}, {bool}])|std.setMember({num}, {nums})|std.equalsIgnoreCase({str}, {str})|std.isEmpty({str})|std.xor({bool}, {bool})|std.xnor({bool}, {bool})|std.assertEqual({any}, {any})|std.primitiveEquals({any}, {any})
if {bool} then {bool} else {bool}|local {v:bool} = {bool}; {bool}""",
    "char": """"a"|"b"|"Z"|"é"|"\\u20ac"|"\\ud83d\\ude00"|" "|"\\n"|std.char({int} + 65)|{str}[{int}]""",
    "str": """""|"a"|"abc"|"héllo"|"a,b,c"|"x y z"|"  pad "|'it\\'s "q"'|"\\t\\\\\\n"|"\\ud83d\\ude00z"|"A-B_c.d/e"|"true"|"123"|@"v""b"
{str} + {str}|{str} + {any}|{any} + {str}|{str}[{int}:{int}]|{str}[{int}]|std.substr({str}, {int}, {int})|std.join({str}, {strs})|std.toString({any})|std.char({int} + 97)
std.asciiUpper({str})|std.asciiLower({str})|std.strReplace({str}, {char}, {str})|std.stripChars({str}, {str})|std.lstripChars({str}, {char})|std.rstripChars({str}, {char})|std.trim({str})|std.repeat({str}, {int})
std.base64({str})|std.md5({str})|std.escapeStringJson({any})|std.escapeStringBash({any})|std.escapeStringDollars({str})|std.escapeStringXML({str})|std.escapeStringPython({str})|std.lines({strs})|std.deepJoin([{str}, {strs}])
"%s" % [{any}]|"%s and %s" % [{any}, {any}]|"%d" % {num}|"%5d." % {num}|"%-6d." % {num}|"%05d" % {num}|"%+d" % {num}|"%x" % {num}|"%#o" % {num}|"%f" % {num}|"%.2f" % {num}|"%08.3f" % {num}|"%e" % {num}|"%.3e" % {num}|"%g" % {num}|"%.3g" % {num}|"%c" % {char}|"%10s." % {str}|"%-10s." % {str}|"%(a)s-%(b)s" % {obj}|std.format({str}, {arr})
std.manifestJson({any})|std.manifestJsonEx({any}, "  ")|std.manifestJsonMinified({any})|std.manifestYamlDoc({any})|std.manifestYamlDoc({any}, {bool}, {bool})|std.manifestYamlStream({arr}, {bool}, {bool}, {bool})|std.manifestPython({any})|std.manifestPythonVars({obj})|std.manifestToml({obj})|std.manifestTomlEx({obj}, " ")|std.manifestIni({sections: {obj}})|std.manifestXmlJsonml(["t", {obj}, {str}])
std.type({any})|std.resolvePath({str}, {str})|{obj}.{name}|if {bool} then {str} else {str}|local {v:str} = {str}; {str}|std.foldl({cat}, {strs}, {str})|std.flatMap(function(c) c + {str}, {str})|std.base64Decode(std.base64({str}))|std.decodeUTF8(std.encodeUTF8({str}))""",
    "nums": """[]|[3, 1, 2]|[1.5, -2, 1.5, 0]|[5, 4, 3, 2, 1, 0, 9, 8, 7]|[{num}]|[{num}, {num}]|[{num}, {num}, {num}]|std.range({int}, {int})|std.makeArray({int}, {fun1})|std.map({fun1}, {nums})|std.filter({pred}, {nums})|{nums} + {nums}|{nums}[{int}:]|{nums}[:{int}]|{nums}[::{int}]
std.sort({nums})|std.sort({nums}, {fun1})|std.reverse({nums})|std.uniq({nums})|std.set({nums})|std.setUnion({nums}, {nums})|std.setInter({nums}, {nums})|std.setDiff({nums}, {nums})|[{v:num} for {=} in {nums}]|[{num} for {v:num} in {nums}]|[{num} for {v:num} in {nums} if {bool}]|std.flatMap(function(x) [x, {num}], {nums})
std.encodeUTF8({str})|std.find({num}, {nums})|std.findSubstr({char}, {str})|std.remove({nums}, {num})|std.removeAt({nums}, {int})|std.mapWithIndex({fun2}, {nums})|std.filterMap({pred}, {fun1}, {nums})|std.base64DecodeBytes(std.base64({str}))""",
    "strs": """[]|["b", "a", "é"]|["x", "x", ""]|[{str}]|[{str}, {str}]|["b", "a", {str}]|std.split({str}, {char})|std.splitLimit({str}, {char}, {int})|std.splitLimitR({str}, {char}, {int})|std.stringChars({str})|std.objectFields({obj})|std.objectFieldsAll({obj})|std.sort({strs})|std.set({strs})|std.uniq({strs})|std.map(function(x) x + {str}, {strs})|std.map({cat1}, {strs})|std.setUnion({strs}, {strs})|[{str} for {v:str} in {strs}]|[{v:str} for {=} in {strs} if {bool}]|{strs} + {strs}|std.reverse({str})""",
    "arr": """[1, "a", null]|[[1], [2, 3], []]|[{a: 1}, {}]|{nums}|{strs}|[]|[{any}]|[{any}, {any}]|[{any}, {any}, {any}]|{arr} + {arr}|std.reverse({arr})|{arr}[{int}:{int}]|std.slice({arr}, {int}, {int}, {int})|std.objectValues({obj})|std.objectValuesAll({obj})|std.objectKeysValues({obj})|std.flattenArrays([{arr}, {arr}])|std.flattenDeepArray({arr})|std.prune({arr})|std.repeat({arr}, 2)|std.join([{any}], [{arr}, {arr}])|[{any} for {v:num} in {nums} for {v:str} in {strs}]|std.map(function(x) {any}, {arr})|std.filter(function(x) {bool}, {arr})|std.parseJson(std.manifestJsonMinified({arr}))|std.uniq({arr})|std.sort({arr})|std.set({arr}, function(x) std.toString(x))""",
    "obj": """{}|{a: 1, b: "x"}|{c: [1, {d: null}], a: true}|{b:: 1, aa: {x1: []}}|{{name}: {any}}|{{name}: {any}, b: {num}}|{a: {num}, b: {str}, c: {any}}|{a:: {any}, b::: {any}, d: {any}}|{a: {num}, e: self.a}|{a: {num}, e: $.a, f: {g: $.a}}|{local {v:num} = {num}, a: {num}, c: {num}}|{["{name}" + {int}]: {any}}|{a: {num}, assert {bool} : {str}}|{a: {num}, assert self.a > {num}}
{obj} + {obj}|{obj} {a+: {num}}|{obj} {{name}+: {any}}|{obj} + {a: super.a, b: 1}|{obj} {c: if "a" in super then super.a else {any}}|{a: {obj}} + {a+: {obj}}|{[{v:str}]: {any} for {=} in {strs}}|{[x]: {any} for x in std.set({strs})}|{["k" + i]: i for i in std.range(0, {int})}
std.mapWithKey(function(k, v) {any}, {obj})|std.mapWithKey(function(k, v) [k, v], {obj})|std.mergePatch({obj}, {obj})|std.prune({obj})|std.objectRemoveKey({obj}, "{name}")|std.parseJson(std.manifestJson({obj}))|if {bool} then {obj} else {obj}|local {v:obj} = {obj}; {obj}|std.foldl(function(a, x) a + {[x]: {any}}, {strs}, {obj})|{f(x, y={num}):: x + y, a: self.f({num}), b: self.f(y={num}, x={num})}""",
    "fun1": """function(x) x|function(x) x + {num}|function(x) x * {num}|function(x) -x|function({v:num}) {num}|function(x, y={num}) x - y|std.abs""",
    "pred": """function(x) x > {num}|function(x) true|function({v:num}) {bool}|function(x) x % 2 == 0|std.isNumber""",
    "fun2": """function(a, b) a + b|function(a, b) a - b|function(a, b) b|function(a, b) a|function({v:num}, y) {num}|std.max|std.min""",
    "cat": """function(a, b) a + b|function(a, b) b + a|function(a, b) a + "." + b""",
    "cat1": """std.asciiUpper|std.toString|function(x) x[0]|function(x) x + x""",
    "any": """{num}|{str}|{bool}|{arr}|{obj}|null|{num}|{str}|{fun1}|error {str}|std.get({obj}, "{name}")|std.trace({str}, {num})|local {v:any} = {any}; {any}|if {bool} then {any}""",
}
NAMES = ["a", "b", "c", "d", "aa", "x1"]
HOLE = re.compile(r"\{(v:)?([a-z0-9]+|=)\}")


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.templates = {}
        for kind, text in TEMPLATES.items():
            parts = re.split(r"(?<!\\)[|\n]", text)
            self.templates[kind] = [p.replace("\\|", "|") for p in parts]
        self.scope = []
        self.count = 0

    def expression(self, kind, depth):
        rnd = self.random
        if rnd.random() < 0.02:
            kind = rnd.choice(["num", "str", "bool", "arr", "obj", "any"])
        fitting = [name for name, of in self.scope if of == kind or kind == "any"]
        if fitting and rnd.random() < 0.4:
            return rnd.choice(fitting)
        options = self.templates[kind]
        if depth <= 0:
            leaves = [t for t in options if not HOLE.search(t)]
            options = leaves or options
        text = rnd.choice(options)
        return self.fill(text, depth)

    def fill(self, text, depth):
        """Fills holes from left to right; a {v:type} is a new variable for all that stands behind it, {=} is its name again."""
        saved, out, at, last, later = list(self.scope), [], 0, None, None
        early = re.match(r"^[\[{].*\{v:(\w+)\}.* for \{=\}|^[\[{].* for \{v:(\w+)\}", text)
        names = []
        if early:
            # A comprehension uses the variable before it names it.
            for kind in re.findall(r"\{v:(\w+)\}", text):
                names.append(self.variable(kind))
        for hole in HOLE.finditer(text):
            out.append(text[at:hole.start()])
            at = hole.end()
            kind = hole.group(2)
            if hole.group(1):
                last = names.pop(0) if names else self.variable(kind)
                out.append(last)
                # Mostly not in scope of its own value, which would only recurse.
                if "local" in text and self.random.random() < 0.95:
                    later = self.scope.pop()
            elif kind == "=":
                out.append(last)
            elif kind == "name":
                out.append(self.random.choice(NAMES))
            elif kind == "digits":
                out.append(str(self.random.randrange(0, 7777)))
            else:
                inner = self.expression(kind, depth - 1)
                if later:
                    self.scope.append(later)
                    later = None
                out.append(inner if re.fullmatch(r"[\w.]+|\"[^\"\\]*\"", inner) and not inner[0].isdigit() else "(" + inner + ")")
        out.append(text[at:])
        self.scope = saved
        return "".join(out)

    def variable(self, kind):
        self.count += 1
        name = "v%d" % self.count
        self.scope.append((name, kind))
        return name


def program(seed):
    p = Program(seed)
    return p.expression(p.random.choice(["any", "num", "str", "bool", "arr", "obj"]), p.random.randrange(1, 6))


if __name__ == "__main__":
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for i in range(first, first + count):
        print(program(i))
