#!/usr/bin/env python3
"""Writes cases of tasks files and command lines made by chance, in the form that suite.py reads: generate.py COUNT SEED. The same seed gives the same cases.

Most files are right and most command lines name what is there, so that the programs get far; the rest meets their errors."""
import os.path
import random
import shlex
import sys

NAMES = ['a', 'b', 'build', 'test', 'lint', 'foo-bar', 'x1', '_p', 'deploy', 'clean']
VARIABLES = ['v', 'w', 'name', 'out_dir', 'V2', '_h', 'x']
MODULES = ['m', 'n', 'sub', 'tools']
TEXTS = ['a', 'b c', '', 'x/y', '1', 'é', 'a"b', "it's", '$HOME', '{{x}}', 'a\\tb', '#no', 'αβ']
FUNCTIONS = {
    1: ['uppercase', 'lowercase', 'trim', 'quote', 'kebabcase', 'snakecase', 'titlecase', 'capitalize', 'file_name', 'file_stem', 'extension',
        'parent_directory', 'without_extension', 'clean', 'sha256', 'blake3', 'encode_uri_component', 'path_exists', 'shoutysnakecase',
        'lowercamelcase', 'uppercamelcase', 'trim_start', 'trim_end'],
    2: ['append', 'prepend', 'trim_end_match', 'trim_start_match', 'join', 'trim_start_matches', 'trim_end_matches'],
    3: ['replace'],
}
LIST_FUNCTIONS = ['len({a})', 'show({a})', 'join_list({a})', "join_list({a}, ',')", 'split({a})', "split({a}, ',')", 'bool({a})', 'quote({a})', "append('z', {a})",
                  'absolute_path({a})', "env([{a}, 'HOME'])", "which('sh')", 'num_jobs()', "assert({a}, 'm')", "style(['red', 'bold'], {a})"]
FACTS = ["env('HOME')", 'os()', 'arch()', 'os_family()', 'justfile_directory()', 'module_path()', 'justfile()', 'HEX', 'RED', 'NORMAL', 'PATH_SEP']
# With their chances in a hundred.
SETTINGS = {
    'dotenv-load': 8, 'export': 8, 'positional-arguments': 8, 'quiet': 8, 'shell := ["bash", "-c"]': 5, "working-directory := 'sub'": 5, 'no-cd': 4,
    'lazy': 5, 'ignore-comments': 5, 'fallback': 3, 'no-exit-message': 4, 'allow-duplicate-recipes': 5, 'default-list': 3, 'default-script': 3,
    'unstable': 5, 'guards': 8, 'allow-duplicate-variables': 4, "dotenv-filename := 'x.env'": 3, "dotenv-path := 'sub/p.env'": 3, 'dotenv-override': 2,
    "dotenv-command := 'echo CMD=1'": 3, "minimum-version := '1.50.0'": 2, "indentation := '  '": 3, 'dotenv-required': 1, "tempdir := 'sub'": 2, "script-interpreter := ['sh', '-e']": 4,
}
ATTRIBUTES = [
    'private', 'no-cd', 'no-exit-message', 'no-quiet', 'unix', 'linux', 'windows', 'macos', "doc('some doc')", "doc('a `b` c')", "doc('')", 'doc',
    "group('g')", "group('zz k')", "group: 'g'", 'positional-arguments', "working-directory('sub')", 'confirm', 'parallel', 'default', 'exit-message',
    "metadata('m', 'n')", 'continue', "continue('SIGHUP')", "env('EV', 'ev' + 'x')", "env('v', 'over')", 'timestamp("T")', "confirm('sure' + '?')", 'shell', 'openbsd',
]
SCRIPT_ATTRIBUTES = ['script', 'script', "script('sh')", "script('sh')", "extension('.sh')", "cache(inputs='justfile')"]
LINES = ['echo hi', 'true', 'false', 'exit 3', ':', 'echo $PWD | sed s,.*/,,', '# comment', 'echo a \\\n{indent}  b', 'echo {{{{{{{{ not }}}}', 'echo $0',
         'printenv v || true', 'echo $EV', 'echo "$1 $#"', 'echo $A_FILE $CMD', 'exit 1 # c',
         'echo {{{{{{{{ {e}', 'kill -TERM $$', 'echo "é ü"', 'echo {{{{{e}}}}}', 'echo "{{{{{e}}}}}" x']
OPTIONS = {'--time': 2, '--timestamp': 2, '--timestamp-format=X': 2, '--tempdir=sub': 2, '--working-directory=.': 1, '--default-list': 2, '--no-aliases': 2,
           '--list-heading=H': 2, '--jobs=2': 3, '--set v 9': 3, '--shell=bash': 2, '--clear-shell-args': 1, '-F x.env': 2, '-E sub/p.env': 2, '-f justfile': 2, '-n': 8, '-v': 8, '-q': 4, '--yes': 5, '--no-deps': 5, '--color=always': 10, '--unstable': 30, '--one': 3, '--no-dotenv': 3, '--explain': 5,
           '--highlight': 2, '--command-color=red': 3, '--allow-missing': 3, '--unsorted': 8}
