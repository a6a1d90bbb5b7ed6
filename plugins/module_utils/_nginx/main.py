# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module nginx_config: parameters in, an answer out."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from .._system.masking import mask_only
from .configuration import Configuration
from .errors import NginxError
from .options import read_options

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

# Options that hold the content of files.
WITH_CONTENT = ("files", "sites", "pages", "assume")
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def run(module: AnsibleModule) -> None:
    """Run the module and end the process with its answer."""
    # NGINX's user reads what is written here, whatever the umask of the server's sudo is.
    os.umask(0o022)
    params = dict(module.params)
    _hide_content(module)
    configuration = None
    try:
        configuration = Configuration(read_options(params, module.check_mode))
        result = configuration.converge()
    except NginxError as error:
        facts = {**({"changes": configuration.result.changes} if configuration else {}), **error.facts}
        module.fail_json(msg=error.text(), reason=error.reason, **facts)
    except subprocess.TimeoutExpired as error:
        module.fail_json(
            msg=f"{error.cmd[0]} did not answer in {error.timeout:g} s. Nothing was loaded.", reason="timeout"
        )
    except (OSError, KeyError) as error:
        module.fail_json(
            msg=f"NGINX's configuration cannot be read or written: {error}.",
            reason="filesystem",
        )
    else:
        for copy in result.copies:
            module.warn(f"{copy['path']} was replaced; a copy is kept in {copy['copy']}.")
        changed = bool(result.changes) and not params["only_check"]
        diff = {"diff": result.diff} if module._diff and changed else {}
        module.exit_json(changed=changed, **result.facts(), **diff)


def _hide_content(module: AnsibleModule) -> None:
    """Keep the content of files out of the invocation that is returned, and the words of the answer readable.

    These options are no_log, so that AnsibleModule logs nothing of them. It would also mask each text that
    occurs in them in the whole answer: every path, and what diff mode shows.
    """
    for option in WITH_CONTENT:
        module.params[option] = HIDDEN
    mask_only(module, [])
