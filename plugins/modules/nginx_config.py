#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nginx_config
short_description: Change NGINX's configuration without breaking it, or losing what others wrote
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Writes files of NGINX's configuration and virtual hosts, and loads them into the running NGINX. All
    files of one call are tested together, in a copy of the configuration, before any of them is written.
  - A configuration that NGINX refuses is never on disk. A host name that another file serves already is
    refused, too.
  - A file is replaced only if it is byte for byte what this module wrote last, or one of
    O(files[].previous_contents). The module records the SHA-256 sums of what it writes in O(records_path).
  - The files are written in an order in which NGINX could start after each of them.
  - The configuration is loaded if a worker of NGINX is older than it, so that what an interrupted run wrote
    is loaded by the next one. The module returns when no worker takes requests by the previous
    configuration any more.
  - It is what the role P(masonite.deploy.nginx#role) uses. Messages name the settings of that role.
options:
  path:
    description: The directory of NGINX's configuration.
    type: path
    default: /etc/nginx
  files:
    description:
      - Files below O(path) that are no virtual hosts.
      - A directive in a file of C(conf.d) that another file sets already at the same level is left out,
        with a comment in its place.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The path of the file, relative to O(path), such as V(conf.d/example.conf).
        type: str
        required: true
      content:
        description: The content of the file.
        type: str
        required: true
      previous_contents:
        description: Contents that may be replaced although nothing is recorded about them.
        type: list
        elements: str
        default: []
  sites:
    description:
      - Virtual hosts, in C(sites-available) with a link in C(sites-enabled). Where C(nginx.conf) does not
        include C(sites-enabled), as that of nginx.org's package, they are files in C(conf.d).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the file, and of the link to it.
        type: str
        required: true
      state:
        description:
          - V(present) writes and enables the virtual host.
          - V(absent) removes it. If it was edited, a copy is kept; if this module never wrote it, it is
            refused.
        type: str
        choices: [present, absent]
        default: present
      content:
        description: The content of the file. Needed unless O(sites[].state=absent).
        type: str
      previous_contents:
        description: Contents that may be replaced although nothing is recorded about them.
        type: list
        elements: str
        default: []
      replace:
        description: Whether a file that others wrote or edited is replaced or removed. A copy is kept.
        type: bool
        default: false
      replaces:
        description:
          - Other files below O(path) that this virtual host takes the place of. They are removed, and a
            copy is kept. A site is disabled, and stays in C(sites-available).
        type: list
        elements: str
        default: []
      waits_for:
        description:
          - A path, such as the socket of the app. As long as it does not exist, a virtual host that would
            take the place of one that others wrote is not written, and RV(waiting) names it. So visitors of
            an app that was set up by hand are served until its successor is.
        type: path
        version_added: 0.2.0
      logs:
        description:
          - Log files of the virtual host. They are created, or closed to other users, with O(log_user) as
            owner, O(log_group) as group and the mode 0640.
        type: list
        elements: str
        default: []
  pages:
    description:
      - Files outside of O(path) that the configuration names, such as the page for an error. They are
        readable for all users, and replaced whoever wrote them.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The absolute path of the file.
        type: path
        required: true
      content:
        description: The content of the file.
        type: str
        required: true
  replace:
    description:
      - Whether O(files), and a default site that O(remove_default_site) removes, are replaced although
        others wrote or edited them. A copy is kept.
    type: bool
    default: false
  replaces:
    description:
      - Other files below O(path) that O(files) take the place of. They are removed, and a copy is kept.
    type: list
    elements: str
    default: []
  worker_connections:
    description:
      - How many connections each worker takes at least. A lower number in C(nginx.conf) is raised to this
        one, and a copy of that file is kept. The limit of open files is set to twice the number, in
        C(modules-enabled/).
      - V(0) leaves both as they are.
    type: int
    default: 0
  remove_default_site:
    description:
      - Whether the default site of the distribution's package is removed. One that was edited is refused.
    type: bool
    default: false
  user:
    description:
      - Whom the settings take for NGINX's user. If C(nginx.conf) names another one, nothing is changed.
      - By default that is not checked.
    type: str
  log_user:
    description: The owner of O(sites[].logs).
    type: str
    default: www-data
  log_group:
    description: The group of O(sites[].logs).
    type: str
    default: adm
  assume:
    description:
      - What an earlier call of the same run writes, for check mode and O(only_check), in which it wrote
        nothing. The virtual hosts are tested together with it.
      - Ignored otherwise.
    type: dict
    suboptions:
      files:
        description: As O(files).
        type: list
        elements: dict
        default: []
        suboptions:
          path:
            description: The path of the file, relative to O(path), such as V(conf.d/example.conf).
            type: str
            required: true
          content:
            description: The content of the file.
            type: str
            required: true
          previous_contents:
            description: Contents that may be replaced although nothing is recorded about them.
            type: list
            elements: str
            default: []
      replace:
        description: As O(replace).
        type: bool
        default: false
      replaces:
        description: As O(replaces).
        type: list
        elements: str
        default: []
      worker_connections:
        description: As O(worker_connections).
        type: int
        default: 0
      remove_default_site:
        description: As O(remove_default_site).
        type: bool
        default: false
  only_check:
    description:
      - Whether to change nothing, and only fail if the configuration would be refused. So a play can check
        before it changes anything else.
    type: bool
    default: false
  executable:
    description: The program of NGINX.
    type: path
    default: /usr/sbin/nginx
  records_path:
    description: Where the sums of what was written, and copies of what was replaced, are kept.
    type: path
    default: /var/lib/masonite-deploy/nginx
  dpkg_status_path:
    description: The file in which dpkg records the sums of the configuration files of packages.
    type: path
    default: /var/lib/dpkg/status
  obsolete_program:
    description:
      - The program C(nginx-safely) of an earlier version. It is removed if its content is what that version
        installed.
    type: path
attributes:
  check_mode:
    description: Tests everything, and says what would change.
    support: full
  diff_mode:
    description: Shows the difference of each file.
    support: full
  idempotent:
    description: A second task with the same options changes nothing.
    support: full
  platform:
    description: Target systems.
    support: full
    platforms: posix
notes:
  - Contents of files are not logged and not part of the returned invocation. Diff mode shows them.
seealso:
  - ref: ansible_collections.masonite.deploy.nginx_role
    description: The role that uses this module.
"""

EXAMPLES = r"""
- name: Write a limit for all virtual hosts
  masonite.deploy.nginx_config:
    files:
      - path: conf.d/example.conf
        content: |
          client_max_body_size 20m;

- name: Write two virtual hosts at once
  masonite.deploy.nginx_config:
    sites:
      - name: blog.conf
        content: "{{ lookup('ansible.builtin.template', 'blog.conf.j2') }}"
        logs: [/var/log/nginx/blog.access.log, /var/log/nginx/blog.error.log]
      - name: shop.conf
        content: "{{ lookup('ansible.builtin.template', 'shop.conf.j2') }}"
        replaces: [/etc/nginx/sites-enabled/old-shop.conf]

- name: Remove a virtual host
  masonite.deploy.nginx_config:
    sites:
      - name: blog.conf
        state: absent

- name: Load what is on disk, if the running NGINX is older
  masonite.deploy.nginx_config:
"""

RETURN = r"""
changes:
  description: What was done, or would be done in check mode, in this order.
  returned: always
  type: list
  elements: str
  sample:
    - wrote /etc/nginx/sites-available/blog.conf
    - enabled /etc/nginx/sites-enabled/blog.conf
    - loaded the configuration
copies:
  description: The copies that were kept of files of others.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file that was replaced or removed.
      type: str
      sample: /etc/nginx/sites-available/blog.conf
    copy:
      description: Its copy.
      type: str
      sample: /var/lib/masonite-deploy/nginx/replaced/blog.conf.20260131T093000Z
waiting:
  description: The virtual hosts that were not written, because what they wait for does not exist.
  returned: success
  type: list
  elements: str
  sample: [blog.conf]
reloaded:
  description: Whether the running NGINX has loaded the configuration.
  returned: success
  type: bool
running:
  description: Whether NGINX runs.
  returned: success
  type: bool
enabled:
  description: Whether NGINX starts at boot.
  returned: success
  type: bool
diff:
  description: The difference of each file, if anything changed.
  returned: in diff mode
  type: list
  elements: dict
  contains:
    before_header:
      description: The path of the file.
      type: str
    after_header:
      description: The path of the file.
      type: str
    before:
      description: The content of the file; empty if it did not exist.
      type: str
    after:
      description: The content of the file; empty if it was removed.
      type: str
    prepared:
      description: A change that is not one of a file.
      type: str
reason:
  description:
    - The kind of failure. V(options) is about the options. V(foreign_file) is a file that others wrote or
      edited, V(other_user) an NGINX that runs as another user than O(user), V(invalid_configuration) a
      configuration that NGINX refuses. V(reload) is a configuration that is written, but that the running
      NGINX did not load. V(not_installed) means that NGINX is missing. V(timeout) is a program of NGINX
      that did not answer. V(filesystem) is any other error of the operating system.
  returned: failure
  type: str
  sample: foreign_file
options:
  description: The options that the failure is about.
  returned: failure, where it is about options
  type: list
  elements: str
  sample: [sites.replace]
complaints:
  description: What NGINX has against the configuration.
  returned: failure with RV(reason=invalid_configuration)
  type: list
  elements: str
  sample: ['[emerg] unknown directive "x" in /etc/nginx/sites-enabled/blog.conf:3']
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._nginx.main import run

CONTENT_OPTIONS: dict[str, Any] = {
    "content": {"type": "str", "required": True},
    "previous_contents": {"type": "list", "elements": "str", "default": []},
}
FILES_OPTION: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {"path": {"type": "str", "required": True}, **CONTENT_OPTIONS},
}
SERVER_OPTIONS: dict[str, Any] = {
    "replace": {"type": "bool", "default": False},
    "replaces": {"type": "list", "elements": "str", "default": []},
    "worker_connections": {"type": "int", "default": 0},
    "remove_default_site": {"type": "bool", "default": False},
}
SITES_OPTION: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        **CONTENT_OPTIONS,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "content": {"type": "str"},
        "replace": {"type": "bool", "default": False},
        "replaces": {"type": "list", "elements": "str", "default": []},
        "waits_for": {"type": "path"},
        "logs": {"type": "list", "elements": "str", "default": []},
    },
}
PAGES_OPTION: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {"path": {"type": "path", "required": True}, "content": {"type": "str", "required": True}},
}
ARGUMENTS: dict[str, Any] = {
    **SERVER_OPTIONS,
    "path": {"type": "path", "default": "/etc/nginx"},
    "files": {**FILES_OPTION, "no_log": True},
    "sites": {**SITES_OPTION, "no_log": True},
    "pages": {**PAGES_OPTION, "no_log": True},
    "user": {"type": "str"},
    "log_user": {"type": "str", "default": "www-data"},
    "log_group": {"type": "str", "default": "adm"},
    "assume": {"type": "dict", "options": {"files": FILES_OPTION, **SERVER_OPTIONS}, "no_log": True},
    "only_check": {"type": "bool", "default": False},
    "executable": {"type": "path", "default": "/usr/sbin/nginx"},
    "records_path": {"type": "path", "default": "/var/lib/masonite-deploy/nginx"},
    "dpkg_status_path": {"type": "path", "default": "/var/lib/dpkg/status"},
    "obsolete_program": {"type": "path"},
}


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
