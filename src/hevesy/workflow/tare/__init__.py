"""Radioembolisation: from a plan file to activities, doses and limits side by side."""

from hevesy.workflow.tare.plan.imaging import load_plan
from hevesy.workflow.tare.plan.job import plan_document, read_plan, write_plan
from hevesy.workflow.tare.verify.job import read_verification, verified, write_verification

__all__ = [
    "load_plan",
    "plan_document",
    "read_plan",
    "read_verification",
    "verified",
    "write_plan",
    "write_verification",
]
