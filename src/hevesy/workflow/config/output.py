"""What is written, and how."""

from __future__ import annotations

from typing import Literal

from hevesy.workflow.config.fields import Section


class Output(Section):
    """What is written, and how."""

    rtdose: Literal["plan-overview", "plan"] = "plan-overview"
    """``plan-overview``: the dose maps stand alone; ``plan``: they refer to a stub of an RT Plan, for planning systems
    that show no dose without one."""
    activity_images: bool = False
    """Whether the activity of every time point is written, registered to the reference, for fits of every voxel."""
