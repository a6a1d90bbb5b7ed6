# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI module, where the settings leave it to the files of the app."""

from __future__ import annotations

import pytest
from release_world import App, Repository, refused

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'
FLASK = {"requirements.txt": "flask\n"}
FOUND: dict[str, tuple[dict[str, str], str]] = {
    "the usual one": ({"wsgi.py": "application = make()\n"}, "wsgi:application"),
    "a wsgi.py in which nothing is seen": ({"wsgi.py": "globals().update(x())\n"}, "wsgi:application"),
    "a wsgi.py of an app": ({"wsgi.py": "from shop import app\n"}, "wsgi:app"),
    "a wsgi.py of a factory": (
        {"wsgi.py": "from shop import create_app\n\napp = create_app()\n"},
        "wsgi:app",
    ),
    "what Django's settings name": (
        {
            "manage.py": MANAGE.format("shop.settings"),
            "shop/settings.py": "WSGI_APPLICATION = 'site_of_shop.wsgi.application'\n",
            "site_of_shop/wsgi.py": "",
        },
        "site_of_shop.wsgi:application",
    ),
    "Django's settings, a package": (
        {
            "manage.py": MANAGE.format("config.settings.local"),
            "config/settings/local.py": "",
            "config/wsgi.py": "",
        },
        "config.wsgi:application",
    ),
    "a Procfile": (
        {
            **FLASK,
            "Procfile": "web: gunicorn -w 3 site:web_app -b 0.0.0.0:$PORT\n",
            "site.py": "",
            "app.py": "app = 1\n",
        },
        "site:web_app",
    ),
    "a Procfile without a callable": (
        {"Procfile": "release: x\nweb: gunicorn shop.wsgi --log-file -\n", "shop/wsgi.py": ""},
        "shop.wsgi:application",
    ),
    "a Procfile of what is not there": (
        {**FLASK, "Procfile": "web: gunicorn gone:app\n", "main.py": "app = Flask(__name__)\n"},
        "main:app",
    ),
    "FLASK_APP": (
        {
            **FLASK,
            ".flaskenv": "FLASK_APP=blog.py\n",
            "blog.py": "app = create_app()\n",
            "app/__init__.py": "app = 1\n",
        },
        "blog:app",
    ),
    "FLASK_APP with a factory": (
        {**FLASK, ".flaskenv": "export FLASK_APP='blog:make'\n", "blog/__init__.py": "def make():\n"},
        "blog:make()",
    ),
    "an app in app.py": ({**FLASK, "app.py": "app: Flask = Flask(__name__)\n"}, "app:app"),
    "a factory in a package": (
        {**FLASK, "tests/__init__.py": "", "notes/__init__.py": "def create_app(test_config=None):\n"},
        "notes:create_app()",
    ),
    "an app in src": (
        {
            "pyproject.toml": '[project]\nname = "notes"\ndependencies = ["flask"]\n',
            "src/notes/__init__.py": "app = 1\n",
        },
        "notes:app",
    ),
}
NOT_FOUND: dict[str, dict[str, str]] = {
    "an app of Masonite without it": {"craft": "", "Kernel.py": ""},
    "nothing": {"readme.txt": ""},
    "a factory that wants more": {**FLASK, "app.py": "def create_app(config):\n    app = 1\n"},
    "an app of another framework": {"requirements.txt": "fastapi\n", "main.py": "app = FastAPI()\n"},
    "a server of ASGI": {
        "Procfile": "web: gunicorn -k uvicorn.workers.UvicornWorker main:app\n",
        "main.py": "",
    },
}


@pytest.mark.parametrize("case", FOUND)
def test_the_module_is_found_in_the_files_of_the_app(case: str, app: App, repository: Repository) -> None:
    files, expected = FOUND[case]
    for name in ("wsgi.py", "requirements.txt"):
        (repository.path / name).unlink()
    repository.commit(files)
    for check_mode in (True, False):
        assert app.call(check_mode, module="auto")["framework"]["module"] == expected
    app.live(app.present(module="auto")["release"]["name"])
    found = app.present(module="auto")
    assert (found["is_live"], found["framework"]["module"]) == (True, expected)


def test_the_module_is_found_in_a_sub_directory(app: App, repository: Repository) -> None:
    repository.commit({"examples/requirements.txt": "flask\n", "examples/main.py": "app = 1\n"})
    assert app.present(module="auto", directory="examples")["framework"]["module"] == "main:app"


@pytest.mark.parametrize("case", NOT_FOUND)
def test_where_no_module_is_found_the_deploy_ends_before_anything_is_made(
    case: str, app: App, repository: Repository
) -> None:
    (repository.path / "wsgi.py").unlink()
    repository.commit(NOT_FOUND[case])
    for check_mode in (True, False):
        with refused("missing_module", "has no wsgi.py, and module (auto) finds no other", "Set module to"):
            app.call(check_mode, module="auto")
    assert app.names() == []


def test_the_setting_goes_over_what_would_be_found(app: App, repository: Repository) -> None:
    repository.commit({"shop.py": "", "wsgi.py": "application = 1\n"})
    assert app.present(module="shop:app")["framework"]["module"] == "shop:app"


def test_a_module_that_is_not_there_is_answered_with_the_one_that_is(
    app: App, repository: Repository
) -> None:
    (repository.path / "wsgi.py").unlink()
    repository.commit({**FLASK, "main.py": "app = Flask(__name__)\n"})
    with refused("missing_module", "has no shop.py", "Set module to main:app"):
        app.present(module="shop:app")


@pytest.mark.parametrize("form", ["shop:app", "auto"])
def test_each_release_has_its_own_module(app: App, repository: Repository, form: str) -> None:
    repository.commit({"wsgi.py": "app = 1\n", "shop.py": ""})
    expected = "wsgi:app" if form == "auto" else form
    first = app.present(module=form)
    app.live(first["release"]["name"])
    repository.commit({"wsgi.py": "application = 1\n"})
    app.live(app.present(module=form)["release"]["name"])
    assert app.present(module=form, release="previous")["framework"]["module"] == expected
