# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirrors of git repositories that requirements name by ssh: a build reads these, and never has the key.

A build runs foreign code, of every package that is built from source. It gets the repositories, and not what
opens them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from .commit_name import is_commit
from .errors import Reason, ReleaseError
from .git import Git
from .git_objects import GitObjects
from .git_requirements import GitRequirement
from .mirror import Mirror
from .module_call import ModuleCall
from .remote import Remote
from .revision_source import make_git


def fetch_dependencies(call: ModuleCall, wanted: Sequence[GitRequirement]) -> dict[str, str]:
    """Fetch each repository beside the submodules of the app; return the mirrors by address."""
    git = make_git(call.options, call.users, read_only=False, local=False)
    mirror = call.paths.mirror
    return {requirement.url: _fetch(requirement, mirror, git) for requirement in wanted}


def _fetch(requirement: GitRequirement, mirror: Path, git: Git) -> str:
    remote = Remote.parse(requirement.address)
    digest = hashlib.sha256(remote.url.encode()).hexdigest()[:16]
    module = Mirror(mirror.parent, f"{mirror.name}/modules/{digest}.git", remote, git)
    objects = GitObjects(git, module.path)
    ref = requirement.ref
    usable = module.is_usable()
    try:
        # A branch may have moved since; a commit stays what it is.
        if not usable or not is_commit(ref) or not objects.has_commit(ref):
            module.update(usable)
            _choose_branch(module, git)
        if is_commit(ref) and not objects.has_commit(ref):
            module.fetch_commit(ref)
    except ReleaseError as error:
        raise ReleaseError(
            f"The requirements name {remote.display}. {error.message}",
            reason=cast(Reason, error.reason),
            options=["ssh_key" if option == "repository" else option for option in error.options],
            hint=error.hint,
            **error.facts,
        ) from None
    return str(module.path)


def _choose_branch(module: Mirror, git: Git) -> None:
    """Let the mirror have the default branch of its repository, which an installer takes or starts from."""
    branch = module.list_refs().default_branch
    if branch:
        git.run([f"--git-dir={module.path}", "symbolic-ref", "HEAD", f"refs/heads/{branch}"])
