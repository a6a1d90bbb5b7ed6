#!/usr/bin/python
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_settings
short_description: Check the settings of apps before anything changes
description:
  - Checks what the role masonite.deploy.masonite_app is given, for all apps of a run at once. Types and
    choices are those of the role's argument specs; what settings mean together is checked as well, such as
    two apps that would run as the same user, or a domain that would break NGINX's configuration.
  - The message has a line for each mistake, which names the setting, what was found, and what is allowed. No
    line holds the value of a secret.
  - Works on the controller alone; nothing is connected to.
version_added: 0.2.0
author:
  - The masonite.deploy founders (@masonite)
extends_documentation_fragment:
  - masonite.deploy.attributes
  - masonite.deploy.attributes.posix
attributes:
  check_mode:
    support: full
    details: It does the same, because it changes nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    details: Nothing is asked of the server.
options:
  apps:
    description:
      - The names of the apps to check. All others of C(masonite_apps) are read only as far as two apps must
        not have something in common.
      - By default the app that C(masonite_app_only) names, or else all of C(masonite_apps) and the one that
        C(masonite_app_name) names.
    type: list
    elements: str
  accepted:
    description:
      - What an earlier task returned as RV(accepted). If it is given, nothing is checked but that the
        settings which decide who runs what where are still the same.
    type: dict
  hooks:
    description:
      - Lists of task files, by the setting without C(masonite_app_). If it is given, only these files are
        checked, for the one app that O(apps) names. Paths of hooks can depend on the release, so they are
        known only in a deploy.
    type: dict
    version_added: 0.2.0
"""

EXAMPLES = r"""
- name: Check the settings of all apps of the run
  masonite.deploy.check_settings:
  register: checked

- name: Refuse settings that are not those that were checked
  masonite.deploy.check_settings:
    apps: [blog]
    accepted: "{{ checked.accepted }}"
"""

RETURN = r"""
accepted:
  description:
    - For each app, a hash of the settings that decide who runs what where.
  returned: success
  type: dict
  sample:
    blog: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
published_keys:
  description: Application keys that starters and examples publish, which protect nothing.
  returned: success
  type: list
  elements: str
  sample: [-RkDOqXojJIlsF_I8wWiUq_KRZ0PtGWTOZ676u5HtLg=]
time:
  description: When the settings were checked, in seconds since 1970. Releases of a run are named by it.
  returned: success
  type: float
  sample: 1767323045.1
version_given:
  description: Whether C(masonite_app_version) is given on the command line.
  returned: success
  type: bool
  sample: false
reason:
  description: V(settings) if there are mistakes.
  returned: failure
  type: str
  sample: settings
settings:
  description: The settings with mistakes, as the user called them.
  returned: failure
  type: list
  elements: str
  sample: [masonite_apps.blog.keep]
"""
