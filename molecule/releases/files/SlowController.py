import time
from pathlib import Path

from masonite.controllers import Controller
from masonite.request import Request

# Shared by all releases, so that a request that began in one can be told to end after the next went live.
SIGNALS = Path("storage/framework")


class SlowController(Controller):
    """Says that it has begun, and answers when it is told to."""

    def show(self, request: Request):
        name = request.param("name")
        (SIGNALS / f"{name}.began").touch()
        for _ in range(600):
            if (SIGNALS / f"{name}.end").exists():
                return "late, but whole"
            time.sleep(0.1)
        return "nobody told me to end"
