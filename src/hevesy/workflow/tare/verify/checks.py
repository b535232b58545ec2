"""What a verification file must not say: names twice, readings and images at times that cannot be."""

from __future__ import annotations

from collections import Counter

from hevesy.errors import StudyFileError
from hevesy.physdata import nuclide
from hevesy.workflow.tare.verify.settings import NUCLIDES, TareVerification

_HALF_LIVES = 30.0
"""Less than a billionth is left: no image shows it."""


def check_verification(settings: TareVerification, name: str) -> None:
    """Refuse a file that contradicts itself.

    Raises
    ------
    StudyFileError
        In one line, with the key.
    """
    regions = [one.region for one in settings.territories]
    for key, names in (
        ("tumours", list(settings.tumours)),
        ("territories, region", regions),
        ("images.lungs", list(settings.images.lungs)),
    ):
        for repeated in (item for item, count in Counter(names).items() if count > 1):
            raise StudyFileError("each name once", f"{repeated!r} came twice", f"{name}, {key}")
    _check_times(settings, name)


def _check_times(settings: TareVerification, name: str) -> None:
    given, scout = settings.treatment, settings.scout
    if given.assayed.at > given.at:
        came = f"{given.assayed.at.isoformat()} came after {given.at.isoformat()}"
        raise StudyFileError("an assay before the treatment", came, f"{name}, treatment.assayed")
    if given.residual.at < given.at:
        came = f"{given.residual.at.isoformat()} came before {given.at.isoformat()}"
        raise StudyFileError("a residual measured after the treatment", came, f"{name}, treatment.residual")
    if scout != "none" and scout.at > given.at:
        came = f"{scout.at.isoformat()} came after {given.at.isoformat()}"
        raise StudyFileError("a scout before the treatment", came, f"{name}, scout.at")
    _check_near(settings, name)


def _check_near(settings: TareVerification, name: str) -> None:
    """Readings and image within what the nuclide lives."""
    given = settings.treatment
    longest = _HALF_LIVES * nuclide(NUCLIDES[settings.therapy.modality]).half_life_s
    moments = {"treatment.assayed": given.assayed.at, "treatment.residual": given.residual.at}
    for key, moment in {**moments, "therapy.start": settings.therapy.start}.items():
        apart = abs((moment - given.at).total_seconds())
        if apart > longest:
            expected = f"a time within {longest / 86400.0:.0f} d of the treatment"
            raise StudyFileError(expected, f"{moment.isoformat()} came", f"{name}, {key}")
