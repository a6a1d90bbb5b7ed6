# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The id of an instance: a short hash of everything that makes the instance what it is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

ID_LENGTH = 10
ID_PATTERN = re.compile(r"\A[0-9a-f]{10}(r[0-9]+)?\Z")
# Stands for the id where it is not known yet, because the id is a hash of the text that contains it.
PLACEHOLDER = "0" * ID_LENGTH


def compute_id(parts: Mapping[str, object]) -> str:
    """Return the id of an instance that consists of these parts."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def remove_number(instance_id: str) -> str:
    """Return an id without the number that distinguishes two instances of one configuration."""
    return instance_id[:ID_LENGTH]
