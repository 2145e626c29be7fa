"""What the suites that are driven by Python share, as lib.sh is for the others: comparing, counting, waiting without hoping."""
import os, sys, time

BINARY = os.environ['RAIBID_RUN']
WORK = os.environ['WORK']
LIMIT = 120  # seconds that only a hang reaches
failures = checks = 0


def check(what, ok, got=None):
    global failures, checks
    checks += 1
    if not ok:
        failures += 1
        print(f'FAIL: {what}' + (f'\n  got: {got!r}' if got is not None else ''), flush=True)


def same(what, got, want):
    check(f'{what} (want {want!r})', got == want, got)


def write(path, text, mode=0o644):
    """In one step: a file that is emptied first and filled later, on a busy machine, is two changes to who watches."""
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    made = os.path.join(WORK, '.made')
    with open(made, 'w') as f:
        f.write(text)
    os.chmod(made, mode)
    os.replace(made, path)


def read(path):
    try:
        return open(path).read()
    except FileNotFoundError:
        return ''


def until(what, condition, got=lambda: ''):
    """Waits until it holds; a hang is the end of the suite."""
    end = time.time() + LIMIT
    while not condition():
        if time.time() > end:
            print(f'FAIL: waited in vain: {what} {got()}', flush=True)
            sys.exit(1)
        time.sleep(0.02)


def finish():
    print(f'{checks} checks, {failures} failed')
    sys.exit(failures > 0 or not checks)
