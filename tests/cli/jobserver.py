"""Slots shared with make, for jobserver.test: how many jobs run at once, and whether every token comes back, the same byte."""
import fcntl, os, re, signal, subprocess, time

from checks import BINARY, LIMIT, WORK, check, finish, same, until, write

# A job: one line as it begins, one as it ends; whoever reads the file sees how many there were at once.
os.chdir(WORK)
write('job', '#!/bin/sh\necho + >>"$JOBS"; sleep 0.2; echo - >>"$JOBS"; exit ${1:-0}\n', 0o755)
PLAIN = '''
[parallel]
all: a b c d e f
''' + ''.join(f'{x}:\n    @./job\n' for x in 'abcdef') + '''
flags:
    @echo "flags:${MAKEFLAGS:-}:{{env('MAKEFLAGS', 'none')}}:"
'''
write('plain.just', PLAIN)
write('tasks.just', PLAIN + '''
[parallel]
bad: a b broken d e f
broken:
    @./job 3

[parallel]
cached: ''' + ' '.join(f'c{i}' for i in range(6)) + '\n' + ''.join(f'''
[cache(inputs='job', outputs='out{i}')]
c{i}:
    @./job; echo {i} >out{i}
''' for i in range(6)) + '''
[parallel]
makes: m1 m2 m3
m1: make
make:
    @make -s -f jobs.mk
m2:
    @make -s -f jobs.mk
m3:
    @make -s -f jobs.mk

[parallel]
nested: n1 n2
n1:
    @"$RAIBID_RUN" all
n2:
    @"$RAIBID_RUN" cached

[script('raibid-run', '--steps')]
steps:
    render environments/e1
    render environments/e2
    render environments/e3

[parallel]
hang: h1 h2 h3 h4
''' + ''.join(f'h{i}:\n    @echo + >>"$JOBS"; exec sleep 1000\n' for i in (1, 2, 3, 4)))
write('jobs.mk', 'all: a b c d\na b c d:\n\t./job\n')
write('sub.mk', '''all: one two
one:
\t+@"$(RAIBID_RUN)" all
two:
\t+@"$(RAIBID_RUN)" cached
failing:
\t+@"$(RAIBID_RUN)" bad
closed:
\t@"$(RAIBID_RUN)" all
''')


write('charts/app/Chart.yaml', 'apiVersion: v2\nname: app\nversion: 1.0.0\n')
write('charts/app/templates/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')
for e in 'e1', 'e2', 'e3':
    write(f'environments/{e}/environment.yaml', 'namespace: dev\nreleases:\n  - {name: a, chart: app}\n')


def run(words, **options):
    jobs = os.path.join(WORK, 'jobs')
    if os.path.exists(jobs):
        os.unlink(jobs)
    for i in range(6):
        if os.path.exists(f'out{i}'):
            os.unlink(f'out{i}')
    environ = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
    environ.update(JOBS=jobs, XDG_CACHE_HOME=os.path.join(WORK, f'cache{time.time()}'), **options.pop('env', {}))
    return subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def done(process):
    out, err = process.communicate(timeout=LIMIT)
    return process.returncode, out, err


def most():
    """The most jobs at once, and how many there were."""
    now = top = n = 0
    for line in open(os.path.join(WORK, 'jobs')):
        now += 1 if line[0] == '+' else -1
        n += line[0] == '+'
        top = max(top, now)
    return top, n


def below_make():
    status, out, err = done(run(['make', '-s', '-j3', '-f', 'sub.mk']))
    top, n = most()
    same('below make -j3: status, errors', (status, err), (0, ''))  # make itself tells when tokens are missing as it ends
    check('at most 3 jobs of 12, and more than one', n == 12 and 1 < top <= 3, (top, n))
    status, out, err = done(run(['make', '-s', '-j3', '-f', 'sub.mk', 'failing']))
    same('one that fails: status', status, 2)
    check('its tokens come back', 'INTERNAL' not in err and 'exit code 3' in err, err)
    check('at most 3', most()[0] <= 3, most())
    status, out, err = done(run(['make', '-s', '-j3', '-f', 'sub.mk', 'closed']))
    same('a line that make takes for no make: one at a time', (status, most()), (0, (1, 6)))
    same('it says so, once', err.count('jobserver unavailable'), 1)
    status, out, err = done(run(['make', '-s', '-f', 'sub.mk', 'one']))
    same('make without -j: nothing is shared', (status, err), (0, ''))
    check('all at once, as ever', most()[0] > 3, most())


def above_make():
    status, out, err = done(run([BINARY, '--jobs', '3', 'makes']))
    top, n = most()
    same('makes below --jobs 3: status, errors', (status, err), (0, ''))
    check('at most 3 jobs of 12', n == 12 and 1 < top <= 3, (top, n))
    status, out, err = done(run([BINARY, '--jobs', '3', 'm2']))
    top, n = most()
    check('a single make gets them all', (status, n, top) == (0, 4, 3), (status, n, top))
    status, out, err = done(run([BINARY, '--jobs', '3', 'nested']))
    top, n = most()
    check('raibid-run below raibid-run', (status, err, n) == (0, '', 12) and 1 < top <= 3, (status, err, n, top))
    status, out, err = done(run([BINARY, 'm2']))
    same('without --jobs make is as ever', (status, most()), (0, (1, 4)))


