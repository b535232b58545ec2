"""Text from files shows what it is."""

from hypothesis import given
from hypothesis import strategies as st

from hevesy.report.text import drawable, shortened, visible


def test_what_cannot_be_seen_is_named():
    assert visible("Liver\n\u202eevil\x00") == "Liver[U+000A][U+202E]evil[U+0000]"
    assert visible("Rein gauche, α/β 肝臓") == "Rein gauche, α/β 肝臓"


def test_what_cannot_be_drawn_is_named():
    assert drawable("niere ± 肝") == "niere ± [U+809D]"


@given(st.text(max_size=40))
def test_drawable_text_is_stable(text):
    assert drawable(drawable(text)) == drawable(text)


@given(st.text(max_size=60), st.integers(4, 30))
def test_shortened_text_fits_and_keeps_both_ends(text, length):
    short = shortened(text, length)
    assert len(short) <= length
    assert len(text) <= length or (short[0] == text[0] and short[-1] == text[-1])
