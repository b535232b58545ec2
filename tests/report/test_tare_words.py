"""Volumes of radioembolisation in words."""

import pytest

from hevesy.report.tare_words import volume_words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("tumour:T_1", "tumour T_1"),
        ("normal_perfused:right anterior", "normal tissue, right anterior"),
        ("perfused:left", "perfused volume, left"),
        ("whole_normal", "whole normal liver"),
        ("lung", "lungs"),
        ("lung:first", "lungs, session first"),
        ("lung_cumulative", "lungs, all sessions"),
        ("something_else:x", "something else: x"),
    ],
)
def test_volumes_in_words(key, words):
    assert volume_words(key) == words
