"""Fail if the tarball of the collection holds anything a user does not need, or lacks what one does."""

from __future__ import annotations

import sys
import tarfile

TOP = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "extensions",
    "inventory.example",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}
WANTED = {
    "README.md",
    "CHANGELOG.md",
    "bindep.txt",
    "docs/getting-started.md",
    "meta/execution-environment.yml",
    "meta/runtime.yml",
    "playbooks/site.yml",
    "plugins/modules/uwsgi_instance.py",
}
UNWANTED = (
    "__pycache__",
    "playbooks/collections",
    ".tar.gz",
    "/tests/",
    "/molecule/",
    "docs/benchmarks",
    "docs/site",
)

with tarfile.open(sys.argv[1]) as archive:
    names = [member.name.removeprefix("./") for member in archive if member.name not in (".", "./")]
problems = [f"not for a user: {name}" for name in names if name.split("/")[0] not in TOP]
problems += [f"not for a user: {name}" for name in names if any(part in f"/{name}" for part in UNWANTED)]
problems += [f"missing: {name}" for name in sorted(WANTED - set(names))]
print("\n".join(problems) or f"{len(names)} files and directories")
sys.exit(1 if problems else 0)
