"""Reading a study file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hevesy.errors import StudyFileError
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.workflow.config import PlanarStudy, Study


def read_study(path: Path) -> Study:
    """Read and check the study file of emission tomograms, with or without planar scans beside them.

    Raises
    ------
    StudyFileError
        On the first thing that is not as the schema says, with the key.
    """
    return validate_settings(Study, _content(path), path.name)


def read_planar_study(path: Path) -> PlanarStudy | None:
    """Read and check a study file of planar images alone (``planar.method: planar``); None for any other.

    Raises
    ------
    StudyFileError
        On the first thing that is not as the schema says, with the key.
    """
    content = _content(path)
    section = content.get("planar") if isinstance(content, dict) else None
    if not isinstance(section, dict) or section.get("method") != "planar":
        return None
    return validate_settings(PlanarStudy, content, path.name)


def _content(path: Path) -> object:
    content: object = read_yaml(path, "study file")
    for key in _unanswered(content, ""):
        raise StudyFileError("your answer in place of '?'", "'?' came", f"{path.name}, {key}")
    return content


def image_folders(study: Study | PlanarStudy, path: Path) -> list[Path]:
    """Folders of the images that the study file at a path names."""
    names = [study.images] if isinstance(study.images, str) else study.images
    return [path.resolve().parent / name for name in names]


def _unanswered(content: object, key: str) -> Iterator[str]:
    """Keys that a draft left open."""
    if content == "?":
        yield key
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from _unanswered(value, f"{key}.{name}" if key else str(name))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _unanswered(value, f"{key}.{number}")
