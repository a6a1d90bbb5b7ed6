"""A version that does not work goes nowhere: visitors keep the old one, the operator is told why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from world import Files, Run, Server, Site, extra, migration

HANG = "import time\n\ntime.sleep(600)\n"
# As the kernel does it when memory runs out.
KILLED = "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGKILL)\n"
CONTROLLER = "app/controllers/WelcomeController.py"
MIGRATION = "2091_01_01_000000_break_everything"


def controller(body: str) -> str:
    return (
        "import time\n\nfrom masonite.controllers import Controller\n\n\n"
        f"class WelcomeController(Controller):\n    def show(self):\n        {body}\n"
    )


def case(
    name: str, stage: str, *says: str, files: Files | None = None, arguments: Sequence[str] = ()
) -> object:
    return pytest.param(stage, says, files or {}, arguments, id=name)


BROKEN_VERSIONS = [
    case("syntax error", "activate", "SyntaxError", files={"wsgi.py": "def application(:\n"}),
    case(
        "import error",
        "activate",
        "ImportError: cannot import name 'Nothing'",
        files={"wsgi.py": "from masonite.foundation import Nothing\n"},
    ),
    case("missing wsgi.py", "prepare", "wsgi.py", "masonite_app_module", files={"wsgi.py": None}),
    case(
        "missing dependency",
        "activate",
        "No module named 'stripe'",
        files={"wsgi.py": "import stripe\n"},
    ),
    case(
        "missing requirements file",
        "prepare",
        "no-such-requirements.txt",
        "masonite_app_requirements",
        arguments=extra(masonite_app_requirements="no-such-requirements.txt"),
    ),
    case(
        "pip failure",
        "prepare",
        "Build the virtualenv",
        "whitenoise",
        "99.0",
        files={"requirements.txt": "masonite-framework>=5.0,<6\nwhitenoise==99.0\n"},
    ),
    case(
        "failing migration",
        "migrate",
        "Apply the migrations",
        "no such luck",
        files=migration(MIGRATION, "raise RuntimeError('no such luck')"),
    ),
    case(
        "migration whose class has another name",
        "migrate",
        "break_everything",
        files=migration(MIGRATION, "pass", class_name="SomethingElse"),
    ),
    case(
        "candidate answering 500",
        "activate",
        "it answered 500 where 200-399",
        "masonite_app_health_statuses",
        files={CONTROLLER: controller("return 1 / 0")},
    ),
    case(
        "candidate that hangs while it answers",
        "activate",
        "did not answer GET /",
        "within 2 s",
        "masonite_app_health_timeout",
        files={CONTROLLER: controller("time.sleep(600)")},
        arguments=extra(masonite_app_health_timeout=2),
    ),
    case(
        "candidate that hangs while it loads",
        "activate",
        "had not loaded the application after 3 s",
        "masonite_app_start_timeout",
        files={"wsgi.py": HANG},
        arguments=extra(masonite_app_start_timeout=3),
    ),
    case(
        "candidate killed for memory",
        "activate",
        "SIGKILL",
        "running out of memory",
        files={"wsgi.py": KILLED},
    ),
    case(
        "unknown version",
        "prepare",
        "v9.9",
        "masonite_app_version",
        arguments=extra(masonite_app_version="v9.9"),
    ),
    case(
        "unreachable repository",
        "prepare",
        "masonite_app_repository",
        "127.0.0.1",
        arguments=extra(masonite_app_repository="ssh://git@127.0.0.1:1/blog.git"),
    ),
    case(
        "unknown repository",
        "prepare",
        "/srv/git/nothing.git",
        "masonite_app_repository",
        arguments=extra(masonite_app_repository="/srv/git/nothing.git"),
    ),
    # Past the switch: asked through NGINX itself, the new version does not answer as it should.
    case(
        "check through NGINX",
        "activate",
        "asked through the web server (http://127.0.0.1/no-such-page, host blog.test), it answered 404",
        "was switched back",
        "masonite_app_verify_url",
        arguments=extra(masonite_app_verify_url="http://127.0.0.1/no-such-page"),
    ),
]


def assert_refused(blog: Site, run: Run, stage: str, says: Sequence[str], served: tuple[object, ...]) -> None:
    run.failed(f"The deploy of blog failed in {stage} on {blog.server.name}", *says)
    run.says(f"live: {str(served[0]).rpartition('-')[2]} on {blog.server.name}")
    assert (blog.live(), blog.masters(), blog.mark()) == served
    assert not blog.locked()
    last = blog.history()[-1]
    assert (last["result"], last["reason"].startswith(stage)) == ("failed", True)
    if last["release"]:
        assert blog.releases().count(last["release"]) == 0 or blog.state_of(last["release"]) == "bad"


@pytest.fixture
def served(blog: Site) -> tuple[object, ...]:
    return blog.live(), blog.masters(), blog.mark()


@pytest.mark.parametrize(("stage", "says", "files", "arguments"), BROKEN_VERSIONS)
def test_visitors_keep_the_old_version(
    blog: Site,
    served: tuple[object, ...],
    stage: str,
    says: Sequence[str],
    files: Files,
    arguments: Sequence[str],
) -> None:
    blog.origin.push(files)
    with blog.visitors():
        run = blog.run("deploy.yml", *arguments)
    assert_refused(blog, run, stage, says, served)


@pytest.mark.parametrize(
    ("hook", "stage"),
    [
        ("before_prepare", "prepare"),
        ("after_prepare", "prepare"),
        ("before_migrate", "migrate"),
        ("before_activate", "activate"),
    ],
)
def test_a_failing_hook(
    blog: Site, served: tuple[object, ...], tmp_path: Path, hook: str, stage: str
) -> None:
    file = tmp_path / "hook.yml"
    file.write_text(
        "- name: Build the assets\n  ansible.builtin.fail:\n"
        f'    msg: "no assets for {"{{ masonite_app_release_name }}"}"\n'
    )
    blog.origin.push(migration("2091_02_02_000000_never_applied", "pass"))
    with blog.visitors():
        run = blog.run("deploy.yml", *extra(**{f"masonite_app_{hook}": [str(file)]}))
    assert_refused(blog, run, stage, ["Build the assets", "no assets for"], served)


def test_a_failing_hook_after_activate_leaves_the_new_version_live(blog: Site, tmp_path: Path) -> None:
    file = tmp_path / "hook.yml"
    file.write_text("- name: Tell the team\n  ansible.builtin.fail:\n    msg: nobody listens\n")
    mark = blog.origin.push({})
    with blog.visitors():
        run = blog.run("deploy.yml", *extra(masonite_app_after_activate=[str(file)]))
    blog.origin.keep()
    run.failed("nobody listens", f"live: {blog.live().rpartition('-')[2]} on {blog.server.name}")
    assert blog.mark() == mark
    assert not blog.locked()
    assert blog.state_of(blog.live()) == "good"


@pytest.fixture
def full_disk(main_server: Server) -> Iterator[None]:
    """The releases of blog, as they are, on a disk with next to no room left."""
    releases = "/srv/sites/blog/releases"
    main_server.sh(f"""
        set -e
        mkdir -p /mnt/full
        mount -t tmpfs -o mode=755,size=$(( $(du -sk {releases} | cut -f1) + 400 ))k none /mnt/full
        cp -a {releases}/. /mnt/full/
        chown --reference={releases} /mnt/full
        mount --bind /mnt/full {releases}
    """)
    yield
    main_server.sh(f"umount -l {releases}; umount -l /mnt/full")


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize(
    ("check", "says"), [("warn", "No space left on device"), ("fail", "masonite_app_capacity_check")]
)
def test_a_full_disk(blog: Site, served: tuple[object, ...], check: str, says: str) -> None:
    names = blog.releases()
    blog.origin.push({"storage/large.bin": "x" * 1_000_000})
    with blog.visitors():
        run = blog.run("deploy.yml", *extra(masonite_app_capacity_check=check))
    assert_refused(blog, run, "prepare", [says], served)
    assert blog.releases() == names
