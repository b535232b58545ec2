"""The version and the licence are the same wherever they are named."""

import re
import tomllib

import yaml

from hevesy._version import __version__

from .repository import ROOT


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert project["version"] == __version__ == citation["version"]
    assert project["license"] == citation["license"] == "Apache-2.0"


def test_changelog_knows_the_version_or_what_is_unreleased():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(?:Unreleased|{re.escape(__version__)})\]", text, re.M)


def test_every_dependency_is_pinned_for_make():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(r for group in project["optional-dependencies"].values() for r in group)]
    pinned = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    names = {re.match(r"[\w.-]+", r).group().lower().replace("_", "-") for r in wanted}
    assert names - set(pinned) == set()
