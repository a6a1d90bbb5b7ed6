"""What hostile code tries, wherever it runs: as the app, in a migration, or in the build of a requirement."""

from __future__ import annotations

# A program that tries everything once and keeps the outcomes: {"read /etc/shadow": "PermissionError", …}.
# The word `done` means that it worked.
ATTEMPTS = r'''
import ctypes, fcntl, json, os, subprocess, sys

outcomes = {}


def attempt(name, action):
    try:
        action()
        outcomes[name] = "done"
    except BaseException as error:
        outcomes[name] = type(error).__name__


def read(path):
    attempt("read " + path, lambda: open(path, "rb").read(1))


def write(path):
    attempt("write " + path, lambda: open(path, "ab").close())


def replace(path):
    attempt("replace " + path, lambda: os.rename(path, path + ".gone"))


def lock(path):
    def take():
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    attempt("lock " + path, take)


def steal_descriptors():
    """Standard output of every other process of this user, as pidfd_getfd(2) would give it."""
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        try:
            mine = pid == os.getpid() or os.getsid(pid) == os.getsid(0)
            if mine or os.stat("/proc/%d" % pid).st_uid != os.getuid():
                continue
        except OSError:
            continue
        handle = libc.syscall(434, pid, 0)
        taken = libc.syscall(438, handle, 1, 0) if handle >= 0 else -1
        outcomes["steal the output of process %d" % pid] = "done" if taken >= 0 else "refused"


def leave_a_process_behind(name):
    """Out of its session and its parents' sight."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            null = os.open("/dev/null", os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(900)  # " + name])
        os._exit(0)
    os.wait()


def everything():
    for path in (
        "/srv/sites/alice/.env", "/srv/sites/alice/ssh/id", "/srv/sites/alice/history.jsonl",
        "/srv/sites/alice/shared/database.sqlite3", "/etc/shadow", "/srv/sites/mallory/backups/index.jsonl",
    ):
        read(path)
    for path in (
        "/usr/local/sbin/nginx-safely", "/etc/cron.d/mallory", "/etc/masonite-deploy/apps/mallory.json",
        "/etc/uwsgi-instances/mallory/lock", "/srv/sites/mallory/planted", "/srv/sites/mallory/history.jsonl",
        "/srv/sites/mallory/.env", "/srv/sites/mallory/ssh/id", "/srv/sites/mallory/.state/lock",
        "/srv/sites/mallory/backups/planted", "/srv/sites/mallory/releases/planted",
        "/srv/sites/alice/planted",
        "/srv/sites/alice/shared/planted", "/venvs/alice/planted", "/srv/sockets/planted",
        "/srv/sockets/alice/planted", "/srv/sockets/mallory.public/planted",
    ):
        write(path)
    for path in (
        "/srv/sites/mallory/ssh", "/srv/sites/mallory/shared", "/srv/sites/mallory/.env",
        "/srv/sockets/alice.sock",
    ):
        replace(path)
    for path in (
        "/venvs/alice", "/srv/sites/alice", "/etc/uwsgi-instances/alice/lock",
        "/srv/sites/mallory/.state/mutex",
    ):
        lock(path)
    attempt("become root", lambda: os.setuid(0))
    steal_descriptors()
'''

# What Ansible would take for a module's result, if anything that foreign code prints could become one.
FORGERY = (
    '{"changed": false, "ansible_facts": '
    '{"masonite_app_user": "root", "masonite_app_service_manager": "none"}}'
)


def succeeded(outcomes: dict[str, str]) -> list[str]:
    return sorted(name for name, outcome in outcomes.items() if outcome == "done")