class Served:
    """A jobserver of ours, with tokens that can be told from each other."""

    def __init__(self, style, tokens):
        self.style, self.tokens = style, tokens
        if style == 'fifo':
            self.path = os.path.join(WORK, 'fifo')
            if os.path.exists(self.path):
                os.unlink(self.path)
            os.mkfifo(self.path)
            self.read_end = self.write_end = os.open(self.path, os.O_RDWR)
            self.fds, auth = (), f'--jobserver-auth=fifo:{self.path}'
        else:
            self.fds = self.read_end, self.write_end = os.pipe()
            auth = f'--jobserver-{style}={self.read_end},{self.write_end}'
        os.write(self.write_end, tokens)
        self.env = {'MAKEFLAGS': f'k -j{len(tokens) + 1} --jobserver-auth=7,8 {auth} -- X=1'}
        self.flags = fcntl.fcntl(self.read_end, fcntl.F_GETFL)

    def run(self, *words, binary=BINARY):
        return run([binary, *words], env=self.env, pass_fds=self.fds, start_new_session=True)

    def check(self, what):
        same(f'{what}, {self.style}: the descriptors are as they were', fcntl.fcntl(self.read_end, fcntl.F_GETFL), self.flags)
        fcntl.fcntl(self.read_end, fcntl.F_SETFL, self.flags | os.O_NONBLOCK)
        try:
            got = os.read(self.read_end, 100)
        except BlockingIOError:
            got = b''
        same(f'{what}, {self.style}: the same tokens are back', bytes(sorted(got)), bytes(sorted(self.tokens)))
        for fd in {self.read_end, self.write_end}:
            os.close(fd)


def tokens():
    for style in 'fifo', 'auth', 'fds':
        s = Served(style, b'AB')
        same(f'step lines, {style}: status', done(s.run('--force', 'steps'))[0], 0)
        s.check('step lines')
        for recipe, want in ('all', 0), ('bad', 3), ('cached', 0), ('nested', 0):
            s = Served(style, b'AB')
            status, out, err = done(s.run(recipe))
            same(f'{recipe}, {style}: status', status, want)
            check(f'{recipe}, {style}: at most 3', 1 < most()[0] <= 3, most())
            s.check(recipe)
        for number, whom in (signal.SIGINT, 'group'), (signal.SIGTERM, 'group'), (signal.SIGTERM, 'one'):
            s = Served(style, b'xyz')
            p = s.run('hang')
            until(f'{style}: four jobs', lambda: os.path.exists('jobs') and most()[0] == 4)
            os.killpg(p.pid, number) if whom == 'group' else p.send_signal(number)
            same(f'ended by {number}, {style}: status', done(p)[0], 128 + number)
            s.check(f'ended by {number}')
    s = Served('fifo', b'AB')
    status, out, err = done(s.run('--jobs', '2', 'all'))
    same('--jobs goes before the jobserver around', (status, most()[0]), (0, 2))
    s.check('--jobs')
    s = Served('fifo', b'ABCDEFG')
    os.unlink(s.path)
    status, out, err = done(s.run('all'))
    same('a fifo that is gone: one at a time', (status, most()[0], err.count('jobserver unavailable')), (0, 1, 1))


def flags():
    out = done(run([BINARY, 'flags'], env={'MAKEFLAGS': 'k -- X=1'}))[1]
    same('MAKEFLAGS stays as it is', out, 'flags:k -- X=1:k -- X=1:\n')
    out = done(run([BINARY, '--jobs', '3', 'flags'], env={'MAKEFLAGS': 'ks -j7 --jobserver-fds=5,6 -- X=1 Y=2'}))[1]
    check('with --jobs children are told; the tasks file sees what was', re.fullmatch(r'flags:ks -j3 --jobserver-auth=\d+,\d+ -- X=1 Y=2:ks -j7 --jobserver-fds=5,6 -- X=1 Y=2:\n', out), out)
    out = done(run([BINARY, '--jobs', '1', 'flags']))[1]
    same('one job is not shared', out, 'flags::none:\n')
    os.symlink(BINARY, 'just')
    out = done(run(['./just', '--justfile', 'plain.just', '--jobs', '3', 'flags']))[1]
    same('called just: nothing of it', out, 'flags::none:\n')
    s = Served('fifo', b'A')
    done(run(['./just', '--justfile', 'plain.just', 'all'], env=s.env))
    check('called just: all at once', most()[0] > 2, most())
    s.check('called just')


def keys():
    write('key.just', '[cache(inputs=\'job\', outputs=\'kept\', env=[\'MAKEFLAGS\'])]\nkept:\n    @echo ran; echo "${MAKEFLAGS:-}" >kept\n')
    words = [BINARY, '--justfile', 'key.just']
    same('a cached recipe runs', done(run([*words, 'kept']))[1], 'ran\n')
    same('and is no other one with --jobs', done(run([*words, '--jobs', '3', 'kept']))[1], '')


below_make()
above_make()
tokens()
flags()
keys()
finish()
