"""The references of what ran. Each was named where its method stands; here they meet the report's sections."""

from __future__ import annotations

from collections.abc import Iterator

from hevesy.biology import LINEAR_QUADRATIC
from hevesy.domain import Citation
from hevesy.physdata import Nuclide
from hevesy.report.model import CitationModel
from hevesy.transport import AbstractDoseEngine
from hevesy.workflow.config import Study, VolumeRecovery

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
_GUM = Citation("gum", "JCGM 100:2008, Evaluation of measurement data: guide to the expression of uncertainty")


def citations(
    study: Study, nuclide: Nuclide, engines: tuple[AbstractDoseEngine, ...], *, biology: bool
) -> list[CitationModel]:
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


def _topics(
    study: Study, nuclide: Nuclide, engines: tuple[AbstractDoseEngine, ...], *, biology: bool
) -> Iterator[tuple[str, Citation]]:
    yield "administration", nuclide.source
    if study.calibration.method == "phantom":
        yield "calibration", _MIRD_23
    if isinstance(study.recovery, VolumeRecovery):
        yield "recovery", _EANM_UNCERTAINTY
    if study.alignment.method in ("rigid-ct", "deformable-ct"):
        yield "registration", _MUTUAL_INFORMATION
    if study.alignment.method == "deformable-ct":
        yield "registration", _DEMONS
    yield "curves", _BOUNDED_RATES
    for engine in engines:
        for citation in engine.citations(nuclide):
            yield "dose", citation
    if biology:
        yield "biology", LINEAR_QUADRATIC
    yield "uncertainty", _EANM_UNCERTAINTY
    yield "uncertainty", _GUM
