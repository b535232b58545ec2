"""Population priors as strict JSON files."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hevesy.domain import Citation, CovariateEffect, PopulationPrior, RegionPrior
from hevesy.errors import InputError, OutputError, ReadError
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.physdata.nuclides import decay_data
from hevesy.quantities.settings_file import validate_settings

FORMAT = "hevesy-population-prior"
VERSION = 1
_LARGEST = 5_000_000

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Text = Annotated[str, Field(min_length=1, max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _RegionFile(_Strict):
    name: _Text
    model: _Text
    parameters: list[_Text]
    residual_relative_standard_deviation: _Positive


class _CovariateFile(_Strict):
    name: _Text
    transform: Literal["log", "linear"]
    centre: _Number
    effect: list[_Number]


class _CitationFile(_Strict):
    key: _Text
    text: _Text
    doi: _Text | None = None


class _PriorFile(_Strict):
    format: Literal["hevesy-population-prior"]
    version: Literal[1]
    ligand: _Text
    nuclide: _Text
    activity_unit: _Text
    fraction_of_administered_per_unit: _Positive | None
    regions: Annotated[list[_RegionFile], Field(min_length=1, max_length=100)]
    mean: list[_Number]
    mean_covariance: list[list[_Number]]
    between_patients: list[list[_Number]]
    between_cycles: list[list[_Number]] | None
    uninformative: list[bool]
    covariates: list[_CovariateFile]
    patients: Annotated[int, Field(ge=1)]
    source: _Text
    citation: _CitationFile | None


def read_prior(path: Path) -> PopulationPrior:
    """Read a population prior.

    Parameters
    ----------
    path
        A JSON file as :func:`write_prior` writes it.

    Raises
    ------
    ReadError
        If the file cannot be read, is no strict JSON of this format and version, or its numbers do not agree with each
        other (shapes, covariances that are none).
    """
    content = _strict_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ReadError(f"a JSON object whose 'format' is {FORMAT!r}", "something else came", path.name)
    if content.get("version") != VERSION:
        raise ReadError(f"version {VERSION} of the format", f"{str(content.get('version'))[:40]!r} came", path.name)
    try:
        return _prior(validate_settings(_PriorFile, content, path.name), path.name)
    except ReadError:
        raise
    except InputError as error:
        raise ReadError(error.expected, error.came, error.where) from error


def write_prior(prior: PopulationPrior, path: Path) -> None:
    """Write a population prior; the file is complete or not there.

    Parameters
    ----------
    prior
        What to write.
    path
        Of the JSON file; one that is there is replaced.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = json.dumps(_document(prior), indent=1, allow_nan=False) + "\n"
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        raise OutputError(f"{path.name}: expected to write it, but {error.strerror or error} came") from error


def _strict_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    def refuse(text: str) -> NoReturn:
        raise ReadError("finite numbers", f"{text} came", path.name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ReadError("each key once", "a key came twice", path.name)
        return dict(pairs)

    try:
        if path.stat().st_size > _LARGEST:
            raise ReadError(f"a file of at most {_LARGEST} bytes", "a larger one came", path.name)
        text = path.read_text(encoding="utf-8")
        return json.loads(text, parse_constant=refuse, object_pairs_hook=once, parse_int=_whole)
    except OSError as error:
        raise ReadError("a population prior", f"{error.strerror or error} came", path.name) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ReadError("a population prior in strict JSON", "something else came", path.name) from error


def _whole(text: str) -> int | float:
    return int(text) if len(text) < 16 else float(text)


def _prior(file: _PriorFile, name: str) -> PopulationPrior:
    regions = tuple(_region(region, name) for region in file.regions)
    names = [region.name for region in regions]
    if len(set(names)) < len(names):
        raise ReadError("each region once", "a region came twice", name)
    try:
        return PopulationPrior(
            ligand=file.ligand,
            nuclide=decay_data(file.nuclide, name).name,
            activity_unit=file.activity_unit,
            fraction_of_administered_per_unit=file.fraction_of_administered_per_unit,
            regions=regions,
            mean=np.array(file.mean),
            mean_covariance=np.array(file.mean_covariance),
            between_patients=np.array(file.between_patients),
            between_cycles=None if file.between_cycles is None else np.array(file.between_cycles),
            uninformative=tuple(file.uninformative),
            covariates=tuple(
                CovariateEffect(c.name, c.transform, c.centre, np.array(c.effect)) for c in file.covariates
            ),
            patients=file.patients,
            source=file.source,
            citation=None if file.citation is None else Citation(**file.citation.model_dump()),
        )
    except ValueError as error:
        expected, _, came = str(error).removeprefix("expected ").partition(", but ")
        raise ReadError(expected, came or "others came", name) from error


def _region(region: _RegionFile, name: str) -> RegionPrior:
    model = KINETIC_MODELS.get(region.model)
    if model is None:
        raise ReadError(f"a model among {', '.join(KINETIC_MODELS)}", f"{region.model!r} came", name)
    if tuple(region.parameters) != model.parameters:
        raise ReadError(f"the parameters {', '.join(model.parameters)} of {model.name}", "others came", name)
    return RegionPrior(region.name, model.name, model.parameters, region.residual_relative_standard_deviation)


def _document(prior: PopulationPrior) -> dict[str, object]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "ligand": prior.ligand,
        "nuclide": prior.nuclide,
        "activity_unit": prior.activity_unit,
        "fraction_of_administered_per_unit": prior.fraction_of_administered_per_unit,
        "regions": [
            {
                "name": region.name,
                "model": region.model,
                "parameters": list(region.parameters),
                "residual_relative_standard_deviation": region.residual_relative_standard_deviation,
            }
            for region in prior.regions
        ],
        "mean": prior.mean.tolist(),
        "mean_covariance": prior.mean_covariance.tolist(),
        "between_patients": prior.between_patients.tolist(),
        "between_cycles": None if prior.between_cycles is None else prior.between_cycles.tolist(),
        "uninformative": list(prior.uninformative),
        "covariates": [
            {"name": c.name, "transform": c.transform, "centre": c.centre, "effect": c.effect.tolist()}
            for c in prior.covariates
        ],
        "patients": prior.patients,
        "source": prior.source,
        "citation": None
        if prior.citation is None
        else {"key": prior.citation.key, "text": prior.citation.text, "doi": prior.citation.doi},
    }
