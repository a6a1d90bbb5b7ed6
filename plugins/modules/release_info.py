#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: Report the releases of an app, its lock and its history
version_added: 0.1.0
author:
  - The masonite.deploy founders (@masonite)
description:
  - Reads what M(masonite.deploy.release) keeps on a server. Changes nothing, and needs neither git nor a
    network. An app that has never been deployed is no error.
options:
  path:
    description: Directory of the app.
    type: path
    required: true
  live_link:
    description: The link whose target is what serves, if it is not C(current) itself.
    type: path
  history:
    description: Number of lines of the history to return, counted from its end. The history is read up to
      1 MiB from its end.
    type: int
    default: 20
  lock_ttl:
    description: Seconds after which a lock no longer counts, for RV(lock.expired). As for
      M(masonite.deploy.release).
    type: int
    default: 3600
  migrations:
    description: Directory of migrations, relative to the root of a release, for RV(rollback).
    type: str
    default: ""
    version_added: 0.2.0
attributes:
  check_mode:
    description: Never changes anything.
    support: full
  diff_mode:
    description: Never changes anything.
    support: none
  idempotent:
    description: Never changes anything.
    support: full
  platform:
    description: Target systems.
    support: full
    platforms: posix
seealso:
  - module: masonite.deploy.release
"""

EXAMPLES = r"""
- name: Read what is deployed
  masonite.deploy.release_info:
    path: /srv/sites/blog
  register: blog

- name: Show the revision that serves
  ansible.builtin.debug:
    msg: "{{ blog.live.revision | default('nothing yet') }}"
"""

RETURN = r"""
live:
  description: The live release; null when there is none.
  returned: always
  type: dict
  contains: &release
    name:
      description: Its name, the time in UTC at which it was made and the first digits of the revision.
      returned: always
      type: str
      sample: 20250301T120000Z-1a2b3c4
    path:
      description: Its directory.
      returned: always
      type: str
      sample: /srv/sites/blog/releases/20250301T120000Z-1a2b3c4
    revision:
      description: The commit. Empty when its record is lost.
      returned: always
      type: str
      sample: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
    version:
      description: The branch, tag or commit that was asked for.
      returned: always
      type: str
      sample: main
    time:
      description: When it was made, in UTC.
      returned: always
      type: str
      sample: "2025-03-01T12:00:00Z"
    state:
      description: V(good) after it was live, V(bad) after its deploy failed, or else V(unfinished).
      returned: always
      type: str
      sample: good
    framework:
      description: Its web framework. Empty for a release of an earlier version of this collection.
      returned: always
      type: str
      sample: masonite
    virtualenv:
      description: The directory of its virtualenv. Empty when it has none.
      returned: always
      type: str
      sample: /venvs/blog/0123456789abcdef
    reason:
      description: Why it is bad. Empty when it is not.
      returned: always
      type: str
      sample: ""
    subject:
      description: The first line of the commit's message. Empty for a release of an earlier version.
      returned: always
      type: str
      sample: Fifth post
previous:
  description: The release that a rollback would take, in the same form; null when there is none.
  returned: always
  type: dict
  contains: *release
releases:
  description: All releases, newest first, in the same form.
  returned: always
  type: list
  elements: dict
  contains: *release
rollback:
  description: What C(rollback.yml) would do.
  returned: always
  type: dict
  contains:
    release:
      description: The release that it would bring live. Empty when there is none.
      returned: always
      type: str
      sample: 20250201T120000Z-9f8e7d6
    migrations:
      description: Files in O(migrations) that only the live release has, and that a rollback does not cross
        where they are applied.
      returned: always
      type: list
      elements: str
      sample: []
    message:
      description: The same as a sentence.
      returned: always
      type: str
      sample: rollback.yml would go back to 20250201T120000Z-9f8e7d6 "Fourth post".
lock:
  description: The lock of the app; null when there is none.
  returned: always
  type: dict
  contains:
    holder:
      description: The run that holds the lock.
      returned: always
      type: dict
      contains:
        user:
          description: Name of the user.
          returned: always
          type: str
          sample: ann
        host:
          description: Name of the control node.
          returned: always
          type: str
          sample: laptop
        machine:
          description: Identifies the control node, its boot and its namespace of processes.
          returned: always
          type: str
          sample: ""
        pid:
          description: The main process of C(ansible-playbook).
          returned: always
          type: int
          sample: 4711
        start:
          description: When that process started.
          returned: always
          type: str
          sample: ""
        job:
          description: The job in AWX. Empty when there is none.
          returned: always
          type: str
          sample: ""
    since:
      description: When the app was locked, in UTC.
      returned: always
      type: str
      sample: "2025-03-01T12:00:00Z"
    release:
      description: Name of the release that is being prepared. Empty before it is complete.
      returned: always
      type: str
      sample: 20250301T120000Z-1a2b3c4
    virtualenv:
      description: Directory of the virtualenv that this release needs.
      returned: always
      type: str
      sample: /venvs/blog/0123456789abcdef
    token:
      description: Distinguishes this lock from a later one.
      returned: always
      type: str
      sample: 0123456789abcdef
    expired:
      description: Whether it is older than O(lock_ttl) and no longer counts.
      returned: always
      type: bool
      sample: false
history:
  description: The last lines of the history, oldest first. A line of an earlier version may lack a key.
  returned: always
  type: list
  elements: dict
  contains:
    time:
      description: When the deploy ended, in UTC.
      returned: always
      type: str
      sample: "2025-03-01T12:00:07Z"
    action:
      description: V(deploy), V(rollback), or V(restore) of a backup of the database.
      returned: always
      type: str
      sample: deploy
    user:
      description: Name of the user who deployed.
      returned: always
      type: str
      sample: ann
    host:
      description: Name of the control node.
      returned: always
      type: str
      sample: laptop
    job:
      description: The job in AWX. Empty when there was none.
      returned: always
      type: str
      sample: ""
    release:
      description: Name of the release. Empty when the deploy failed before there was one.
      returned: always
      type: str
      sample: 20250301T120000Z-1a2b3c4
    revision:
      description: The commit.
      returned: always
      type: str
      sample: 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d
    version:
      description: The branch, tag or commit that was asked for.
      returned: always
      type: str
      sample: main
    result:
      description: V(ok) or V(failed).
      returned: always
      type: str
      sample: ok
    reason:
      description: Why the deploy failed, or why the same release was recorded again.
      returned: always
      type: str
      sample: ""
    seconds:
      description: How long the deploy took; null when that is not known.
      returned: always
      type: float
      sample: 4.2
    previous:
      description: Name of the release that was live before. Empty when there was none.
      returned: always
      type: str
      sample: 20250201T120000Z-9f8e7d6
reason:
  description: The kind of failure, V(filesystem) when the files of the app cannot be read.
  returned: failure
  type: str
  sample: filesystem
  version_added: 0.2.0
options:
  description: Names of the options of this module that the failure is about.
  returned: failure
  type: list
  elements: str
  sample: [path]
  version_added: 0.2.0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.masonite.deploy.plugins.module_utils._release.info import (
    INFO_ARGUMENTS,
    InfoOptions,
    read_info,
)


def main() -> None:
    module = AnsibleModule(argument_spec=INFO_ARGUMENTS, supports_check_mode=True)
    options = InfoOptions.read(module.params)
    try:
        result = read_info(options)
    except OSError as error:
        module.fail_json(
            msg=f"{options.path} cannot be read: {error}.", reason="filesystem", options=["path"]
        )
    else:
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
