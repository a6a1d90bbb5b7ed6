# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the systemd unit of an instance."""

from __future__ import annotations

from collections.abc import Sequence

from .._system.sandbox import Sandbox, quote
from .._system.sandbox_options import needs_homes
from .configuration import Configuration
from .environment_file import is_loader_variable
from .instance_account import InstanceAccount
from .paths import InstanceFiles, Paths

WANTED_BY = "multi-user.target"
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
GRACEFUL_STOP = (
    '[ -n "$$MAINPID" ] && [ -p "$$1" ] || exit 0; exec 3>"$$1"; printf q >&3; '
    'while kill -0 "$$MAINPID" 2>/dev/null; do sleep 0.05; printf " " >&3; done'
)
# As root, after each start, also that after a crash or a reboot: a hard link of whatever is the private
# socket, without following it, is made where only root can write, checked there, and renamed only if it is a
# socket of the instance's user, who can replace the private path at any moment, but not what is linked.
# Where the unit has a mount namespace of its own, this runs in that of the system.
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


def render_unit(
    paths: Paths,
    configuration: Configuration,
    account: InstanceAccount,
    files: InstanceFiles,
    start_timeout: int | None = None,
    stop_timeout: int | None = None,
) -> str:
    """Return the unit; the id is made of it without the timeouts, which change nothing that runs."""
    environment = configuration.environment
    for_loader = [pair for pair in sorted(environment.items()) if is_loader_variable(pair[0])]
    start = [configuration.binary, "--ini", files.ini]
    if for_loader:
        start = ["/usr/bin/env", *("{}={}".format(*pair) for pair in for_loader), *start]
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
        "ExecStart=" + _join_words(start),
    ]
    if account.needs_publishing:
        lines.append("ExecStartPost=" + _render_publish_command(paths, files, account))
    lines += [
        f"ExecStop=-/bin/sh -c '{GRACEFUL_STOP}' sh {_quote_argument(files.fifo)}",
        "Restart=on-failure",
        "RestartSec=500ms",
        "KillMode=mixed",
        "OOMPolicy=continue",
        f"SyslogIdentifier=uwsgi-{paths.name.replace('%', '%%')}",
        f"User={account.user}",
        f"Group={account.gid}",
        f"UMask={configuration.umask}",
        f"WorkingDirectory={configuration.working_directory.replace('%', '%%')}",
        "Environment=LANG=C.UTF-8",
    ]
    if len(environment) > len(for_loader):
        lines.append(f"EnvironmentFile={files.environment.replace('%', '%%')}")
    if start_timeout is not None and stop_timeout is not None:
        lines += [f"TimeoutStartSec={start_timeout + 30}", f"TimeoutStopSec={stop_timeout}"]
    lines += ["{}={}".format(*pair) for pair in _make_sandbox(paths, configuration, files).properties()]
    lines += ["", "[Install]", f"WantedBy={WANTED_BY}"]
    return "\n".join(lines) + "\n"


def _make_sandbox(paths: Paths, configuration: Configuration, files: InstanceFiles) -> Sandbox:
    used = [configuration.chdir, configuration.virtualenv, configuration.binary, files.ini]
    used += [*configuration.visible_paths, *configuration.watch]
    written = [paths.runtime_dir, *configuration.writable_paths]
    homes = needs_homes(filter(None, used), configuration.visible_paths, written)
    visible = [path for path in used if path and _is_below(path, configuration.hidden_paths)]
    return Sandbox(
        writable=tuple(written),
        visible=_select_outermost(visible),
        hidden=configuration.hidden_paths,
        memory_max=configuration.memory_max,
        tasks_max=configuration.tasks_max,
        show_homes=homes,
    )


def _is_below(path: str, roots: Sequence[str]) -> bool:
    return any(path.startswith(root.rstrip("/") + "/") for root in roots)


def _select_outermost(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the paths without those that are below another one."""
    return tuple(path for path in dict.fromkeys(paths) if not _is_below(path, paths))


def _join_words(words: list[str]) -> str:
    return " ".join(word if word == "--ini" else _quote_argument(word) for word in words)


def _quote_argument(text: str) -> str:
    """Return one word of a command line, where a dollar would mean a variable."""
    return quote(text).replace("$", "$$")


def _render_publish_command(paths: Paths, files: InstanceFiles, account: InstanceAccount) -> str:
    """Return the root command; its environment is not the instance's, in which root must not run a shell.

    A root command of a unit is in the unit's mount namespace, where paths may be hidden and a writable one is
    a mount of its own, which no hard link can leave. So it changes to that of the system.
    """
    arguments = [paths.runtime_dir, paths.public_dir, files.id, str(account.uid)]
    words = " ".join(_quote_argument(word) for word in arguments)
    shell = f"/bin/sh -ec '{OUTSIDE}' sh /bin/sh -ec '{PUBLISH}' sh"
    return f"+/usr/bin/env -i PATH={SYSTEM_PATH} {shell} {words}"
