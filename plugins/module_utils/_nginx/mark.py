# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words in the first line of each file that the role writes."""

from __future__ import annotations

MARK = b"(role masonite.deploy.nginx)"
