# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why NGINX's configuration was not changed."""

from __future__ import annotations

from .._system.errors import ModuleError


class NginxError(ModuleError):
    """What was wanted and what NGINX or the files on the server have against it; ``reason`` is for programs.

    The reasons: ``options``, ``foreign_file``, ``other_user``, ``invalid_configuration``, ``reload``,
    ``not_installed``, ``filesystem``, ``timeout``.
    """
