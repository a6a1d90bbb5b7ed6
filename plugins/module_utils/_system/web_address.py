# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an http or https address that a request can be sent to."""

from __future__ import annotations

_PORT = r"6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3}"
_HOST = r"[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\]"
WEB_ADDRESS = rf"https?://(?:{_HOST})(?::(?:{_PORT}))?(?:[/?][!-~]*)?"
