"""Ways of real scanners that a reader must cope with; the picture and the truth stay the same."""

from __future__ import annotations

from enum import StrEnum

from hevesy.errors import InputError


class Quirk(StrEnum):
    """One way of writing; several can be combined where a scanner would."""

    NEGATIVE_SPACING = "negative-spacing"
    """Slices from head to feet, in NM with Spacing Between Slices below zero."""
    DETECTOR_POSITION = "detector-position"
    """Position and orientation in the Detector Information Sequence only (NM)."""
    UNSORTED = "unsorted"
    """Slices, file names and instance numbers in random order."""
    SPLIT_SERIES = "split-series"
    """Each SPECT series in two parts, lower and upper half: two NM objects, or slices in two folders."""
    ENERGY_WINDOWS = "energy-windows"
    """Photopeak between two scatter windows in one NM object, in counts."""
    MINIMAL = "minimal"
    """Every optional attribute left out."""
    WRONG_ACTIVITY_UNIT = "wrong-activity-unit"
    """Radionuclide Total Dose in Bq where MBq belong (NM), and the reverse (PT)."""
    ZERO_ACTIVITY = "zero-activity"
    """Radionuclide Total Dose 0."""
    TIME_ZONES = "time-zones"
    """Timezone Offset From UTC stated; clocks go an hour forward before the second scan."""
    MIDNIGHT = "midnight"
    """The clock shifted so that the first scan runs over midnight."""
    INJECTION_TIME_ONLY = "injection-time-only"
    """Time of the administration without its date."""
    NUCLIDE_99SDM = "nuclide-99sdm"
    """The nuclide as C-101ED in the scheme 99SDM."""
    NUCLIDE_HALF_LIFE = "nuclide-half-life"
    """The nuclide by its half-life only: an empty code sequence, no names."""
    OLD_DATES = "old-dates"
    """Dates like 2024.03.04, times like 09:00:00, birth date 00000000."""
    EXPONENTS = "exponents"
    """Decimal strings like 4.8000000e+000."""
    CORRECTIONS_MISSING = "corrections-missing"
    """Nothing in Corrected Image; the images are corrected all the same."""
    CORRECTIONS_ABSENT = "corrections-absent"
    """Corrected Image without attenuation and scatter; the images stay as they are."""
    ROUNDED_POSITIONS = "rounded-positions"
    """Slice positions read to some 0.02 mm and written to 0.01 mm; in NM a slice thickness beside the spacing."""
    OBLIQUE = "oblique"
    """Emission and CT on grids turned by a few degrees about all axes."""
    VARYING_SLOPES = "varying-slopes"
    """Rescale slopes that vary tenfold between slices beyond what the values ask for (PT)."""
    TWO_BEDS = "two-beds"
    """Two bed positions one after the other, joined where they overlap (PT)."""
    DECAY_START = "decay-start"
    """Values corrected to the start of the series (PT)."""
    DECAY_ADMIN = "decay-admin"
    """Values corrected to the administration (PT)."""
    ENHANCED = "enhanced"
    """CT, and PT where there is one, as one enhanced multi-frame object each."""


PHOTOPEAK_WINDOW = 2
"""Number of the photopeak among the energy windows, from 1."""

_NM_ONLY = frozenset({Quirk.DETECTOR_POSITION, Quirk.ENERGY_WINDOWS})
_PT_ONLY = frozenset({Quirk.VARYING_SLOPES, Quirk.TWO_BEDS, Quirk.DECAY_START, Quirk.DECAY_ADMIN})
_APART = (
    frozenset({Quirk.WRONG_ACTIVITY_UNIT, Quirk.ZERO_ACTIVITY, Quirk.MINIMAL}),
    frozenset({Quirk.NUCLIDE_99SDM, Quirk.NUCLIDE_HALF_LIFE}),
    frozenset({Quirk.CORRECTIONS_MISSING, Quirk.CORRECTIONS_ABSENT, Quirk.MINIMAL}),
    frozenset({Quirk.DECAY_START, Quirk.DECAY_ADMIN}),
    frozenset({Quirk.MINIMAL, Quirk.TIME_ZONES}),
    frozenset({Quirk.MINIMAL, Quirk.INJECTION_TIME_ONLY}),
    frozenset({Quirk.MINIMAL, Quirk.NUCLIDE_HALF_LIFE}),
    frozenset({Quirk.MINIMAL, Quirk.ENHANCED}),
    frozenset({Quirk.OLD_DATES, Quirk.TIME_ZONES}),
    frozenset({Quirk.OLD_DATES, Quirk.ENHANCED}),
    frozenset({Quirk.SPLIT_SERIES, Quirk.ENHANCED}),
    frozenset({Quirk.WRONG_ACTIVITY_UNIT, Quirk.ENHANCED}),
    frozenset({Quirk.INJECTION_TIME_ONLY, Quirk.ENHANCED}),
    frozenset({Quirk.NUCLIDE_HALF_LIFE, Quirk.ENHANCED}),
    frozenset({Quirk.CORRECTIONS_MISSING, Quirk.ENHANCED}),
)
"""Of each set, one at most: the others contradict it, or belong to another age of the standard."""


def check_quirks(quirks: frozenset[Quirk], units: str) -> None:
    """Refuse combinations that no scanner writes.

    Parameters
    ----------
    quirks
        Asked for.
    units
        How the SPECT is calibrated: ``counts`` and ``rwvm`` write NM, ``rescale`` writes PT.

    Raises
    ------
    InputError
        If a quirk belongs to the other kind of image, or two exclude each other.
    """
    pt = units == "rescale"
    foreign = sorted(quirks & (_NM_ONLY if pt else _PT_ONLY))
    if foreign:
        expected = "NM images (--units counts or rwvm)" if pt else "PT images (--units rescale)"
        came = f"--units {units} came, which writes {'PT' if pt else 'NM'}"
        raise InputError(f"{expected} with the quirk {foreign[0]}", came, "--quirk")
    if Quirk.ENERGY_WINDOWS in quirks and units != "counts":
        raise InputError("--units counts with the quirk energy-windows", f"--units {units} came", "--quirk")
    for apart in _APART:
        together = sorted(quirks & apart)
        if len(together) > 1:
            raise InputError(f"at most one of {', '.join(sorted(apart))}", f"{' and '.join(together)} came", "--quirk")
