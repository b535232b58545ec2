"""The order of the stages: from a study file to results, from images to a draft of a study file, or to a pseudonym."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hevesy.workflow.draft import draft_study, write_draft
    from hevesy.workflow.means import Means
    from hevesy.workflow.pseudonymisation import PseudonymisationRequest, pseudonymise
    from hevesy.workflow.run import RunOptions, compute_study, run_study
    from hevesy.workflow.stage_store import StageStore, StageUse, stored_bytes
    from hevesy.workflow.study_file import read_study

_PLACES = {
    "Means": "means",
    "PseudonymisationRequest": "pseudonymisation",
    "RunOptions": "run",
    "StageStore": "stage_store",
    "StageUse": "stage_store",
    "compute_study": "run",
    "draft_study": "draft",
    "pseudonymise": "pseudonymisation",
    "read_study": "study_file",
    "run_study": "run",
    "stored_bytes": "stage_store",
    "write_draft": "draft",
}
"""Module of each name: loaded when it is asked for, as the whole takes a second."""


__all__ = [
    "Means",
    "PseudonymisationRequest",
    "RunOptions",
    "StageStore",
    "StageUse",
    "compute_study",
    "draft_study",
    "pseudonymise",
    "read_study",
    "run_study",
    "stored_bytes",
    "write_draft",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
