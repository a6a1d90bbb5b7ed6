# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say where the instances of a name are."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the instance, for example that of the site. Directories and the service are named after it.
    type: str
    required: true
  socket:
    description:
      - The public socket, which the web server connects to. It is a link to the socket of the live instance.
    type: path
    required: true
  pidfile:
    description:
      - The public pidfile, a link to the private one of the live instance.
      - The default is O(socket) with C(.pid) in place of C(.sock).
    type: path
  runtime_dir:
    description:
      - Directory of the private sockets, pidfiles and fifos of the instances.
      - The name must not end with C(.public), as those of the directories of published sockets do.
      - The default is a directory O(name) beside O(socket).
    type: path
  config_dir:
    description:
      - Directory of the generated configurations and of the lock. It belongs to the user that the module runs
        as.
      - The default is C(/etc/uwsgi-instances/<name>), or for an ordinary user
        C(~/.config/uwsgi-instances/<name>).
    type: path
"""
