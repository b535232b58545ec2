"""What reading a folder finds: series, time points, the administration, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from hevesy.domain.grid import Grid
from hevesy.domain.kind import ImageKind
from hevesy.errors import printable


class DecayReference(StrEnum):
    """The moment to which the stored values are decay-corrected."""

    ACQUISITION = "acquisition"
    """Start of the acquisition."""
    ADMINISTRATION = "administration"
    NONE = "none"
    """Not corrected: the mean over the acquisition."""
    UNKNOWN = "unknown"


class CorrectionState(StrEnum):
    """Whether a reconstruction corrected for something."""

    APPLIED = "applied"
    ABSENT = "absent"
    """The files say that it did not."""
    UNKNOWN = "unknown"
    """The files say nothing, or contradict each other."""


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

    def __str__(self) -> str:
        """Limits in keV."""
        return f"{self.lower_kev:.4g}-{self.upper_kev:.4g} keV"


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
class PlanarSummary:
    """What the header of a planar or projection object says; its counts are read later."""

    matrix: tuple[int, int]
    """Rows and columns."""
    spacing_mm: tuple[float, float] | None
    """Between rows and between columns; None where the file does not say. [mm]"""
    n_frames: int
    n_detectors: int
    n_windows: int
    n_views: int
    """Different angular views of projections; different named views otherwise; 0 where none is named."""
    views: tuple[str, ...] = ()
    """Names such as ``ANT`` and ``POST``, once each."""
    duration_s: float | None = None
    """Of all frames of one detector and energy window. [s]"""
    scan_length_mm: float | None = None
    """Of a whole-body scan. [mm]"""
    counts_accumulated: int | None = None


@dataclass(frozen=True)
class SeriesRecord:
    """One series as its headers describe it; pixels are read later."""

    id: str
    """Short name in this report: S1, S2, ... in a stable order."""
    series_uid: str
    """Series Instance UID; with ``#`` and a name where that series holds several images or objects."""
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
    kind: ImageKind = ImageKind.OTHER
    part: str = ""
    """What of its DICOM series this is, where that holds several images: ``energy window 1, 187-229 keV``."""
    frames: tuple[int, ...] | None = None
    """Frames of the one file that this is, from 0; None for all frames of all files."""
    planar: PlanarSummary | None = None
    """Of an NM object that is no volume."""
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
    attenuation_correction: CorrectionState | None = None
    """Of an emission tomogram; None for all else."""
    scatter_correction: CorrectionState | None = None
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

    @property
    def distinction(self) -> str:
        """Words that tell it from other images of the same scan, from its part of the series or its energy windows."""
        windows = self.camera.windows if self.camera else ()
        return self.part or " and ".join(str(window) for window in windows)


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
