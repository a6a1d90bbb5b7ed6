#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: virtualenv
short_description: Build the virtualenv of a release as the build user in a sandbox
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Builds one virtualenv with the requirements of a release. Builds run foreign code, so everything runs as
    O(user) in a transient unit of systemd, as with M(masonite.deploy.app_command), and every process of a
    build is dead when the task ends.
  - A virtualenv that is complete is never changed; for other requirements give another O(path). A directory
    at O(path) that an interrupted build left is removed and built again.
  - Then bytecode is compiled in the background, with a low priority. It makes starts faster, and no task
    waits for it.
  - An app that requires masonite 4 gets C(setuptools<81), too, and is refused with Python 3.12 or later,
    where that framework cannot be installed.
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.linux
  - masonite.deploy.sandbox
options:
  path:
    description:
      - Directory of the virtualenv. The directory above it must exist and belong to O(user); it is writable
        in the sandbox.
    type: path
    required: true
  user:
    description:
      - The user that builds the virtualenv and owns it. It must exist.
      - A user with the user id 0 is refused, unless this is literally V(root).
    type: str
    required: true
  python:
    description: Absolute path of the Python that the virtualenv is made with.
    type: path
    default: /usr/bin/python3
  uv:
    description:
      - Absolute path of uv, which then makes the virtualenv and installs the packages.
      - Without it, C(venv) and C(pip) of O(python) do.
    type: path
  requirements:
    description:
      - A requirements file, a C(pyproject.toml), or a C(uv.lock), C(poetry.lock) or C(Pipfile.lock),
        absolute or below O(chdir). Without it, only O(packages) are installed.
      - What a lock or a file with checksums names is installed in just these versions, and O(packages) do not
        change them. C(uv.lock) needs O(uv); where O(environment) names a package index, it is asked for the
        locked files, instead of the addresses in the lock.
    type: path
  project:
    description:
      - Whether to install the project beside O(requirements), too, as a package whose code stays where it is.
    type: bool
    default: false
    version_added: 0.2.0
  git:
    description:
      - Addresses of git repositories, and the absolute paths of mirrors on the server from which the build
        reads them instead. They are visible in the sandbox, so a build needs no key for them.
    type: dict
    default: {}
    version_added: 0.2.0
  packages:
    description:
      - Further packages, and options of the installer such as V(--no-deps), one word an item.
      - An address may hold a token. Packages appear in no command line; user and password of a git repository
        are given to git by its configuration in the environment.
    type: list
    elements: str
    default: []
  chdir:
    description:
      - The working directory, which O(user) must be able to enter. For packages inside of the release, it is
        the release, and one of O(writable_paths), because they are built in place.
    type: path
    default: /
  environment:
    description:
      - Environment variables of the build, such as C(UV_CACHE_DIR) or the address of a package index. They
        may hold secrets and appear in no command line and no log.
      - Besides these, the build has C(PATH), C(LANG), C(HOME), C(USER) and C(LOGNAME).
    type: dict
    default: {}
  compile:
    description:
      - Whether to compile bytecode in the background after a build. Without systemd
        (O(service_manager=none)) the task waits for it.
    type: bool
    default: true
  name:
    description:
      - Name of the app. It names the units C(masonite-command-NAME:build.service) and
        C(masonite-command-NAME:compile.service), so that there is one build of an app at a time. One that a
        killed run has left is stopped first.
    type: str
    default: ""
  timeout:
    description: Seconds after which the build is killed, and the compilation too; V(0) means no limit.
    type: int
    default: 3600
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: The content of a virtualenv is not shown.
  idempotent:
    support: full
    details: A complete virtualenv is not changed, and no process is started.
requirements:
  - Python 3.9 or later on the server
  - systemd 247 or later for O(service_manager=systemd); setpriv of util-linux otherwise
notes:
  - The file C(.complete) in O(path) marks a complete virtualenv.
seealso:
  - module: masonite.deploy.app_command
  - module: masonite.deploy.release
"""

EXAMPLES = r"""
- name: Build the virtualenv of a release
  masonite.deploy.virtualenv:
    name: blog
    path: /venvs/blog/0123456789abcdef
    user: blog-build
    uv: /opt/masonite-deploy/uv/bin/uv
    requirements: requirements.txt
    packages: [pyuwsgi]
    chdir: /srv/sites/blog/releases/20260102T030400Z-1a2b3c4
    environment:
      HOME: /venvs/blog/.cache
      UV_CACHE_DIR: /venvs/blog/.cache/uv
    hidden_paths: [/srv/sites, /venvs, /srv/sockets]
    writable_paths: [/srv/sites/blog/releases/20260102T030400Z-1a2b3c4]
    memory_max: 1G

- name: Build a virtualenv by venv and pip, from an index that wants a password
  masonite.deploy.virtualenv:
    path: /venvs/tools/1
    user: tools-build
    packages: [uvloop, httptools]
    environment:
      PIP_INDEX_URL: "https://deploy:{{ index_password }}@pypi.example.com/simple"
"""

RETURN = r"""
path:
  description: Directory of the virtualenv.
  returned: success
  type: str
  sample: /venvs/blog/0123456789abcdef
compiling:
  description: Whether the compilation of bytecode was started. Without systemd it has ended.
  returned: success
  type: bool
  sample: true
rc:
  description: The exit code of the build; a negative number is that of the signal that ended it.
  returned: when a build was run
  type: int
  sample: 0
stdout:
  description: The standard output of the build. Of more than 16 MiB the end is kept.
  returned: when a build was run
  type: str
  sample: ""
stderr:
  description: What the installer printed. Of more than 16 MiB the end is kept.
  returned: when a build was run
  type: str
  sample: ""
seconds:
  description: How long the build ran.
  returned: when a build was run
  type: float
  sample: 4.2
timed_out:
  description: Whether the build was killed because O(timeout) was over.
  returned: when a build was run
  type: bool
  sample: false
reason:
  description:
    - The kind of failure. V(exit_code), V(signal), V(timeout), V(memory), V(unsupported_python) and
      V(unsupported_lock) say how the build ended; V(incomplete) that the virtualenv is not complete all the
      same.
    - The build was not started with V(path), V(unknown_user), V(root_refused), V(needs_root),
      V(missing_program), V(chdir), V(sandbox), V(environment), V(argv), V(name), V(user), V(busy),
      V(no_systemd), V(start) or V(internal).
    - With V(not_ended) it may still run.
  returned: failure
  type: str
  sample: exit_code
options:
  description: Options of this module that the failure is about; none where the cause lies elsewhere.
  returned: failure
  type: list
  elements: str
  sample: [python]
hint:
  description: What to do next, which is part of the message, too.
  returned: failure, where there is one
  type: str
  sample: Create it first.
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._virtualenv.main import run
from ..module_utils._virtualenv.options import ARGUMENTS


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
