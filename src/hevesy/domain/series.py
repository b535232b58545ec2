"""What reading a folder finds: series, time points, the administration, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from hevesy.domain.grid import Grid
from hevesy.errors import printable


class DecayReference(StrEnum):
    """The moment to which the stored values are decay-corrected."""

    ACQUISITION = "acquisition"
    """Start of the acquisition."""
    ADMINISTRATION = "administration"
    NONE = "none"
    """Not corrected: the mean over the acquisition."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """Something contradictory or missing, told to the user."""

    code: str
    """Short kebab-case name, stable for programs, for example ``decay-correction-contradiction``."""
    message: str
    """One line: what was expected, what came, where."""
    blocking: bool = False
    """Whether quantification must refuse until the study file settles it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", printable(" ".join(self.message.split())))


@dataclass(frozen=True)
class FileStamp:
    """What a file was when its header was read, to tell later whether it still is that file."""

    size: int
    """[byte]"""
    mtime_ns: int
    """Last change of the content. [ns]"""
    ctime_ns: int
    """Last change of content or attributes, which no program can set. [ns]"""
    inode: int
    sha256: str = ""
    """Of the content, for a file written shortly before it was read; else empty."""


@dataclass(frozen=True)
class EnergyWindow:
    """One energy window. [keV]"""

    lower_kev: float
    upper_kev: float


@dataclass(frozen=True)
class Camera:
    """What a calibration or recovery table belongs to."""

    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    collimator: str = ""
    windows: tuple[EnergyWindow, ...] = ()
    reconstruction: str = ""
    """Method, iterations and filter as the file words them."""
    corrections: tuple[str, ...] = ()
    """CorrectedImage values (ATTN, SCAT, DECY, ...)."""


@dataclass(frozen=True)
class SeriesRecord:
    """One series as its headers describe it; pixels are read later."""

    id: str
    """Short name in this report: S1, S2, ... in a stable order."""
    series_uid: str
    study_uid: str
    modality: str
    """NM, PT, CT, MR, RTSTRUCT, SEG, REG or NIFTI."""
    description: str
    files: tuple[Path, ...]
    """In slice order for images."""
    stamps: tuple[FileStamp, ...] = field(default=(), repr=False, compare=False, kw_only=True)
    """What each of the files was when it was inspected."""
    patient_key: tuple[str, str, str]
    """Identifier, birth date, sex: only to compare; never logged."""
    image_type: tuple[str, ...] = ()
    grid: Grid | None = None
    grid_source: str = ""
    """Where position and orientation were found (attribute names)."""
    units: str | None = None
    """``counts``, ``Bq/ml``, ``HU`` or None where nothing says."""
    scale_source: str = "none"
    """``real-world-value-mapping``, ``rescale``, ``vendor-private``, ``stored-counts`` or ``none``."""
    decay_corrected_to: DecayReference = DecayReference.UNKNOWN
    radionuclide: str | None = None
    """Standard name such as ``Lu-177``."""
    radionuclide_source: str = ""
    """How the name was found: the code or the words of the file."""
    half_life_s: float | None = None
    """As the file states it. [s]"""
    radiopharmaceutical: str | None = None
    """As the file names it."""
    administered_activity_bq: float | None = None
    """As the file states it, converted to Bq. [Bq]"""
    administration_start: datetime | None = None
    acquisition_start: datetime | None = None
    acquisition_duration_s: float | None = None
    """Whole acquisition (frames per detector x frame duration for a tomogram). [s]"""
    camera: Camera | None = None
    referenced_series: tuple[str, ...] = ()
    """Series UIDs that an RTSTRUCT, SEG or REG refers to."""
    frames_of_reference: tuple[str, ...] = ()
    """Every Frame of Reference UID named by the object."""
    roi_names: tuple[str, ...] = ()
    """Names of the regions in an RTSTRUCT or SEG, unchanged."""
    is_phantom: bool = False
    """Quality Control Image (0028,0300) is YES: a calibration or phantom acquisition."""
    contradictions: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    """What a quantitative reading would need and the file does not say."""


@dataclass(frozen=True)
class TimePointRecord:
    """One emission scan with what belongs to it."""

    index: int
    """1, 2, ... in time order."""
    emission: str
    """Id of the NM or PT series."""
    alternatives: tuple[str, ...] = ()
    """Ids of further reconstructions of the same scan; the study must name one."""
    ct: str | None = None
    """Id of the CT in the same frame of reference and session."""
    structures: tuple[str, ...] = ()
    """Ids of RTSTRUCT and SEG series drawn in its frame of reference."""
    start: datetime | None = None
    time_h: float | None = None
    """Start of administration to acquisition start. [h]"""


@dataclass(frozen=True)
class Administration:
    """The administration as the files state it."""

    radionuclide: str | None = None
    radiopharmaceutical: str | None = None
    activity_bq: float | None = None
    start: datetime | None = None


@dataclass(frozen=True)
class ImportReport:
    """Everything that reading a folder found."""

    series: tuple[SeriesRecord, ...]
    time_points: tuple[TimePointRecord, ...]
    administration: Administration | None
    contradictions: tuple[Finding, ...]
    missing: tuple[str, ...]
    unreadable: tuple[Finding, ...]
    """Files that were skipped, each with the reason."""
    n_files: int

    def by_id(self, series_id: str) -> SeriesRecord:
        """The series with this short name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for record in self.series:
            if record.id == series_id:
                return record
        raise KeyError(series_id)
