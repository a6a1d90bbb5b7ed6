# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that existing accounts are the app's own. All others are refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .accounts import NO_LOGIN, Accounts, Group, NewUser, User
from .discovery import Discovery
from .errors import Refusal
from .options import Options
from .record import Record

# Groups whose members have rights on the whole server.
PRIVILEGED = frozenset(
    [
        "root",
        "adm",
        "disk",
        "docker",
        "incus",
        "incus-admin",
        "kmem",
        "kvm",
        "libvirt",
        "lxd",
        "shadow",
        "ssl-cert",
        "sudo",
        "systemd-journal",
        "tty",
        "utmp",
        "wheel",
        "www-data",
    ]
)


@dataclass(frozen=True)
class WantedAccount:
    """One account of the app: the option that names it, and what the record knows of it."""

    option: str
    user: NewUser
    uid: int | None
    gid: int | None


def list_wanted_accounts(options: Options, record: Record | None) -> tuple[WantedAccount, WantedAccount]:
    """Return the account that runs the app and the one that builds it."""
    runs = NewUser(options.user, options.group, options.app_comment, options.shared_path)
    builds = NewUser(options.build_user, options.build_group, options.build_comment, options.build_path)
    return (
        WantedAccount("user", runs, record.uid if record else None, record.gid if record else None),
        WantedAccount(
            "build_user", builds, record.build_uid if record else None, record.build_gid if record else None
        ),
    )


def check_accounts(options: Options, discovery: Discovery, accounts: Accounts) -> list[Refusal]:
    """Return the accounts that are refused."""
    refusals = list(_check_other_apps(options, discovery))
    known = {refusal.subject for refusal in refusals}
    for wanted in list_wanted_accounts(options, discovery.record):
        refusals += list(_check_account(wanted, options, discovery, accounts, known))
    return refusals


def _check_account(
    wanted: WantedAccount, options: Options, discovery: Discovery, accounts: Accounts, known: set[str]
) -> Iterator[Refusal]:
    new = wanted.user
    user, group = accounts.user(new.name), accounts.group(new.group)
    belongs = user is not None and belongs_to_app(user, wanted)
    if user is not None and not belongs and user.name not in known:
        yield _refuse_user(user, wanted, options)
    if user is None and wanted.uid is not None and discovery.record is not None:
        yield from _check_renamed(wanted, discovery.record, accounts)
    if group is None or group.name in known:
        return
    if user is not None and belongs and user.gid != group.gid:
        yield Refusal(
            "group_changed", group.name,
            f"Group {group.name} is wanted as the group of user {user.name}, whose group is "
            f"{accounts.group_name(user.gid)}. Set the group as it was (masonite_app_group), or change it on "
            f"the server: usermod --gid {group.name} {user.name}.",
            ("group",),
        )  # fmt: skip
    elif not _is_group_of_app(group, wanted, user if belongs else None, options, discovery, accounts):
        yield Refusal(
            "group", group.name,
            f"Group {group.name} exists and was not made for app {options.name}. Set another "
            "masonite_app_group or masonite_app_user.",
            (wanted.option, "group") if wanted.option == "user" else (wanted.option,),
        )  # fmt: skip


def belongs_to_app(user: User, wanted: WantedAccount) -> bool:
    """Return whether the user has the number of the record, or what version 0.1 and killed runs gave it."""
    new = wanted.user
    if user.uid == 0:
        return False
    if wanted.uid is not None and user.uid == wanted.uid:
        return True
    return (user.comment, user.shell, user.home) == (new.comment, NO_LOGIN, new.home)


def _is_group_of_app(
    group: Group,
    wanted: WantedAccount,
    user: User | None,
    options: Options,
    discovery: Discovery,
    accounts: Accounts,
) -> bool:
    if group.name in PRIVILEGED or group.name == options.web_group or group.gid == 0:
        return False
    if wanted.gid is not None and group.gid == wanted.gid:
        return True
    if user is not None:
        return user.gid == group.gid
    # A run that was killed after groupadd: the record was written first, and nothing uses the group.
    unused = not group.members and all(other.gid != group.gid for other in accounts.users())
    return discovery.resumes and wanted.gid is None and unused and group.gid < 1000


def _refuse_user(user: User, wanted: WantedAccount, options: Options) -> Refusal:
    if user.can_log_in:
        what = "exists and can log in"
    elif user.comment.startswith(("Runs ", "Builds ")):
        what = f"exists and is the account of another app ({user.comment})"
    else:
        what = f"exists and was not made for app {options.name}"
    return Refusal(
        "account", user.name,
        f"User {user.name} {what}; set masonite_app_user to a name that is free. Wanted was a user that "
        f"{wanted.user.comment[0].lower()}{wanted.user.comment[1:]}, and no existing account is taken for "
        "that.",
        (wanted.option,),
    )  # fmt: skip


def _check_renamed(wanted: WantedAccount, record: Record, accounts: Accounts) -> Iterator[Refusal]:
    """Refuse another name for an account that is there under the name in the record."""
    old_name = record.user if wanted.option == "user" else record.build_user
    old = accounts.user(old_name)
    if old is None or old.uid != wanted.uid or old_name == wanted.user.name:
        return
    old_group = accounts.group_name(old.gid)
    yield Refusal(
        "account_renamed", wanted.user.name,
        f"User {wanted.user.name} is wanted, but the files of app {record.name} belong to user {old_name}. "
        f"Set the name as it was (masonite_app_user), or rename the account while the app is stopped: "
        f"usermod --login {wanted.user.name} {old_name} && "
        f"groupmod --new-name {wanted.user.group} {old_group}.",
        (wanted.option,),
    )  # fmt: skip


def _check_other_apps(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    names = {options.user, options.group, options.build_user, options.build_group}
    for other in discovery.others:
        for name in sorted(names & {other.user, other.group, other.build_user, other.build_group} - {""}):
            yield Refusal(
                "account", name,
                f"{name} is an account of app {other.name}; two apps never share one. Set another "
                f"masonite_app_user for {options.name}.",
                ("user",),
            )  # fmt: skip
