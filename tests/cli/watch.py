"""Drives `raibid-run --watch` for watch.test: standard error is a terminal, so that it says when it waits. Nothing here sleeps and hopes: each step waits for what it
is about, with a limit that only a hang reaches; where nothing is to happen, something that must happen is done next and the runs are counted."""
import atexit, os, pty, select, shutil, signal, subprocess, sys, time

from checks import BINARY, LIMIT, WORK, check, finish, read, same, until, write


def append(path, text):
    with open(path, 'a') as f:
        f.write(text)


class Watch:
    """One watch. `runs` counts the lines of a file outside its folder, which recipes append to by $RUNS."""

    def __init__(self, name, *words, files, env=None, prefix=()):
        self.dir = os.path.join(WORK, name)
        self.runs_file = self.dir + '.runs'
        for path, text in files.items():
            write(os.path.join(self.dir, path), text)
        os.chdir(self.dir)
        self.master, slave = pty.openpty()
        self.out = open(self.dir + '.out', 'wb')
        self.text = ''
        self.seen = 0
        environ = dict(os.environ, RUNS=self.runs_file, XDG_CACHE_HOME=self.dir + '.cache', **(env or {}))
        self.process = subprocess.Popen([*prefix, BINARY, '--watch', *words], stdin=subprocess.DEVNULL, stdout=self.out, stderr=slave, env=environ)
        os.close(slave)
        atexit.register(self.process.terminate)

    def pump(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                got = os.read(self.master, 65536)
            except OSError:
                return
            if not got:
                return
            self.text += got.decode(errors='replace').replace('\r\n', '\n')

    def said(self, text):
        """Whether it has said that since the last call that was true."""
        self.pump()
        at = self.text.find(text, self.seen)
        if at >= 0:
            self.seen = at + len(text)
        return at >= 0

    def waits(self, what='it waits'):
        def now():
            if self.process.poll() is not None:
                print(f'FAIL: {what}: it ended with {self.process.returncode}: {self.text}', flush=True)
                sys.exit(1)
            return self.said('waiting for a change of')
        until(what + f' [{self.dir}]', now)

    def runs(self):
        return read(self.runs_file).count('\n')

    def ran(self, what, n):
        """Waits for it to wait, then compares how often it ran until now."""
        self.waits(what)
        same(what, self.runs(), n)

    def reaches(self, what, n):
        until(f'{what}: {n} runs, now {self.runs()}', lambda: self.runs() >= n)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            print(f'FAIL: it does not end [{self.dir}]: {self.text}', flush=True)
            self.process.kill()
            sys.exit(1)
        self.pump()
        os.close(self.master)
        return self.process.returncode


def folder(name, env):
    """A recipe of which nobody knows what it reads."""
    w = Watch(name, 'build', env=env, files={
        'justfile': 'build:\n    @echo $(cat in.txt 2>/dev/null) >>"$RUNS"\n', 'in.txt': 'a\n', '.gitignore': '*.log\nout/\n', 'sub/deep/x': '1\n'})
    w.ran('the first run', 1)
    write('in.txt', 'b\n')
    w.ran('a change', 2)
    same('with its content', read(w.runs_file), 'a\nb\n')
    check('what changed is said', 'watch: in.txt changed, running again' in w.text, w.text)
    write('new.txt', '')
    w.ran('a new file', 3)
    os.unlink('new.txt')
    w.ran('a removed one', 4)
    write('in.txt~', '')       # an editor's
    write('.in.txt.swp', '')
    write('other.log', '')     # ignored
    write('out/y', '')
    write('sub/deep/x', '2\n')
    w.ran('a change deep down, and none of what is ignored', 5)
    check('it was that file', 'watch: sub/deep/x changed' in w.text, w.text)
    write('.tmp-in', 'c\n')
    os.rename('.tmp-in', 'in.txt')
    w.ran('renamed over', 6)
    os.makedirs('made/just/now')
    write('made/just/now/f', '')
    w.ran('a file in new folders', 7)
    write('made/just/now/f', 'more')
    w.ran('which are watched', 8)
    append('in.txt', 'd\n')
    w.ran('changed in place', 9)
    os.makedirs('../' + name + '.many')
    for i in range(50):
        write(f'../{name}.many/{i}', 'x')
    os.rename('../' + name + '.many', 'many')
    w.ran('a folder full of files', 10)
    os.rename('many', '../' + name + '.many')
    w.ran('a folder goes', 11)
    write('.gitignore', '*.log\n')
    w.ran('.gitignore itself', 12)
    write('out/y', 'now it counts')
    w.ran('what it does not name any more', 13)
    began = time.time()
    for i in range(200):
        write(f'burst-{i}', 'x')
    took = time.time() - began
    write('in.txt', 'after the burst\n')
    until('the run after a burst', lambda: 'after the burst' in read(w.runs_file))
    check('a burst makes few runs', w.runs() <= 15 + took / 0.1, (w.runs(), took))
    same('ended by SIGINT', w.end(), 130)


def products(name, env):
    """What a run writes makes no further runs; what somebody writes does."""
    w = Watch(name, 'build', env=env, files={
        'in.txt': 'a\n', 'justfile': 'build:\n    @echo run >>"$RUNS"\n    @date +%s%N >stamp; date >>all.log; cp in.txt copy.txt; touch "by-$(date +%s%N)"; rm -f gone; echo x >gone; rm gone\n'})
    w.waits()
    first = w.runs()
    check('at most one run more', first <= 2, first)
    for i in range(3):
        write('in.txt', f'b{i}\n')
        w.waits()
    check('a change makes one run, one more at most where new products are found', first + 3 <= w.runs() <= first + 6, (first, w.runs()))
    before = w.runs()
    write('stamp', 'mine\n')
    w.waits()
    check('a product that somebody changes', w.runs() > before, w.runs())
    before = w.runs()
    write('copy.txt', 'mine\n')
    w.waits()
    check('and another', w.runs() > before, w.runs())
    same('and they are made again', read('copy.txt'), 'b2\n')
    before = w.runs()
    write('in.txt', 'last\n')
    w.waits()
    check('then all is as before', before + 1 <= w.runs() <= before + 2, (before, w.runs()))
    same('ended by SIGTERM', w.end(signal.SIGTERM), 143)


def interrupts(name, env):
    """A change in the midst of a run ends it, and another begins when it has ended."""
    w = Watch(name, 'serve', env=env, files={
        'in.txt': 'a\n', 'serve.sh': 'trap \'echo term >>"$RUNS.log"; sleep 0.2; echo ended >>"$RUNS.log"; exit 0\' TERM\necho start >>"$RUNS.log"\necho run >>"$RUNS"\nsleep 1000 & wait\n',
        'justfile': 'serve:\n    @sh serve.sh\n'})
    w.reaches('it runs', 1)
    for i in range(2, 8):
        time.sleep(0.1)  # no editor is faster than that
        write('in.txt', f'{i}\n')
        w.reaches(f'edit {i - 1} in the midst of a run', i)
    same('each was asked to end, and had ended before the next', read(w.runs_file + '.log'), 'start\n' + 'term\nended\nstart\n' * 6)
    check('nothing is said of how they ended', 'error' not in w.text, w.text)
    same('ended by SIGINT', w.end(), 130)
    same('and so was the last one', read(w.runs_file + '.log')[-11:], 'term\nended\n')


def stubborn():
    """One that does not listen is killed with its group; what a run leaves behind is ended before the next."""
    w = Watch('stubborn', 'deaf', files={
        'in.txt': 'a\n', 'justfile': 'deaf:\n    @trap "" TERM; echo $$ >>"$RUNS"; [ "$(wc -l <"$RUNS")" -gt 1 ] || while :; do sleep 1; done\n'
        'leave:\n    @sleep 1000 & echo $! >>"$RUNS"\n'})
    w.reaches('it runs', 1)
    pid = int(read(w.runs_file))
    write('in.txt', 'b\n')
    w.ran('killed and run again', 2)
    check('it is gone', not os.path.exists(f'/proc/{pid}'))
    w.end()
    w = Watch('leave', 'leave', files={'in.txt': 'a\n', 'justfile': 'leave:\n    @sleep 1000 & echo $! >>"$RUNS"\n'})
    w.ran('a run that leaves something', 1)
    left = int(read(w.runs_file))
    os.kill(left, 0)
    write('in.txt', 'b\n')
    w.ran('the next run', 2)
    check('what was left is gone', not os.path.exists(f'/proc/{left}'))
    left = int(read(w.runs_file).split()[1])
    w.end()
    until('what the last one left is gone', lambda: not os.path.exists(f'/proc/{left}') or read(f'/proc/{left}/stat').split()[2] == 'Z')


CACHED = '''set dotenv-load
import? 'more.just'

[cache(inputs=['src/*.c', 'list'], outputs='out')]
build:
    @echo run >>"$RUNS"; cat src/*.c list >out; grep -q good list
'''


def inputs(name, env):
    """Where the inputs are known, those alone."""
    w = Watch(name, 'build', env=env, files={'justfile': CACHED, 'src/a.c': 'a\n', 'list': 'good\n', 'other': '1\n'})
    w.ran('the first run', 1)
    write('other', '2\n')
    write('src/a.h', '')
    write('src/a.c', 'b\n')
    w.ran('a declared input, nothing else', 2)
    check('what changed is said', 'watch: src/a.c changed' in w.text, w.text)
    check('what is watched too', 'inputs' in w.text, w.text)
    write('src/new.c', 'n\n')
    w.ran('a new file that a pattern names', 3)
    os.unlink('src/new.c')
    w.waits('a removed one: the older result is taken')
    same('nothing ran for it', w.runs(), 3)
    write('list', 'bad\n')
    w.waits()
    check('it fails', 'failed with status 1' in w.text, w.text)
    write('list', 'good, other\n')
    w.waits('mended')
    same('and runs', read('out'), 'b\ngood, other\n')
    at = w.runs()
    write('.env', 'X=1\n')
    w.waits('an environment file that was not there')
    check('is an input', w.runs() >= at)
    write('justfile', CACHED + 'oops\n')
    w.waits('a broken tasks file')
    check('prints its error', 'justfile:7:5' in w.text, w.text)
    write('justfile', CACHED.replace('run >>', 'second >>'))
    w.waits('mended')
    same('it runs', read(w.runs_file).split()[-1], 'second')
    at = w.runs()
    write('more.just', 'x := "1"\n')
    w.waits('an import that was not there')
    os.utime('list')
    w.waits('a touched input: nothing to do')
    same('as its content is the same', w.runs(), at)
    same('the output is nobody\'s input', w.end(), 130)


def in_the_midst():
    """A change to a known input ends the run, also while it works."""
    w = Watch('midst', 'build', files={
        'in': '1\n', 'justfile': '[cache(inputs=\'in\', outputs=\'out\')]\nbuild:\n    @cat in >>"$RUNS"; cat in >out; [ ! -e ../midst.hold ] || while :; do :; done\n'})
    w.ran('the first run', 1)
    write('../midst.hold', '')
    for i in range(2, 5):
        write('in', f'{i}\n')
        w.reaches('it runs, and works', i)
    os.unlink('../midst.hold')
    write('in', '5\n')
    w.ran('the last one', 5)
    same('the newest content', read('out'), '5\n')
    w.end()


def traced():
    outside = os.path.join(WORK, 'outside.txt')
    write(outside, 'one\n')
    w = Watch('traced', 'build', files={'justfile': f'[cache(trace)]\nbuild:\n    @cat {outside} part/* >out; echo run >>/dev/null\n', 'part/a': 'a\n', 'other': ''})
    w.waits()
    if 'not cached' in w.text:
        w.end()
        return
    write(outside, 'two\n')
    w.waits('a file outside that was read')
    same('it ran', read('out'), 'two\na\n')
    write('other', 'x')
    write('part/b', 'b\n')
    w.waits('a new name in a folder that was listed')
    same('it ran', read('out'), 'two\na\nb\n')
    check('the other file was no reason', 'other changed' not in w.text, w.text)
    w.end()


def steps():
    """What built-in steps read."""
    files = {'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n', 'charts/app/values.yaml': 'size: 1\n',
             'charts/app/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {size: "{{ .Values.size }}"}\n',
             'tasks.just': "set script-interpreter := ['raibid-run', '--steps']\n\n[script]\nrender env:\n    render environments/{{env}}\n",
             'environments/dev/environment.yaml': 'namespace: dev\nreleases:\n  - {name: a, chart: app}\n', 'README': ''}
    result = 'rendered/dev/dev/configmap-a.yaml'
    for name, words in ('render', ['render', 'dev']), ('step', ['--step', 'render', 'environments/dev']):
        w = Watch('steps-' + name, *words, files=files)
        w.waits()
        check(f'{name}: rendered', 'size: "1"' in read(result), read(result))
        write('README', 'more')
        write('charts/app/values.yaml', 'size: 2\n')
        w.waits(name)
        check(f'{name}: rendered again', 'size: "2"' in read(result), read(result))
        check(f'{name}: an input, and no other file', 'charts/app/values.yaml changed' in w.text and 'README' not in w.text, w.text)
        write('charts/app/values.yaml', 'size: {\n')
        w.waits(name)
        check(f'{name}: an error', 'failed with status' in w.text, w.text)
        write('charts/app/values.yaml', 'size: 3\n')
        w.waits(name)
        check(f'{name}: mended', 'size: "3"' in read(result), read(result))
        same(f'{name}: SIGINT', w.end(), 130)


def beside(name, env):
    """A tasks file that would be found instead of the one that was, and one that may not stand beside it."""
    w = Watch(name, 'build', env=env, files={'justfile': CACHED, 'src/a.c': 'a\n', 'list': 'good\n'})
    w.ran('the first run', 1)
    write('.justfile', 'build:\n')
    w.waits('two that are meant')
    check('are an error', 'multiple candidate justfiles' in w.text, w.text)
    os.unlink('.justfile')
    w.waits('one again')
    write('tasks.just', 'build:\n    @echo own >>"$RUNS"\n')
    w.waits('one that goes before it')
    same('it runs', read(w.runs_file).split()[-1], 'own')
    same('ended', w.end(), 130)


def below(name, env):
    """The same from a folder below."""
    w = Watch(name, 'build', env=env, files={'justfile': CACHED, 'src/a.c': 'a\n', 'list': 'good\n'})
    w.end()
    os.makedirs('deep/er')
    w = Watch(name + '/deep/er', 'build', env=env, files={})
    w.waits('found above')
    write('../justfile', 'build:\n    @echo nearer >>"$RUNS"\n')
    w.waits('a nearer one')
    same('it runs', read(w.runs_file).split()[-1], 'nearer')
    same('ended', w.end(), 130)


def overflow():
    """More happens than the system keeps for one who does not listen: all is looked at then."""
    most = int(read('/proc/sys/fs/inotify/max_queued_events') or 0)
    if not 0 < most <= 200000:
        return
    w = Watch('overflow', 'build', files={'justfile': 'build:\n    @echo $(cat in.txt sub/new 2>&1) >>"$RUNS"\n', 'in.txt': 'a\n', 'sub/old': '', '.gitignore': '*.log\n',
                                          'x.log': '', 'y.log': ''})
    w.ran('the first run', 1)
    w.process.send_signal(signal.SIGSTOP)
    until('it stands still', lambda: read(f'/proc/{w.process.pid}/stat').rsplit(')', 1)[1].split()[0] == 'T')
    for i in range(most + 10):
        os.utime('y.log' if i % 2 else 'x.log')
    write('in.txt', 'lost\n')
    write('sub/new', 'too\n')
    w.process.send_signal(signal.SIGCONT)
    w.ran('what was lost', 2)
    same('is seen', read(w.runs_file).split('\n')[1], 'lost too')
    write('sub/new', 'heard\n')
    w.ran('and what comes then', 3)
    same('ended', w.end(), 130)


def limit():
    """With fewer watches than folders it looks instead."""
    few = ['unshare', '-Ur', 'sh', '-c', 'echo 2 >/proc/sys/user/max_inotify_watches && exec "$@"', 'sh']
    if not shutil.which('unshare') or subprocess.run([*few, 'true'], stderr=subprocess.DEVNULL).returncode:
        return
    w = Watch('limit', 'build', prefix=few, files={'justfile': 'build:\n    @echo run >>"$RUNS"\n', 'a/b/c/x': '1\n', 'd/x': '1\n'})
    w.ran('the first run', 1)
    check('the limit is told, and which it is', 'no more folders than 2 can be watched; the system\'s limit is fs.inotify.max_user_watches' in w.text, w.text)
    write('a/b/c/x', '2\n')
    w.ran('a change', 2)
    write('d/new', '')
    w.ran('a new file', 3)
    same('told once', w.text.count('max_user_watches'), 1)
    w.end()


def read_until(master, text, what):
    got = ''

    def more():
        nonlocal got
        while text not in got and select.select([master], [], [], 0)[0]:
            got += os.read(master, 4096).decode(errors='replace')
        return text in got
    until(what, more, lambda: got)


def terminal():
    """In a shell with job control: Ctrl-C, and Ctrl-Z with fg; questions are answered from the terminal."""
    os.makedirs(os.path.join(WORK, 'tty'))
    os.chdir(os.path.join(WORK, 'tty'))
    write('justfile', 'ask:\n    @read x; trap "exit 130" INT; echo "answer:$x"; while :; do sleep 1; done\n')
    write('in.txt', '')
    write('shell', 'set -m\n"$RAIBID_RUN" --watch ask\necho "stopped:$?"\nfg >/dev/null\necho "ended:$?"\n')
    pid, master = pty.fork()
    if pid == 0:
        os.execvp('bash', ['bash', 'shell'])
    os.write(master, b'yes\n')
    read_until(master, 'answer:yes', 'the run reads the terminal')
    os.write(master, b'\x1a')
    read_until(master, 'stopped:148', 'Ctrl-Z stops run and watch')
    write('in.txt', 'x')
    read_until(master, 'in.txt changed, running again', 'and fg goes on')
    os.write(master, b'two\n')
    read_until(master, 'answer:two', 'the run after it')
    os.write(master, b'\x03')
    read_until(master, 'ended:130', 'Ctrl-C ends run and watch')
    os.waitpid(pid, 0)
    os.close(master)


for ending, environ in ('', {}), ('-poll', {'RAIBID_WATCH': 'poll'}):
    folder('folder' + ending, environ)
    products('products' + ending, environ)
    interrupts('interrupts' + ending, environ)
    inputs('inputs' + ending, environ)
    beside('beside' + ending, environ)
    below('below' + ending, environ)
in_the_midst()
stubborn()
traced()
steps()
overflow()
limit()
terminal()
finish()
