"""Run a module of the collection on a server, packaged by Ansible but without its command line (2 s)."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

COLLECTIONS = Path(__file__).parents[3] / "playbooks/collections"


@functools.cache
def _templar() -> Templar:
    init_plugin_loader([str(COLLECTIONS)])
    return Templar(loader=DataLoader())


def run_module(container: str, module: str, options: dict[str, Any], timeout: float = 300) -> dict[str, Any]:
    """The result of a module of masonite.deploy, also of one that failed, from a container of Docker."""
    templar = _templar()
    built = modify_module(
        module_name=f"masonite.deploy.{module}",
        module_path=str(COLLECTIONS / f"ansible_collections/masonite/deploy/plugins/modules/{module}.py"),
        module_args={"_ansible_check_mode": False, **options},
        templar=templar,
        task_vars={"ansible_python_interpreter": "/usr/bin/python3"},
        module_compression="ZIP_DEFLATED",
    )
    done = subprocess.run(
        ["docker", "exec", "-i", container, "/usr/bin/python3"],
        input=built.b_module_data,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    text = done.stdout.decode().strip()
    assert text.startswith("{"), f"{module} of {container}: {text}{done.stderr.decode()}"
    result: dict[str, Any] = json.loads(text)
    return result
