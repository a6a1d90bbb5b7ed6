# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of an instance's systemd unit."""

from __future__ import annotations

from collections.abc import Sequence

from ._system.sandbox import Sandbox, quote
from ._uwsgi_config import Files, Paths, Settings
from ._uwsgi_environment import is_loaders
from ._uwsgi_files import Account

WANTED_BY = "multi-user.target"
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
GRACEFUL_STOP = (
    '[ -n "$$MAINPID" ] && [ -p "$$1" ] || exit 0; exec 3>"$$1"; printf q >&3; '
    'while kill -0 "$$MAINPID" 2>/dev/null; do sleep 0.05; printf " " >&3; done'
)
# As root, after each start, also that after a crash or a reboot: a hard link of whatever is the private
# socket, without following it, is made where only root can write, looked at there, and renamed only if it is
# a socket of the instance's user, who can replace the private path at any moment, but not what is linked.
# Where the unit has a mount namespace of its own, into that of the system.
OUTSIDE = (
    '[ /proc/self/ns/mnt -ef /proc/1/ns/mnt ] || set -- nsenter --mount=/proc/1/ns/mnt -- "$$@"; exec "$$@"'
)
PUBLISH = (
    't="$$2/.$$3.new" p="$$2/$$3.sock"; ln -fPT "$$1/$$3.sock" "$$t"; '
    'if [ -z "$$(find "$$t" -maxdepth 0 -type s -uid "$$4")" ]; then rm -f "$$t"; '
    'echo "publish failed: $$1/$$3.sock is not a socket of the user with id $$4" >&2; exit 1; fi; '
    # Two names of one socket are no reason to fail: then it has been published already.
    'mv -fT "$$t" "$$p" 2>/dev/null || { [ "$$t" -ef "$$p" ] && rm -f "$$t"; }'
)


def quote_argument(text: str) -> str:
    """One word of a command line, where a dollar would mean a variable."""
    return quote(text).replace("$", "$$")


def make_sandbox(paths: Paths, settings: Settings, files: Files) -> Sandbox:
    used = [settings.chdir, settings.virtualenv, settings.binary, files.ini]
    used += [*settings.visible_paths, *settings.watch]
    written = [paths.runtime_dir, *settings.writable_paths]
    homes = any((path or "").startswith(("/home/", "/root/", "/run/user/")) for path in used + written)
    return Sandbox(
        writable=tuple(written),
        visible=_outermost([path for path in used if path and _is_below(path, settings.hidden_paths)]),
        hidden=settings.hidden_paths,
        memory_max=settings.memory_max,
        tasks_max=settings.tasks_max,
        show_homes=homes,
    )


def _is_below(path: str, roots: Sequence[str]) -> bool:
    return any(path.startswith(root.rstrip("/") + "/") for root in roots)


def _outermost(paths: Sequence[str]) -> tuple[str, ...]:
    """Without those that lie below another one."""
    return tuple(path for path in dict.fromkeys(paths) if not _is_below(path, paths))


def render_unit(
    paths: Paths,
    settings: Settings,
    account: Account,
    files: Files,
    start_timeout: int | None = None,
    stop_timeout: int | None = None,
) -> str:
    """The unit; without the time-outs it is what the id is made of, for they change nothing that runs."""
    loaders = [pair for pair in sorted(settings.environment.items()) if is_loaders(pair[0])]
    start = [settings.binary, "--ini", files.ini]
    if loaders:
        start = ["/usr/bin/env", *("{}={}".format(*pair) for pair in loaders), *start]
    lines = [
        "# Written by masonite.deploy.uwsgi_instance; a change of any line is another instance.",
        "[Unit]",
        f"Description=uWSGI instance {files.id} of {paths.name.replace('%', '%%')}",
        "After=network.target",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        "ExecStart=" + _words(start),
    ]
    if account.needs_publishing:
        lines.append("ExecStartPost=" + _publish(paths, files, account))
    lines += [
        f"ExecStop=-/bin/sh -c '{GRACEFUL_STOP}' sh {quote_argument(files.fifo)}",
        "Restart=on-failure",
        "RestartSec=500ms",
        "KillMode=mixed",
        "OOMPolicy=continue",
        f"SyslogIdentifier=uwsgi-{paths.name.replace('%', '%%')}",
        f"User={account.user}",
        f"Group={account.gid}",
        f"UMask={settings.umask}",
        f"WorkingDirectory={settings.chdir.replace('%', '%%')}",
        "Environment=LANG=C.UTF-8",
    ]
    if len(settings.environment) > len(loaders):
        lines.append(f"EnvironmentFile={files.environment.replace('%', '%%')}")
    if start_timeout is not None and stop_timeout is not None:
        lines += [f"TimeoutStartSec={start_timeout + 30}", f"TimeoutStopSec={stop_timeout}"]
    lines += ["{}={}".format(*pair) for pair in make_sandbox(paths, settings, files).properties()]
    lines += ["", "[Install]", f"WantedBy={WANTED_BY}"]
    return "\n".join(lines) + "\n"


def _words(words: list[str]) -> str:
    return " ".join(word if word == "--ini" else quote_argument(word) for word in words)


def _publish(paths: Paths, files: Files, account: Account) -> str:
    """With an environment of its own: that of the instance is not one in which root runs a shell.

    A root command of a unit is in the unit's mount namespace, where paths may be hidden and a writable one is
    a mount of its own, which no hard link can leave. So it goes to that of the system.
    """
    arguments = [paths.runtime_dir, paths.public_dir, files.id, str(account.uid)]
    words = " ".join(quote_argument(word) for word in arguments)
    shell = f"/bin/sh -ec '{OUTSIDE}' sh /bin/sh -ec '{PUBLISH}' sh"
    return f"+/usr/bin/env -i PATH={SYSTEM_PATH} {shell} {words}"


def unit_environment(settings: Settings) -> dict[str, str]:
    """What the instance gets from its environment file."""
    if settings.manager != "systemd":
        return dict(settings.environment)
    return {name: value for name, value in settings.environment.items() if not is_loaders(name)}
