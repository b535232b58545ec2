"""Reading a study file: strict YAML, one-line errors that name the key."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hevesy.errors import StudyFileError
from hevesy.workflow.config import Study

_LARGEST_STUDY_FILE = 1_000_000


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which every scalar but true, false, null and plain numbers stays text, and keys are unique."""


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _decimal_int() -> None:
    import re

    _StrictLoader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
    )


_decimal_int()


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    repeated = [key for key in keys if keys.count(key) > 1]
    if repeated:
        raise StudyFileError("each key once", f"{repeated[0]!r} came twice", f"line {node.start_mark.line + 1}")
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path) -> object:
    """Read strict YAML: no duplicate keys, no dates or base-60 numbers guessed from text, no anchors bombs.

    Raises
    ------
    StudyFileError
        If the file is missing, too large, not UTF-8 or no YAML.
    """
    try:
        if path.stat().st_size > _LARGEST_STUDY_FILE:
            raise StudyFileError("a study file under 1 MB", f"{path.stat().st_size} bytes came", path.name)
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise StudyFileError("a readable study file in UTF-8", f"byte {error.start + 1} is not", path.name) from error
    except OSError as error:
        raise StudyFileError("a readable study file", f"{error.strerror} came", str(path)) from error
    try:
        _refuse_aliases(text, path)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader with fewer types
    except StudyFileError as error:
        raise StudyFileError(error.expected, error.came, f"{path.name}, {error.where}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        problem = str(getattr(error, "problem", None) or error).removeprefix("but ")
        raise StudyFileError("YAML", problem, where) from error
    except RecursionError as error:
        raise StudyFileError("YAML of reasonable depth", "too many levels came", path.name) from error


def _refuse_aliases(text: str, path: Path) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise StudyFileError("no YAML aliases", f"*{event.anchor} came", path.name)


def read_study(path: Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    StudyFileError
        On the first thing that is not as the schema says, with the key.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise StudyFileError("a mapping of study keys", f"{type(content).__name__} came", path.name)
    for key in _unanswered(content, ""):
        raise StudyFileError("your answer in place of '?'", "'?' came", f"{path.name}, {key}")
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise _one_line(error, content, path) from None


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


def _one_line(error: ValidationError, content: object, path: Path) -> StudyFileError:
    """The first thing that is wrong, with every way in which it could be right, and how many more there are."""
    wrong: dict[str, list[Any]] = {}
    for item in error.errors():
        wrong.setdefault(_key(item, content), []).append(item)
    key, alternatives = next(iter(wrong.items()))
    told = dict.fromkeys(_told(item) for item in alternatives)
    expected = " or ".join(dict.fromkeys(expected for expected, _ in told))
    came = next(iter(told))[1]
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return StudyFileError(expected, came[:200] + more, f"{path.name}, {key}")


def _key(item: Mapping[str, Any], content: object) -> str:
    """The way to a value in the file; parts that only the schema knows (which alternative was tried) are left out."""
    parts: list[str] = []
    node: Any = content
    for part in item["loc"]:
        if part in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            node = node[part]
            parts.append(str(part))
    if item["type"] == "missing":
        parts.append(str(item["loc"][-1]))
    return ".".join(parts) or "study"


def _told(item: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected and what came."""
    kind, message, value = item["type"], str(item["msg"]), f"{item['input']!r} came"
    if kind == "extra_forbidden":
        return "a known key", f"the unknown key {item['loc'][-1]!r} came"
    if kind == "missing":
        return "this key", "it is missing"
    if kind == "union_tag_not_found":
        return "the key 'method'", "it is missing"
    if kind == "union_tag_invalid":
        return f"a method among {item['ctx']['expected_tags']}", f"{item['ctx']['tag']!r} came"
    if kind == "value_error":
        expected, _, came = message.removeprefix("Value error, ").removeprefix("expected ").partition(", but ")
        return expected, came or "that is not so"
    wanted = message.removeprefix("Input should be ")
    return (f"a number {wanted}" if wanted.startswith(("greater", "less")) else wanted[0].lower() + wanted[1:]), value
