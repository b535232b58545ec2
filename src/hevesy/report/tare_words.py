"""Volumes of radioembolisation in words for people."""

from __future__ import annotations

_WHOLE = {
    "tumour": "tumour",
    "all_tumours": "all tumours",
    "normal_perfused": "normal tissue perfused",
    "perfused": "perfused volume",
    "whole_normal": "whole normal liver",
    "whole_liver": "whole liver",
    "lung": "lungs",
    "lung_cumulative": "lungs, all sessions",
    "lung_activity": "activity in the lungs",
}
_PART = {
    "tumour": "tumour {}",
    "normal_perfused": "normal tissue, {}",
    "perfused": "perfused volume, {}",
    "lung": "lungs, session {}",
    "lung_activity": "activity in the lungs, session {}",
}


def volume_words(key: str) -> str:
    """What a volume is called, from its key in a document, such as ``normal_perfused:right anterior``."""
    kind, _, of = key.partition(":")
    if of and kind in _PART:
        return _PART[kind].format(of)
    return _WHOLE.get(kind, key.replace("_", " ")) if not of else key.replace("_", " ").replace(":", ": ")
