# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=restored: the database of the app is an earlier one, which the next deploy has to migrate again."""

from __future__ import annotations

from typing import Any

from .app_directories import create_records_directory
from .deploy_history import record_deploy
from .module_call import ModuleCall
from .result import make_result


class RestoredState:
    def __init__(self, call: ModuleCall) -> None:
        self.call = call

    def run(self) -> dict[str, Any]:
        """Record which migrations are pending, and that there was a restore."""
        call = self.call
        live = call.store.find_live()
        if not call.check_mode:
            create_records_directory(call.paths)
            with call.exclusive():
                call.store.save_pending_migrations(call.options.pending_migrations)
                record_deploy(call, live, "ok", live.name if live is not None else "")
        return make_result(call.store, call.lock, live, True, call.warnings)
