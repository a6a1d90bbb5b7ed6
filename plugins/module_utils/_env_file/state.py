# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes, restores and reads an environment file; the result has names and checksums, never a value."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Mapping
from typing import Any

from .._system.dotenv import format_file, parse_file
from .errors import EnvFileError
from .keys import checksum, make_key
from .options import Options
from .result import Result
from .safe_directory import ExistingFile, SafeDirectory, open_safe_directory


class EnvFile:
    """One environment file, in the state the options ask for."""

    def __init__(self, options: Options, check_mode: bool = False) -> None:
        self._options = options
        self._check_mode = check_mode

    def run(self) -> Result:
        actions = {
            "present": self._write,
            "restored": self._restore,
            "accepted": self._accept,
            "read": self._read,
        }
        run_state = actions[self._options.state]
        try:
            uid, gid = self._owner(), self._group()
            owners = frozenset({os.geteuid(), uid if uid is not None else os.geteuid()})
            with open_safe_directory(self._options.directory, owners) as directory:
                return run_state(directory, uid, gid)
        except FileNotFoundError:
            if os.path.lexists(self._options.directory):
                raise
            return self._report_missing_directory()
        except EnvFileError as error:
            # What earlier tasks would have corrected is not corrected in check mode.
            if self._check_mode and error.reason in ("directory", "account"):
                return self._report_missing_directory()
            raise

    def _report_missing_directory(self) -> Result:
        """Return the result where there is no directory, which check mode takes for one that will be made."""
        if self._options.state == "read":
            return self._report_secrets({})
        if self._options.state != "present":
            return Result()
        if not self._check_mode:
            raise EnvFileError(
                f"{self._options.directory} does not exist; wanted is a directory to write "
                f"{self._options.name} to.",
                reason="directory",
                hint="Create it first.",
                options=["path"],
            )
        values, result = self._determine_values({})
        return self._describe(result, None, values)

    def _write(self, directory: SafeDirectory, uid: int | None, gid: int | None) -> Result:
        options = self._options
        found = directory.read(options.name)
        values, result = self._determine_values(parse_file(found.text, first=True) if found else {})
        result.kept_previous = directory.exists(options.previous_name)
        if result.missing:
            result.names = sorted(parse_file(found.text)) if found else []
            return result
        content = format_file(values).encode("utf-8", "surrogateescape")
        self._describe(result, found, values, self._rights_differ(found, uid, gid))
        if not result.changed:
            return result
        replaced = found is not None and found.content != content
        keeps = options.keep_previous and replaced and not result.kept_previous
        if not self._check_mode:
            if keeps and found is not None:
                directory.write(options.previous_name, found.content, 0o600)
            keep_group = found.gid if found is not None and gid is None else gid
            directory.write(
                options.name,
                content,
                options.mode,
                -1 if uid is None else uid,
                -1 if keep_group is None else keep_group,
            )
        result.kept_previous = result.kept_previous or keeps
        return result

    def _determine_values(self, found: Mapping[str, str]) -> tuple[dict[str, str], Result]:
        """Return the values of the file, generated ones included, and a result that names them."""
        options, result = self._options, Result()
        values = dict(options.given)
        for name in options.names_without_value:
            value = found.get(name, "")
            if value and value not in options.refused:
                values[name] = value
            elif options.may_generate:
                values[name] = make_key()
                result.generated.append(name)
            else:
                result.missing.append(name)
            if value and value in options.refused:
                result.warnings.append(
                    f"{options.path} has a value of {name} that was published, so others know it. "
                    + ("It is replaced by a new one." if options.may_generate else "It counts as missing.")
                )
        for name in options.generate:
            if name in values and not (self._check_mode and name in result.generated):
                result.checksums[name] = checksum(values[name])
        return values, result

    def _describe(
        self,
        result: Result,
        found: ExistingFile | None,
        values: Mapping[str, str],
        rights_differ: bool = False,
    ) -> Result:
        content = format_file(values).encode("utf-8", "surrogateescape")
        result.changed = found is None or found.content != content or rights_differ
        result.names = sorted(values)
        before = parse_file(found.text) if found else {}
        result.diff = {
            "before": "".join(f"{name}=(a value)\n" for name in sorted(before)),
            "after": "".join(
                f"{name}=({'a value' if before.get(name, value) == value else 'another value'})\n"
                for name, value in sorted(values.items())
            ),
        }
        if found is not None and before == values and found.content != content:
            result.diff["after"] += "# in another order or notation\n"
        if found is not None and rights_differ:
            result.diff["before"] += f"# user {found.uid}, group {found.gid}, mode {found.mode:04o}\n"
            wanted = (self._options.owner, self._options.group, f"{self._options.mode:04o}")
            result.diff["after"] += "# user {}, group {}, mode {}\n".format(
                *(part or "(any)" for part in wanted)
            )
        return result

    def _rights_differ(self, found: ExistingFile | None, uid: int | None, gid: int | None) -> bool:
        if found is None:
            return False
        wanted_uid = os.geteuid() if uid is None else uid
        return found.mode != self._options.mode or found.uid != wanted_uid or gid not in (None, found.gid)

    def _restore(self, directory: SafeDirectory, uid: int | None, gid: int | None) -> Result:
        options = self._options
        previous = directory.read(options.previous_name)
        if previous is None:
            return Result()
        found = directory.read(options.name)
        if not self._check_mode:
            if gid is None and found is not None:
                gid = found.gid
            directory.write(
                options.name,
                previous.content,
                options.mode,
                -1 if uid is None else uid,
                -1 if gid is None else gid,
            )
            directory.remove(options.previous_name)
        return Result(changed=True)

    def _accept(self, directory: SafeDirectory, _uid: int | None, _gid: int | None) -> Result:
        if not directory.exists(self._options.previous_name):
            return Result()
        if not self._check_mode:
            directory.remove(self._options.previous_name)
        return Result(changed=True)

    def _read(self, directory: SafeDirectory, _uid: int | None, _gid: int | None) -> Result:
        found = directory.read(self._options.name)
        result = self._report_secrets(parse_file(found.text, first=True) if found else {})
        result.kept_previous = directory.exists(self._options.previous_name)
        return result

    def _report_secrets(self, found: Mapping[str, str]) -> Result:
        result = Result(names=sorted(found))
        for name in self._options.generate:
            value = found.get(name, "")
            if value and value not in self._options.refused:
                result.secrets[name] = value
                result.checksums[name] = checksum(value)
            else:
                result.missing.append(name)
                if self._options.may_generate:
                    result.new_secrets[name] = make_key()
        return result

    def _owner(self) -> int | None:
        return _identifier("owner", self._options.owner, lambda name: pwd.getpwnam(name).pw_uid)

    def _group(self) -> int | None:
        return _identifier("group", self._options.group, lambda name: grp.getgrnam(name).gr_gid)


def _identifier(option: str, name: str | None, find: Any) -> int | None:
    if name is None:
        return None
    if name.isdecimal():
        return int(name)
    try:
        return int(find(name))
    except KeyError:
        raise EnvFileError(
            f"{option} is {name!r}, which this server does not know.",
            reason="account",
            hint="Create it first, or give a number.",
            options=[option],
        ) from None
