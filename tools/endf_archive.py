"""Reading ENDF/B-VIII.1 out of its archive, and the source note that every derived table carries."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import endf

TITLE = "ENDF/B-VIII.1 evaluated nuclear data library"
EDITION = "ENDF/B-VIII.1"
DATE = "2024-08-30"
LICENCE = "work of the United States Government (US DOE, NNDC); open, please cite; see LICENSE.txt"


class EndfArchive:
    """The members of an ENDF/B-VIII.1 archive; remembers the hash of each one that was read."""

    def __init__(self, path: Path) -> None:
        self.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.name = path.name
        self.read: dict[str, str] = {}
        with tarfile.open(path) as archive:
            files = [member for member in archive.getmembers() if member.isfile()]
            self._texts = {Path(m.name).name: archive.extractfile(m).read() for m in files}  # type: ignore[union-attr]

    def members(self, prefix: str) -> list[str]:
        """Names of the evaluations that begin so, sorted."""
        return sorted(name for name in self._texts if name.startswith(prefix) and name.endswith(".endf"))

    def sections(self, member: str) -> dict[tuple[int, int], Any]:
        """Parsed sections of one evaluation, by file and section number (MF, MT)."""
        text = self._texts[member]
        self.read[member] = hashlib.sha256(text).hexdigest()
        sections: dict[tuple[int, int], Any] = endf.Material(io.StringIO(text.decode("ascii"))).section_data
        return sections


def write_source(folder: Path, archive: EndfArchive, outputs: list[str], fields: Mapping[str, str]) -> None:
    """Write ``SOURCE.toml``: where the tables come from, by content."""
    lines = [f'title = "{TITLE}"', f'edition = "{EDITION}"', f"date = {DATE}", f'licence = "{LICENCE}"']
    lines += [f'{key} = "{value}"' for key, value in fields.items()]
    lines += [
        "",
        "[input]",
        f'archive = "{archive.name}"',
        f'archive_sha256 = "{archive.sha256}"',
        "",
        "[input.members]",
    ]
    lines += [f'"{member}" = "{digest}"' for member, digest in sorted(archive.read.items())]
    lines += ["", "[output]"]
    lines += [f'"{name}" = "{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"' for name in outputs]
    (folder / "SOURCE.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
