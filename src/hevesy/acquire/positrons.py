"""Positrons per decay that a PET scanner divided its values by."""

from __future__ import annotations

from hevesy.acquire.fingerprint import read_headers
from hevesy.acquire.values import first, number
from hevesy.domain import SeriesRecord
from hevesy.errors import ScaleError

_SAME = 1e-4


def positron_fraction(record: SeriesRecord) -> float | None:
    """Radionuclide Positron Fraction (0018,1076) of a series.

    Returns
    -------
    As a fraction of decays; None where the files do not say.

    Raises
    ------
    ScaleError
        If its files disagree, or it is no fraction.
    """
    where = f"series {record.id}"
    found = [number(first(header, "RadiopharmaceuticalInformationSequence"), "RadionuclidePositronFraction")
             for header in read_headers(record)]  # fmt: skip
    known = [value for value in found if value is not None]
    if not known:
        return None
    lowest, highest = min(known), max(known)
    if len(known) < len(found) or highest - lowest > _SAME * highest:
        raise ScaleError("one positron fraction in all files", f"{lowest:g} to {highest:g} or none came", where)
    if not 0 < lowest <= 1:
        raise ScaleError("a positron fraction above 0 and up to 1", f"{lowest:g} came", where)
    return lowest
