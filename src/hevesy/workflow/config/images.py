"""Which series make one time point."""

from __future__ import annotations

from hevesy.workflow.config.fields import Section, Text


class TimePointChoice(Section):
    """Which series make one time point; needed where the images hold several reconstructions of one scan."""

    emission: Text
    """Series Instance UID of the NM or PT series."""
    ct: Text | None = None
    """Series Instance UID of the CT; the one that ``hevesy inspect`` found otherwise."""
