"""Radioembolisation: from a plan file to activities, doses and limits side by side."""

from hevesy.workflow.tare.plan import plan_document, read_plan, write_plan

__all__ = ["plan_document", "read_plan", "write_plan"]
