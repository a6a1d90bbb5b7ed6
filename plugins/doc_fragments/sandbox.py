# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that modules with a sandbox share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  hidden_paths:
    description:
      - Directories that look empty in the sandbox, except for what O(visible_paths) and O(writable_paths)
        name below them. They are best the directories that hold all apps.
      - Has an effect with systemd only.
    type: list
    elements: path
    default: []
  visible_paths:
    description:
      - Paths below one of O(hidden_paths) that can be read all the same. One that does not exist is ignored.
      - Has an effect with systemd only.
    type: list
    elements: path
    default: []
  writable_paths:
    description:
      - Paths that can be written, as far as the user's own rights allow. One that does not exist is
        ignored. All others are read-only, except for a private C(/tmp) and C(/var/tmp).
      - Has an effect with systemd only.
    type: list
    elements: path
    default: []
  memory_max:
    description:
      - Memory that all processes together can have, as a size such as V(1G) or a part of the server's such as
        V(50%). Beyond that the kernel kills them. Empty means no limit.
      - Has an effect with systemd only.
    type: str
    default: ""
  tasks_max:
    description:
      - Number of processes and threads. The default is that of systemd, 15% of the server's.
      - Has an effect with systemd only.
    type: int
  service_manager:
    description:
      - V(auto) is V(systemd) where systemd runs the server and the module runs as root, otherwise V(none).
    type: str
    choices: [auto, systemd, none]
    default: auto
"""
