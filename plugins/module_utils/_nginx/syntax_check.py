# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask NGINX whether it would serve with a changed configuration."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from .complaint import explain
from .errors import NginxError
from .shadow import NGINX_CONF, make_shadow
from .step import Overlay

TEST_TIMEOUT = 60  # seconds
# A host name claimed twice is a warning to NGINX; to its owner it is a site that is never served.
GRAVE = r"^\[(emerg|alert|crit)\]|conflicting server name"


class SyntaxCheck:
    """NGINX's test of its configuration, on a copy of it."""

    def __init__(self, config: Path, executable: str) -> None:
        self.config = config
        self.executable = executable

    def is_possible(self) -> bool:
        """Return whether NGINX is installed."""
        return os.access(self.executable, os.X_OK) and (self.config / NGINX_CONF).is_file()

    def refuse_invalid(self, overlay: Overlay) -> None:
        """Raise NginxError if NGINX would not serve with the overlay."""
        complaints = self.find_complaints(overlay)
        if not complaints:
            return
        before = self.find_complaints({})
        if all("[warn]" in line and line in before for line in complaints):
            return
        raise NginxError(
            explain(
                self.config, complaints, overlay, invalid_before=any("[warn]" not in line for line in before)
            ),
            reason="invalid_configuration",
            complaints=complaints,
        )

    def find_complaints(self, overlay: Overlay) -> list[str]:
        """Return what NGINX says against a copy of the configuration with the overlay."""
        with tempfile.TemporaryDirectory(prefix="nginx-config-") as directory:
            make_shadow(self.config, Path(directory), overlay)
            run = self.run("-t", "-c", str(Path(directory) / NGINX_CONF))
            # Neither the time nor the process is part of what is wrong.
            found = re.findall(r"(?m)(\[\w+\]) (?:\d+#\d+: )?(.*)$", run.stderr)
            lines = [f"{level} {text}".replace(directory, str(self.config)) for level, text in found]
            grave = [line for line in lines if re.search(GRAVE, line)]
            if run.returncode and not grave:
                return [*lines, *run.stderr.splitlines()[-5:], f"exit code {run.returncode}"]
            return grave

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run NGINX's program, without a shell."""
        return subprocess.run(
            [self.executable, *arguments],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TEST_TIMEOUT,
            # The test creates missing log files, which other users must not open before they are closed.
            umask=0o027,
        )