ARGUMENTS = ['1', 'x y', '', 'a', '--', '-n', '--p-l', '--p', '-p', '-pq', '--q-l=3', '--p-l=', '-p=1', 'v=1', 'é']


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.files = {}
        self.required = {}  # arguments that a recipe needs, by name
        self.variables, self.params = [], []
        self.functions = {}  # arities of the file's own, by name
        self.lists = False
        self.recipes = []

    def chance(self, percent):
        return self.r.random() * 100 < percent

    def pick(self, *choices):
        return self.r.choice(choices)

    def weighted(self, table):
        return [word for word, percent in table.items() if self.chance(percent)]

    # ---- expressions ----

    def string(self):
        text = self.r.choice(TEXTS)
        single, double = text.replace("'", ''), text.replace('"', '')
        return self.pick("'%s'" % single, "'%s'" % single, '"%s"' % double, '"%s"' % double, "'''%s'''" % single, "x'%s'" % single,
                         "x'$HOME/${NOPE:-%s}'" % single.replace('{{x}}', '').replace('$HOME', ''), '"\\u{%x}\\t%s"' % (self.pick(0xe9, 0x41, 0x1f600), double),
                         '"""\n  %s\n    z\n"""' % double.replace('\\', ''), "f'%s{{%s}}'" % (single.replace('{{x}}', ''), self.pick("'y'", '"z"')))

    def call(self, depth):
        n = self.pick(1, 1, 2, 3)
        if self.functions and self.chance(25):
            name, arity = self.r.choice(list(self.functions.items()))
            return '%s(%s)' % (name, ', '.join(self.expr(depth) for _ in range(arity if self.chance(95) else arity + 1)))
        return '%s(%s)' % (self.r.choice(FUNCTIONS[n]), ', '.join(self.expr(depth) for _ in range(n)))

    def condition(self, depth):
        operator = self.pick('==', '==', '!=', '=~', '!~')
        text = 'if %s %s %s { %s } ' % tuple([self.expr(depth), operator, self.expr(depth), self.expr(depth)])
        if self.chance(20):
            text += 'else if %s == %s { %s } ' % (self.expr(depth), self.expr(depth), self.expr(depth))
        return text + 'else { %s }' % self.expr(depth)

    def expr(self, depth=0):
        deeper = depth + 1
        if depth > 3 or self.chance(40):
            names = self.variables + self.params
            return self.r.choice(names) if names and self.chance(45) else self.string()
        kinds = [lambda: '%s + %s' % (self.expr(deeper), self.expr(deeper)), lambda: '%s / %s' % (self.expr(deeper), self.expr(deeper)),
                 lambda: '(%s)' % self.expr(deeper), lambda: self.condition(deeper), lambda: self.call(deeper), lambda: self.call(deeper),
                 lambda: self.r.choice(FACTS), lambda: "env('NOPE', %s)" % self.expr(deeper), lambda: '`echo %s`' % self.pick('hi', 'a b', '', 'x; echo y'),
                 lambda: 'assert(%s == %s, %s)' % (self.pick("'a'", self.expr(deeper)), "'a'", self.string())]
        if self.lists:
            kinds += [lambda: '!(%s)' % self.expr(deeper), lambda: '(%s %s %s)' % (self.expr(deeper), self.pick('==', '!=', '=~', '!~'), self.expr(deeper)),
                      lambda: '(if %s { %s })' % (self.expr(deeper), self.expr(deeper)), lambda: self.r.choice(LIST_FUNCTIONS).format(a=self.expr(deeper)),
                      lambda: '[%s]' % ', '.join(self.expr(deeper) for _ in range(self.r.randrange(4))),
                      lambda: '%s %s %s' % (self.expr(deeper), self.pick('&&', '||', '++'), self.expr(deeper))]
        return self.r.choice(kinds)()

    # ---- recipes ----

    def arg_attribute(self, param):
        keys = [self.pick('long', "long='%s-l'" % param)] if self.chance(60) else []
        keys += ["short='%s'" % param[0]] if self.chance(40) else []
        keys += ["help='help of %s'" % param] if self.chance(30) else []
        keys += ["pattern='%s'" % self.pick('[a-z]*', '\\d+', 'a|b')] if self.chance(20) else []
        keys += ["value='V'"] if keys and self.chance(10) else []
        keys += ['short'] if not keys and self.chance(20) else []
        if self.lists:
            keys += ['flag'] if self.chance(15) else []
            keys += ['multiple'] if self.chance(15) else []
            keys += [self.pick("min='1'", "max='1'", "max='2'")] if self.chance(12) else []
        return "arg('%s'%s)" % (param, ''.join(', ' + key for key in keys))

    def attributes(self, params, kind):
        choices = ATTRIBUTES + (SCRIPT_ATTRIBUTES * 3 if kind == 'script' else [])
        found = {}
        for _ in range(self.pick(0, 0, 0, 1, 1, 2, 3)):
            attribute = self.r.choice(choices)
            name = attribute.split('(')[0].split(':')[0]
            if name not in found or self.chance(3):
                found[name] = attribute
        all_of = list(found.values()) + [self.arg_attribute(p) for p in params if self.chance(12)]
        if all_of and self.chance(30):
            return '[%s]\n' % ', '.join(all_of)
        return ''.join('[%s]\n' % attribute for attribute in all_of)

    def parameters(self):
        """Their text, and how many are required."""
        out, has_default, required = [], False, 0
        for name in self.r.sample(['p', 'q', 'arg'], self.pick(0, 0, 0, 1, 1, 2)):
            has_default = has_default or self.chance(40)
            default = '=' + ('(%s)' % self.expr(2) if self.chance(30) else self.string()) if has_default else ''
            required += not has_default
            out.append(self.pick('', '', '', '', '$') + name + default)
            self.params.append(name)
        if self.chance(15):
            default = "='r s'" if has_default or self.chance(30) else ''
            out.append(self.pick('*', '+') + 'rest' + default)
            required += out[-1] == '+rest'
            self.params.append('rest')
        return out, required

    def dependency(self, name):
        n = self.required.get(name, 0) if self.chance(97) else self.r.randrange(3)
        if self.lists and n and self.chance(30):
            return '*(%s%s)' % (name, ''.join(self.pick(' *', ' *', ' ') + self.pick("['k', 'l']", self.string(), '[]') for _ in range(n)))
        return '(%s%s)' % (name, ''.join(' ' + self.string() for _ in range(n))) if n else name

    def body(self, kind):
        indent = self.pick('    ', '    ', '  ', '\t')
        lines = ['#!' + self.pick('/bin/sh', '/usr/bin/env sh')] if kind == 'shebang' else []
        for _ in range(self.pick(0, 1, 1, 2, 3)):
            sigils = self.pick('', '', '@', '-', '@-', '-@', '?', '@?') if kind == 'lines' else ''
            lines.append(sigils + self.r.choice(LINES).format(indent=indent, e=self.expr(1)))
        return ''.join((indent + line).rstrip(' ') + '\n' + ('\n' if self.chance(10) else '') for line in lines)

    def recipe(self, name, others):
        self.params = []
        params, required = self.parameters()
        kind = self.pick('lines', 'lines', 'lines', 'lines', 'script', 'shebang')
        before = [self.dependency(o) for o in others if self.chance(12)]
        after = [self.dependency(o) for o in others if self.chance(3)]
        text = '# doc of %s%s\n' % (name, self.pick('', '  ', ' `code` x', ' é')) if self.chance(40) else ''
        text += self.attributes(self.params, kind) + self.pick('', '', '', '', '@') + ' '.join([name] + params) + ':'
        text += ''.join(' ' + d for d in before) + (' &&' if after else '') + ''.join(' ' + d for d in after) + '\n' + self.body(kind)
        self.params = []
        self.required[name] = required
        return text

    # ---- files ----

    def modules(self, depth, folder, others):
        """Declarations; the files are made on the way. `others` gets the recipes."""
        out = []
        for module in self.r.sample(MODULES, self.pick(0, 0, 0, 1, 1, 2) if depth < 2 else 0):
            path = os.path.normpath(os.path.join(folder, 'sub/mod.just' if module == 'sub' else module + '.just'))
            if path in self.files:
                continue
            optional = self.chance(20)
            if not (optional and self.chance(40)):
                self.files[path] = ''
                outer = self.variables, self.lists, self.functions
                self.files[path], names = self.tasks_file(depth + 1, os.path.dirname(path))
                self.variables, self.lists, self.functions = outer
                for name in names:
                    self.required[module + '::' + name] = self.required.get(name, 0)
                    others.append(module + '::' + name)
            out.append(self.pick('', '', '# mod doc\n', "[group('g')]\n", "[doc('D')]\n", '[private]\n') + 'mod%s %s' % ('?' if optional else '', module))
        return out

    def tasks_file(self, depth=0, folder=''):
        """Its text and the names of its public recipes."""
        self.variables, self.lists = [], self.chance(25)
        settings = ['set ' + s for s in self.weighted(SETTINGS)] + (['set lists', 'set unstable'] if self.lists else [])
        items, others = [], []
        self.functions = {}
        for name in self.r.sample(['fa', 'fb', 'uppercase'], self.pick(0, 0, 0, 1, 2)):
            self.params = ['x', 'y'][:self.r.randrange(3)]
            items.append('%s(%s) := %s' % (name, ', '.join(self.params), self.expr(1)))
            self.functions[name] = len(self.params)
        self.params = []
        settings += ['set unstable'] if self.functions and self.chance(90) else []
        for variable in self.r.sample(VARIABLES, self.pick(0, 1, 2, 3)):
            before = self.pick('', '', '', '', '', 'export ', 'eager ', '[private]\n', '[linux]\n')
            items.append(before + '%s := %s' % (variable, self.expr()))
            self.variables.append(variable)
        items += ['unexport ' + self.pick('NOPE', 'DOT', 'EV')] if self.chance(8) else []
        if self.variables and 'set allow-duplicate-variables' in settings and self.chance(60):
            items.append('%s := %s' % (self.variables[0], self.expr()))
        declared = self.modules(depth, folder, others)
        imported = os.path.normpath(os.path.join(folder, 'i.just'))
        if imported not in self.files and self.chance(20):
            self.files[imported] = ''.join(self.pick('', "set quiet\n", '# c\n', "iv := 'i'\n", 'alias ia := imp\n')) + 'imp:\n  @echo imp\n'
            declared.append(self.pick('', '', '', '[linux]\n', '# doc\n') + self.pick("import 'i.just'", "import? 'i.just'", "import? 'no.just'"))
            if 'no.just' not in declared[-1]:
                others.append('imp')
                self.required['imp'] = 0
        names = self.r.sample(NAMES, self.pick(1, 2, 3, 4, 5))
        recipes = []
        for name in names:
            recipes.append(self.recipe(name, others))
            others.append(name)
        for alias in self.r.sample(['al', 'al2', 'z', 't'], self.pick(0, 0, 1, 2)):
            items.append('alias %s := %s' % (alias, self.r.choice(others)))
        items = list(dict.fromkeys(settings)) + items + declared + recipes
        if self.chance(40):
            self.r.shuffle(items)
        self.recipes = others  # those of the root in the end, for its file is done last
        text = ''.join(item.rstrip('\n') + '\n' + ('\n' if self.chance(40) else '') for item in items)
        return text, [name for name in names if not name.startswith('_')]

    # ---- command lines ----

    def command(self, modules):
        words = self.recipes + modules
        options = [word for option in self.weighted(OPTIONS) for word in option.split(' ')]
        if self.chance(45):
            line = [self.r.choice(VARIABLES) + '=' + self.pick('1', '', 'a b')] if self.chance(15) else []
            for _ in range(self.pick(1, 1, 1, 2)):
                line.append(self.r.choice(words) if self.chance(93) else self.pick('nope', 'buil', 'tst'))
                line += self.r.choices(ARGUMENTS, k=self.pick(0, 0, 0, 1, 1, 2))
            return options + line
        return options + self.r.choice([
            [], ['--list'], ['--list', '--list-submodules'], ['--list', '--group', 'g'], ['--list', '--alias-style', 'left'], ['--show', self.r.choice(words + ['al'])],
            ['--dump'], ['--json'], ['--evaluate'], ['--evaluate', self.r.choice(VARIABLES)], ['--evaluate', '--evaluate-format=shell'],
            ['--usage', self.r.choice(words)], ['--summary'], ['--variables'], ['--groups'], ['--fmt', '--check'], ['--choose', '--chooser', 'head -2'],
            ['-c', 'printenv', 'v'], ['--list'] + modules[:1], ['--evaluate'] + modules[:1], ['--usage'] + modules[:1], modules[:1],
            ['--evaluate', '::'.join(modules[:1] + [self.r.choice(VARIABLES)])], ['--show', '::'.join(modules[:1] + [self.r.choice(NAMES)])],
            ['--evaluate-format=shell', '--evaluate'], ['--dump', '--indentation', '\t'], ['--choose', '--chooser', 'cat'], ['--show'] + words[:1], ['--check'],
            ['--clean'], ['--no-cache'] + words[:1]])

    def case(self):
        text, _ = self.tasks_file()
        self.files.update({'justfile': text, '.env': 'DOT=env\nv=dot\n', 'x.env': 'A_FILE=x\n', 'sub/p.env': "A_FILE='p $HOME'\n", 'sub/keep': ''})
        modules = [m for m in MODULES if m + '.just' in self.files or (m == 'sub' and 'sub/mod.just' in self.files)]
        return self.files, [self.command(modules) for _ in range(4)]


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    for i in range(seed, seed + count):
        files, commands = Generator(i).case()
        for number, command in enumerate(commands):
            print('=== chance-%d-%d' % (i, number))
            for path, text in files.items():
                print('--- file %s\n%s' % (path, text), end='')
            print('--- run\njust ' + shlex.join(command))


if __name__ == '__main__':
    main()
