# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists the migrations of the app."""

from __future__ import annotations

import os
import sys

from .channel import send_answer


def send_migrations(channel: int) -> None:
    """Send what the ORM says: with current libraries `craft migrate:status` cannot print its table."""
    sys.path.insert(0, os.getcwd())
    __import__("wsgi")
    from masoniteorm.migrations import Migration

    migration = Migration(config_path="config.database")
    recorded = migration.schema.has_table("migrations")
    applied = [ran["migration_file"] for ran in migration.get_ran_migrations()] if recorded else []
    files = sorted(name for name in os.listdir(migration.migration_directory) if name.endswith(".py"))
    known = {*applied, "__init__"}
    pending = [name for name in (file[: -len(".py")] for file in files) if name not in known]
    send_answer(channel, {"applied": applied, "pending": pending})
