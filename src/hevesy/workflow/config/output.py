"""How the DICOM objects are written."""

from __future__ import annotations

from typing import Literal

from hevesy.workflow.config.fields import Section


class Output(Section):
    """How the DICOM objects are written."""

    rtdose: Literal["plan-overview", "plan"] = "plan-overview"
    """``plan-overview``: the dose maps stand alone; ``plan``: they refer to a stub of an RT Plan, for planning systems
    that show no dose without one."""
