"""The order of the stages: from a study file to results, from images to a draft of a study file, or to a pseudonym."""

from hevesy.workflow.draft import draft_study, write_draft
from hevesy.workflow.means import Means
from hevesy.workflow.pseudonymise import PseudonymisationRequest, pseudonymise
from hevesy.workflow.run import RunOptions, compute_study, run_study
from hevesy.workflow.stage_store import StageStore, StageUse, stored_bytes
from hevesy.workflow.study_file import read_study

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
