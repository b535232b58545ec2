"""Committed text names no machine, no package host and nothing about how it came to be written."""

import re

from .repository import ROOT, repository_files

FORBIDDEN = {
    "machine path": re.compile(r"(?<![\w.~/-])/(?:work|tmp|root|opt|home)/\w"),
    "package host": re.compile(
        r"(?:files\.pythonhosted|pypi\.org/simple|artifactory|extra-index-url|find-links)", re.I
    ),
    "loopback or private host": re.compile(r"\b(?:10|192\.168)\.\d{1,3}\.\d{1,3}\.\d{1,3}:\d"),
    "process of writing": re.compile(
        r"\b(?:sub-?agents?|language model|chatbot|the brief|orchestrat\w+|issue #?\d+)\b|\bcl[a]ude\b", re.I
    ),
    "credential": re.compile(r"(?:BEGIN [A-Z ]*PRIVATE KEY|ghp_\w{20}|AKIA[0-9A-Z]{16})"),
}
THIS = "tests/architecture/test_text.py"


def texts():
    for path in repository_files():
        name = path.relative_to(ROOT).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if name != THIS:
            yield name, text


def test_no_forbidden_words():
    found = [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {kind}: {hit.group()}"
        for name, text in texts()
        for kind, pattern in FORBIDDEN.items()
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_no_dicom_or_pickle_is_committed():
    suffixes = {".dcm", ".ima", ".pkl", ".pickle", ".nii", ".gz", ".xz"}
    assert [path.name for path in repository_files() if path.suffix.lower() in suffixes] == []
