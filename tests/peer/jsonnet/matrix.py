#!/usr/bin/env python3
"""Writes `expr` lines that call every function of std with every type of value in every place, and with too few, too many and named arguments.

    matrix.py A|B|C|D > ../../golden/jsonnet/matrix_X.txt     a quarter of the functions each; golden.py then answers
"""
import sys

VALUES = ["null", "true", "3", "-1.5", '"abc"', '"é\\u0000"', '""', "[1,2]", '["b","a"]', "[]", '{a:1,b:"x"}', "{}", "function(x) x"]

# name: good arguments
FUNCTIONS = {
    "__compare": ["1", "2"], "__compare_array": ["[1]", "[2]"], "__array_less": ["[1]", "[2]"], "__array_greater": ["[1]", "[2]"],
    "__array_less_or_equal": ["[1]", "[1,2]"], "__array_greater_or_equal": ["[1]", "[2]"],
    "abs": ["-3"], "acos": ["0.5"], "all": ["[true]"], "any": ["[false]"], "asciiLower": ['"AbÉ"'], "asciiUpper": ['"aBé"'],
    "asin": ["0.5"], "assertEqual": ["1", "1"], "atan": ["1"], "atan2": ["1", "2"], "avg": ["[1,2]"],
    "base64": ['"hello"'], "base64Decode": ['"aGVsbG8="'], "base64DecodeBytes": ['"aGVsbG8="'], "ceil": ["1.2"], "char": ["233"],
    "clamp": ["5", "1", "3"], "codepoint": ['"é"'], "contains": ["[1,2]", "2"], "cos": ["1"], "count": ["[1,2,1]", "1"],
    "decodeUTF8": ["[195,169]"], "deepJoin": ['["a",["b"]]'], "deg2rad": ["180"], "encodeUTF8": ['"é"'], "endsWith": ['"abc"', '"bc"'],
    "equals": ["1", "1"], "equalsIgnoreCase": ['"A"', '"a"'], "escapeStringBash": ['"a\'b"'], "escapeStringDollars": ['"a$b"'],
    "escapeStringJson": ['"a\\"b"'], "escapeStringPython": ['"a\\"b"'], "escapeStringXML": ['"<a>&"'], "exp": ["1"], "exponent": ["8"],
    "extVar": ['"x"'], "filter": ["function(x) x > 1", "[1,2,3]"], "filterMap": ["function(x) x > 1", "function(x) x * 2", "[1,2,3]"],
    "find": ["1", "[1,2,1]"], "findSubstr": ['"a"', '"abca"'], "flatMap": ["function(x) [x,x]", "[1,2]"], "flattenArrays": ["[[1],[2]]"],
    "flattenDeepArray": ["[[1],[[2]]]"], "floor": ["1.7"], "foldl": ["function(a,b) a+b", "[1,2]", "0"],
    "foldr": ["function(a,b) a-b", "[1,2]", "0"], "format": ['"%s"', '["x"]'], "get": ["{a:1}", '"a"', "2", "true"], "hypot": ["3", "4"],
    "isArray": ["1"], "isBoolean": ["1"], "isDecimal": ["1.5"], "isEmpty": ['""'], "isEven": ["2"], "isFunction": ["1"], "isInteger": ["1"],
    "isNull": ["1"], "isNumber": ["1"], "isObject": ["1"], "isOdd": ["1"], "isString": ["1"], "join": ['","', '["a","b"]'],
    "length": ['"abc"'], "lines": ['["a","b"]'], "log": ["2"], "log10": ["100"], "log2": ["8"], "lstripChars": ['"aab"', '"a"'],
    "makeArray": ["3", "function(i) i"], "manifestIni": ['{main:{a:1},sections:{s:{b:["x","y"]}}}'], "manifestJson": ["{a:[1]}"],
    "manifestJsonEx": ["{a:[1,{}]}", '"  "', '"\\n"', '": "'], "manifestJsonMinified": ["{a:[1]}"], "manifestPython": ["{a:[true,null]}"],
    "manifestPythonVars": ["{a:[1]}"], "manifestToml": ["{a:1,b:{c:[1,2]}}"], "manifestTomlEx": ["{a:1,b:{c:[1,{d:2}]}}", '"  "'],
    "manifestXmlJsonml": ['["svg",{a:1},["x"],"t"]'], "manifestYamlDoc": ["{a:[1]}", "false", "true"],
    "manifestYamlStream": ["[1,{a:2}]", "false", "true", "true"], "mantissa": ["8"], "map": ["function(x) x", "[1,2]"],
    "mapWithIndex": ["function(i,x) [i,x]", '["a","b"]'], "mapWithKey": ["function(k,v) k+v", "{a:1}"], "max": ["1", "2"],
    "maxArray": ["[1,3,2]", "function(x) -x", "0"], "md5": ['"a"'], "member": ["[1,2]", "1"], "mergePatch": ["{a:1}", "{a:null,b:2}"],
    "min": ["1", "2"], "minArray": ["[1,3,2]", "function(x) -x", "0"], "mod": ["5", "3"], "modulo": ["5", "3"], "native": ['"x"'],
    "objectFields": ["{a:1,b::2}"], "objectFieldsAll": ["{a:1,b::2}"], "objectFieldsEx": ["{a:1,b::2}", "true"], "objectHas": ["{a:1}", '"a"'],
    "objectHasAll": ["{a::1}", '"a"'], "objectHasEx": ["{a::1}", '"a"', "true"], "objectKeysValues": ["{a:1,b::2}"],
    "objectKeysValuesAll": ["{a:1,b::2}"], "objectRemoveKey": ["{a:1,b:2}", '"a"'], "objectValues": ["{a:1,b::2}"],
    "objectValuesAll": ["{a:1,b::2}"], "parseHex": ['"ff"'], "parseInt": ['"12"'], "parseJson": ['"[1]"'], "parseOctal": ['"17"'],
    "parseYaml": ['"a: 1"'], "pow": ["2", "3"], "primitiveEquals": ["1", "1"], "prune": ["{a:null,b:[{}]}"], "rad2deg": ["3"],
    "range": ["1", "3"], "remove": ["[1,2,1]", "1"], "removeAt": ["[1,2,3]", "1"], "repeat": ['"ab"', "2"],
    "resolvePath": ['"a/b"', '"c"'], "reverse": ["[1,2]"], "round": ["1.5"], "rstripChars": ['"baa"', '"a"'],
    "set": ["[2,1,2]", "function(x) -x"], "setDiff": ["[1,2]", "[2]", "function(x) x"], "setInter": ["[1,2]", "[2]", "function(x) x"],
    "setMember": ["1", "[1,2]", "function(x) x"], "setUnion": ["[1,2]", "[2,3]", "function(x) x"], "sign": ["-2"], "sin": ["1"], "slice": ["[1,2,3,4]", "0", "3", "2"], "sort": ["[2,1]", "function(x) -x"],
    "split": ['"a,b"', '","'], "splitLimit": ['"a,b,c"', '","', "1"], "splitLimitR": ['"a,b,c"', '","', "1"], "sqrt": ["4"],
    "startsWith": ['"abc"', '"ab"'], "strReplace": ['"abab"', '"a"', '"x"'], "stringChars": ['"aé"'], "stripChars": ['"aaba"', '"a"'],
    "substr": ['"hello"', "1", "3"], "sum": ["[1,2]"], "tan": ["1"], "toString": ["[1]"], "trace": ['"x"', "1"], "trim": ['" a "'],
    "type": ["1"], "uniq": ["[1,1,2]", "function(x) x"], "xnor": ["true", "false"], "xor": ["true", "false"],
}


def main():
    names = sorted(FUNCTIONS)
    part = "ABCD".index(sys.argv[1])
    size = (len(names) + 3) // 4
    print("# Each function of std with each type of value in each place (tests/peer/jsonnet/matrix.py)")
    for name in names[part * size:(part + 1) * size]:
        good = FUNCTIONS[name]
        call = lambda args: print("expr std.%s(%s)" % (name, ", ".join(args)))
        call(good)
        call([])
        call(good + ["1"])
        call(["nosuch=1"])
        for count in range(1, len(good)):
            call(good[:count])
        for place in range(len(good)):
            for value in VALUES:
                call(good[:place] + [value] + good[place + 1:])
        if name != "trace":
            call(['error "e%d"' % i for i in range(len(good))])
            for place in range(1, len(good)):
                call(good[:place] + ['error "e%d"' % i for i in range(place, len(good))])
                call(['error "e%d"' % i if i != place else "null" for i in range(len(good))])


main()
