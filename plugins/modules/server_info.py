#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_info
short_description: Report what a server is, and which packages and files it lacks
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Answers in one fast call what the roles of this collection need to know before they change anything. So
    tasks that have nothing to do are skipped without a connection of their own.
  - M(ansible.builtin.apt) needs about a second to find out that nothing is missing; this module reads the
    records of dpkg and apt.
options:
  packages:
    description:
      - Names of Debian packages.
      - One with a version, a wildcard or a path is always reported as missing, so that apt decides.
    type: list
    elements: str
    default: []
  paths:
    description: Paths of files or directories.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  platform:
    description: Target systems.
    support: full
    platforms: posix
seealso:
  - module: ansible.builtin.package_facts
  - module: ansible.builtin.setup
"""

EXAMPLES = r"""
- name: Look which packages are missing
  masonite.deploy.server_info:
    packages: [git, acl]
  register: server

- name: Install the packages
  ansible.builtin.apt:
    name: "{{ server.missing_packages }}"
  when: server.missing_packages | length > 0
"""

RETURN = r"""
distribution:
  description: The distribution.
  returned: success
  type: dict
  contains:
    name:
      description: Its name, as Ansible's fact C(distribution) has it.
      type: str
      sample: Debian
    version:
      description: Its version; without one, such as in a release that is being prepared, its code name.
      type: str
      sample: "12"
has_ipv6:
  description: Whether the server has an IPv6 address besides C(::1).
  returned: success
  type: bool
missing_packages:
  description: Those of O(packages) that are not installed, or only because another package needs them.
  returned: success
  type: list
  elements: str
  sample: [acl]
installed_packages:
  description: The others of O(packages).
  returned: success
  type: list
  elements: str
  sample: [git]
missing_paths:
  description: Those of O(paths) that do not exist.
  returned: success
  type: list
  elements: str
  sample: []
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._server.distribution import read_distribution
from ansible_collections.masonite.deploy.plugins.module_utils._server.network import has_ipv6
from ansible_collections.masonite.deploy.plugins.module_utils._server.packages import find_missing_packages

ARGUMENTS = {
    "packages": {"type": "list", "elements": "str", "default": []},
    "paths": {"type": "list", "elements": "path", "default": []},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    packages = module.params["packages"]
    missing = find_missing_packages(packages)
    distribution = read_distribution()
    module.exit_json(
        changed=False,
        distribution={"name": distribution.name, "version": distribution.version},
        has_ipv6=has_ipv6(),
        missing_packages=missing,
        installed_packages=[name for name in packages if name not in missing],
        missing_paths=[path for path in module.params["paths"] if not os.path.exists(path)],
    )


if __name__ == "__main__":
    main()
