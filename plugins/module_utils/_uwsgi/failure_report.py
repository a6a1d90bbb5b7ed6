# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say in an error what was wanted, what was found, what serves now and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .context import Context
from .errors import InstanceError, describe_os_error
from .log_cause import find_cause, is_exception
from .plan import Plan


@contextmanager
def explain_failure(context: Context, plan: Plan, is_public_socket_changed: bool) -> Iterator[None]:
    """Complete the message of an error that is raised while a plan is made live."""
    try:
        yield
    except InstanceError as error:
        _complete(error, context, plan, is_public_socket_changed)
        raise
    except OSError as error:
        failure = InstanceError(describe_os_error(error), context.progress.stage)
        _complete(failure, context, plan, is_public_socket_changed)
        raise failure from error


def _complete(error: InstanceError, context: Context, plan: Plan, is_public_socket_changed: bool) -> None:
    cause = [line.strip() for line in find_cause(error.log)]
    problem = error.message.rstrip(".") + "."
    # An exception of the app says more than that it did not start.
    first = f"{cause[-1]}\n" if cause and is_exception(cause[-1]) else ""
    quoted = cause[:-1] if first else cause
    if quoted:
        problem += f" Its log ends with: {' | '.join(quoted).rstrip('.')}."
    outcome = "did not come up"
    note = "" if is_public_socket_changed else "The public socket was not touched. "
    if error.stage in ("switch", "switched", "verify"):
        outcome, note = "was switched back", ""
    elif error.stage in ("drain", "quit", "finish"):
        outcome, note = "serves, but what it replaced could not be removed", ""
    error.serving = context.describe_serving()
    error.message = (
        f"{first}Instance {plan.files.id} of {plan.paths.name} ({plan.configuration.chdir}) {outcome}: "
        f"{problem} "
        f"Serving now: {error.serving}. {note}Correct the cause and run again."
    )
