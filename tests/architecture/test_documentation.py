"""The documentation builds strictly, and reaches every page."""

import subprocess
import sys

from .repository import ROOT

PARTS = ("tutorial", "how-to", "reference", "explanation", "decisions")


def test_documentation_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]
    command += ["-d", str(tmp_path / "doctrees"), str(ROOT / "docs"), str(tmp_path / "html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for part in PARTS:
        assert (tmp_path / "html" / part / "index.html").is_file()


def test_every_part_has_pages():
    assert [part for part in PARTS if len(list((ROOT / "docs" / part).glob("*.md"))) < 2] == []
