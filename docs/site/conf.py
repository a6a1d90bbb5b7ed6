"""Settings of Sphinx for the site that script/docs builds from a copy of the pages, .docs/source."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# script/docs puts galaxy.yml beside this file.
GALAXY = yaml.safe_load((Path(__file__).parent / "galaxy.yml").read_text(encoding="utf-8"))

project = "masonite.deploy"
author = ", ".join(GALAXY["authors"])
version = release = GALAXY["version"]
project_copyright = author

extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
# What antsibull-docs writes beside the pages of roles and plugins: reference.md is the index here.
exclude_patterns = ["reference/index.rst", "reference/environment_variables.rst"]

myst_heading_anchors = 3
html_theme = "furo"
html_title = f"masonite.deploy {version}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "source_repository": GALAXY["repository"],
    "source_branch": "main",
    "source_directory": "docs/",
    "top_of_page_buttons": [],
}
highlight_language = "yaml+jinja"

ANSIBLE = "https://docs.ansible.com/ansible/latest"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
ANSIBLE_PLUGIN = re.compile(r"ansible_collections\.(?!masonite\.deploy\.)(\w+)\.(\w+)\.(\w+_[a-z]+)")


def link_to_ansible(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Return a link to Ansible's own documentation for a label that this site does not have."""
    label = node["reftarget"]
    page = ANSIBLE_PAGES.get(label)
    if plugin := ANSIBLE_PLUGIN.fullmatch(label):
        page = "collections/{}/{}/{}.html".format(*plugin.groups())
    if page is None:
        return None
    return nodes.reference("", "", content, refuri=f"{ANSIBLE}/{page}", internal=False)


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", link_to_ansible)
