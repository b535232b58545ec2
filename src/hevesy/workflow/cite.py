"""The references of what ran. Each was named where its method stands; here they meet the report's sections."""

from __future__ import annotations

from collections.abc import Iterator

from hevesy.biology import LINEAR_QUADRATIC
from hevesy.domain import Citation
from hevesy.physdata import Nuclide
from hevesy.quantify import EANM_MARROW, SGOUROS
from hevesy.report.model import CitationModel
from hevesy.workflow.config import ShapeRecovery, Study, VolumeRecovery
from hevesy.workflow.engines import UsedEngines

_MIRD_23 = Citation(
    "mird-23",
    "Y. K. Dewaraja et al., MIRD Pamphlet No. 23: quantitative SPECT for patient-specific 3-dimensional dosimetry in "
    "internal radionuclide therapy, J. Nucl. Med. 53 (2012) 1310",
    "10.2967/jnumed.111.100123",
)
_EANM_UNCERTAINTY = Citation(
    "eanm-uncertainty",
    "J. I. Gear et al., EANM practical guidance on uncertainty analysis for molecular radiotherapy absorbed dose "
    "calculations, Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456",
    "10.1007/s00259-018-4136-7",
)
_MEAN_RATE = Citation(
    "dead-time-mean-rate",
    "Impact of the dead-time correction method on quantitative 177Lu-SPECT (QSPECT) and dosimetry during "
    "radiopharmaceutical therapy, EJNMMI Phys. 9 (2022)",
    "10.1186/s40658-022-00484-w",
)
_LAMBERT_W = Citation(
    "dead-time-lambert-w",
    "Gamma detector dead time correction using Lambert W function, EJNMMI Phys. 7 (2020)",
    "10.1186/s40658-020-00296-w",
)
_MUTUAL_INFORMATION = Citation(
    "mattes",
    "D. Mattes et al., PET-CT image registration in the chest using free-form deformations, IEEE Trans. Med. Imaging "
    "22 (2003) 120",
    "10.1109/TMI.2003.809072",
)
_DEMONS = Citation(
    "vercauteren",
    "T. Vercauteren et al., Diffeomorphic demons: efficient non-parametric image registration, NeuroImage 45 (2009) "
    "S61",
    "10.1016/j.neuroimage.2008.10.040",
)
_BOUNDED_RATES = Citation(
    "hardiansyah-2021",
    "D. Hardiansyah et al., EJNMMI Phys. 8 (2021) (fit functions with rates bounded by physical decay)",
    "10.1186/s40658-021-00427-x",
)
_TRANSFER_MATRIX = Citation(
    "rousset-1998",
    "O. G. Rousset, Y. Ma, A. C. Evans, Correction for partial volume effects in PET: principle and validation, "
    "J. Nucl. Med. 39 (1998) 904",
)
_GUM = Citation("gum", "JCGM 100:2008, Evaluation of measurement data: guide to the expression of uncertainty")


def citations(study: Study, nuclide: Nuclide, engines: UsedEngines, *, biology: bool) -> list[CitationModel]:
    """The references of one run, each once, with the part of the methods text that cites it."""
    found: dict[str, CitationModel] = {}
    for topic, citation in _topics(study, nuclide, engines, biology=biology):
        earlier = found.get(citation.key)
        topics = [t for t in (earlier.topic if earlier else None, topic) if t]
        entry = CitationModel(
            key=citation.key, text=citation.text, doi=citation.doi, topic=", ".join(dict.fromkeys(topics))
        )
        found[citation.key] = entry
    return list(found.values())


def _topics(study: Study, nuclide: Nuclide, engines: UsedEngines, *, biology: bool) -> Iterator[tuple[str, Citation]]:
    yield "administration", nuclide.source
    for citation in _calibration(study):
        yield "calibration", citation
    if isinstance(study.recovery, VolumeRecovery):
        yield "recovery", _EANM_UNCERTAINTY
    if isinstance(study.recovery, ShapeRecovery):
        yield "recovery", _TRANSFER_MATRIX
    for citation in _registration(study):
        yield "registration", citation
    yield "curves", _BOUNDED_RATES
    for citation in (*engines.region.citations(nuclide), *_marrow(study)):
        yield "dose", citation
    for citation in engines.map_citations(nuclide):
        yield "map", citation
    if biology:
        yield "biology", LINEAR_QUADRATIC
    yield "uncertainty", _EANM_UNCERTAINTY
    yield "uncertainty", _GUM


def _marrow(study: Study) -> Iterator[Citation]:
    if study.body is not None:
        yield EANM_MARROW
    if study.marrow is not None and study.marrow.extracellular_fraction is not None:
        yield SGOUROS


def _registration(study: Study) -> Iterator[Citation]:
    if study.alignment.method in ("rigid-ct", "deformable-ct"):
        yield _MUTUAL_INFORMATION
    if study.alignment.method == "deformable-ct":
        yield _DEMONS


def _calibration(study: Study) -> Iterator[Citation]:
    if study.calibration.method in {"phantom", "whole-body"}:
        yield _MIRD_23
    if study.dead_time is not None:
        yield _MEAN_RATE
        if study.dead_time.model == "paralysable":
            yield _LAMBERT_W
