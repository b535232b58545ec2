"""The order of the stages: from a study file to results, from images to a draft of a study file, or to a pseudonym."""

from hevesy.workflow.draft import draft_study, write_draft
from hevesy.workflow.pseudonymise import PseudonymisationRequest, pseudonymise
from hevesy.workflow.run import compute_study, run_study
from hevesy.workflow.study_file import read_study

__all__ = [
    "PseudonymisationRequest",
    "compute_study",
    "draft_study",
    "pseudonymise",
    "read_study",
    "run_study",
    "write_draft",
]
