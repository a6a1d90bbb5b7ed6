import time

from masonite.controllers import Controller
from masonite.request import Request


class SlowController(Controller):
    def show(self, request: Request):
        time.sleep(int(request.param("milliseconds")) / 1000)
        return "late, but whole"
