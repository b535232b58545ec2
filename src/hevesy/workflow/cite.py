"""The references of what ran. Each was named where its method stands; here they meet the report's sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hevesy.biology import LINEAR_QUADRATIC
from hevesy.domain import Citation
from hevesy.physdata import Nuclide, ct_media_citation
from hevesy.physdata.built_in_priors import built_in_prior, known_priors
from hevesy.physdata.matter.photon_elements import photon_citation
from hevesy.quantify import EANM_MARROW, SGOUROS
from hevesy.report.model import CitationModel
from hevesy.transport import AbstractDoseEngine
from hevesy.workflow.config import Planar, PlanarStudy, PriorHalfLife, ShapeRecovery, Study, VolumeRecovery
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
_MIRD_16 = Citation(
    "mird-16",
    "J. A. Siegel et al., MIRD Pamphlet No. 16: techniques for quantitative radiopharmaceutical biodistribution data "
    "acquisition and analysis for use in human radiation dose estimates, J. Nucl. Med. 40 (1999) 37S",
)
_TRIPLE_WINDOW = Citation(
    "ogawa-1991",
    "K. Ogawa et al., A practical method for position-dependent Compton-scatter correction in single photon emission "
    "CT, IEEE Trans. Med. Imaging 10 (1991) 408",
    "10.1109/42.97591",
)
_GUM = Citation("gum", "JCGM 100:2008, Evaluation of measurement data: guide to the expression of uncertainty")

_MONTE_CARLO = Citation(
    "gum-1",
    "JCGM 101:2008, Evaluation of measurement data: Supplement 1 to the guide, propagation of distributions using a "
    "Monte Carlo method",
)
_LATIN_HYPERCUBE = Citation(
    "mckay-1979",
    "M. D. McKay, R. J. Beckman, W. J. Conover, A comparison of three methods for selecting values of input variables, "
    "Technometrics 21 (1979) 239",
    "10.2307/1268522",
)


def citations(study: Study, nuclide: Nuclide, engines: UsedEngines, *, biology: bool) -> list[CitationModel]:
    """The references of one run, each once, with the part of the methods text that cites it."""
    return citation_models(_topics(study, nuclide, engines, biology=biology))


def citation_models(topics: Iterable[tuple[str, Citation]]) -> list[CitationModel]:
    """References each once, with all parts of the methods text that cite it."""
    found: dict[str, CitationModel] = {}
    for topic, citation in topics:
        earlier = found.get(citation.key)
        cited = [t for t in (earlier.topic if earlier else None, topic) if t]
        entry = CitationModel(
            key=citation.key, text=citation.text, doi=citation.doi, topic=", ".join(dict.fromkeys(cited))
        )
        found[citation.key] = entry
    return list(found.values())


def _topics(study: Study, nuclide: Nuclide, engines: UsedEngines, *, biology: bool) -> Iterator[tuple[str, Citation]]:
    by_topic: dict[str, Iterable[Citation]] = {
        "administration": (nuclide.source,),
        "calibration": (*_calibration(study), *planar_citations(study.planar)),
        "recovery": _recovery(study),
        "registration": _registration(study),
        "curves": _curves(study),
        "dose": (*engines.region.citations(nuclide), *_marrow(study)),
        "map": engines.map_citations(nuclide),
        "biology": (LINEAR_QUADRATIC,) if biology else (),
        "uncertainty": _uncertainty(study),
    }
    for topic, found in by_topic.items():
        for citation in found:
            yield topic, citation


def _curves(study: Study) -> Iterator[Citation]:
    """Of the fits, and of the built-in priors that the study names; one from a file says its source in the text."""
    yield _BOUNDED_RATES
    named = [study.curves.prior.prior] if study.curves.prior else []
    named += [item.half_life.prior for item in study.regions.items if isinstance(item.half_life, PriorHalfLife)]
    for name in named:
        citation = built_in_prior(name).prior.citation if name in known_priors() else None
        if citation is not None:
            yield citation


def planar_citations(section: Planar | None) -> Iterator[Citation]:
    """References of planar images; none without them."""
    if section is None:
        return
    yield _MIRD_16
    if section.scatter.method == "triple":
        yield _TRIPLE_WINDOW
    if section.dead_time.method == "stated":
        yield _LAMBERT_W
    yield photon_citation()
    if section.attenuation.method == "ct":
        yield ct_media_citation()


def planar_topics(study: PlanarStudy, nuclide: Nuclide, engine: AbstractDoseEngine) -> Iterator[tuple[str, Citation]]:
    """References of a study of planar images alone, with the part of the methods text that cites each."""
    yield "administration", nuclide.source
    for citation in planar_citations(study.planar):
        yield "calibration", citation
    yield "curves", _BOUNDED_RATES
    for citation in engine.citations(nuclide):
        yield "dose", citation
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


def _recovery(study: Study) -> Iterator[Citation]:
    if isinstance(study.recovery, VolumeRecovery):
        yield _EANM_UNCERTAINTY
    if isinstance(study.recovery, ShapeRecovery):
        yield _TRANSFER_MATRIX


def _uncertainty(study: Study) -> Iterator[Citation]:
    yield from (_EANM_UNCERTAINTY, _GUM)
    if study.uncertainty.propagation != "analytic":
        yield from (_MONTE_CARLO, _LATIN_HYPERCUBE)


def _calibration(study: Study) -> Iterator[Citation]:
    if study.calibration.method in {"phantom", "whole-body"}:
        yield _MIRD_23
    if study.dead_time is not None:
        yield _MEAN_RATE
        if study.dead_time.model == "paralysable":
            yield _LAMBERT_W
