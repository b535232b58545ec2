"""Reading a study file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hevesy.errors import StudyFileError
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.workflow.config import Study


def read_study(path: Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    StudyFileError
        On the first thing that is not as the schema says, with the key.
    """
    content = read_yaml(path, "study file")
    for key in _unanswered(content, ""):
        raise StudyFileError("your answer in place of '?'", "'?' came", f"{path.name}, {key}")
    return validate_settings(Study, content, path.name)


def image_folders(study: Study, path: Path) -> list[Path]:
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
