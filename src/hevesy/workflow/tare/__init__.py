"""Radioembolisation: from a plan file to activities, doses and limits side by side."""

from hevesy.workflow.tare.imaging import load_plan
from hevesy.workflow.tare.plan import plan_document, read_plan, write_plan

__all__ = ["load_plan", "plan_document", "read_plan", "write_plan"]
