# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the module uwsgi_instance, from its options to its result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Callable

from .account_options import find_instance_account, refuse_root
from .configuration_options import read_configuration
from .context import Context
from .discovery import Discovery
from .errors import InstanceError, describe_os_error
from .foreign_process import refuse_unknown_process
from .instance_lock import lock_instances
from .path_options import read_paths
from .planner import Planner
from .progress import Progress
from .result import Result
from .run_options import STATES_THAT_RUN, read_run_options
from .service_managers import find_service_managers
from .start_state import StartState
from .stop_state import StopState


def run(
    params: Mapping[str, Any],
    check_mode: bool = False,
    observe: Callable[[str], None] = lambda _stage: None,
) -> dict[str, Any]:
    """Return the result; ``observe`` is called with the name of each stage before it begins."""
    paths = read_paths(params)
    options = read_run_options(params, check_mode)
    managers = find_service_managers(paths)
    context = Context(
        paths=paths,
        options=options,
        managers=managers,
        progress=Progress(observe),
        find_live=lambda: Discovery(paths, managers).find_live(),
        find_own=lambda instance_id: Discovery(paths, managers).find_own(instance_id),
    )
    planner = _make_planner(params, context) if options.state in STATES_THAT_RUN else None
    try:
        return _converge(context, planner).to_dict(context)
    except InstanceError as error:
        error.warnings = context.progress.warnings
        raise
    except OSError as error:
        serving = context.describe_serving()
        failure = InstanceError(
            f"{paths.name}: {describe_os_error(error)}. Serving now: {serving}.", context.progress.stage
        )
        failure.serving, failure.warnings = serving, context.progress.warnings
        raise failure from error


def _make_planner(params: Mapping[str, Any], context: Context) -> Planner:
    options = context.options
    configuration = read_configuration(params, context.paths)
    account = find_instance_account(configuration.user, configuration.group)
    refuse_root(account, params["allow_root"])
    return Planner(context.paths, configuration, account, options.start_timeout, options.stop_timeout)


def _converge(context: Context, planner: Planner | None) -> Result:
    paths, progress = context.paths, context.progress
    progress.enter("prepare")
    context.links.refuse_directories()
    if context.options.check_mode:
        result = _apply_state(context, planner)
    elif planner is None and not os.path.isdir(paths.config_dir):
        # This module has never started anything here; only a foreign instance may have to be stopped.
        result = _apply_state(context, planner)
    else:
        with lock_instances(paths, context.options.lock_timeout) as lock:
            if lock.waited > 1:
                progress.warn(f"waited {lock.waited:.1f} s for another run on this instance")
            context.records.remove_temporary_files()
            result = _apply_state(context, planner)
    progress.finish()
    return result


def _apply_state(context: Context, planner: Planner | None) -> Result:
    context.progress.enter("discover")
    discovery = Discovery(context.paths, context.managers)
    live = discovery.find_live()
    refuse_unknown_process(context, live)
    if planner is None:
        return StopState(context, discovery, live).apply()
    return StartState(context, planner, discovery, live).apply()
