"""Text from files, made safe to show."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def visible(text: str) -> str:
    """Show what cannot be seen: control, formatting and unassigned characters become ``[U+XXXX]``.

    Line ends, text-direction marks and zero-width characters in a name could otherwise make one name look like
    another. Everything else stays as it is.
    """
    return "".join(_code(c) if unicodedata.category(c) in _UNSEEN else c for c in text)


@lru_cache(maxsize=1)
def _drawn_characters() -> frozenset[int]:
    from matplotlib import font_manager, ft2font

    return frozenset(ft2font.FT2Font(font_manager.findfont("DejaVu Sans")).get_charmap())


def drawable(text: str) -> str:
    """Text for figures and PDF pages: characters that the shipped font lacks become ``[U+XXXX]`` too."""
    known = _drawn_characters()
    return "".join(c if ord(c) in known else _code(c) for c in visible(text))


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters, the middle left out, so that names that end differently stay different."""
    if len(text) <= length:
        return text
    head = (length - 1) * 2 // 3
    return f"{text[:head]}…{text[head + 1 - length :]}"
