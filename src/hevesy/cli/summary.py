"""The table that ``hevesy run`` prints."""

from __future__ import annotations

import io
import shutil

from rich.console import Console
from rich.table import Table

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.limit_words import limit_lines
from hevesy.report.model import RegionResult, Results
from hevesy.report.numbers import estimate

_WIDTH = 128
"""Wide enough for every column whole; a narrower terminal wraps the lines itself."""


def summary_table(results: Results) -> str:
    """Absorbed doses of all regions, those with findings first, as text."""
    table = Table(title=f"Absorbed doses: {results.patient_label}", title_justify="left")
    for heading in ("Region", "Mass [g]", "TIA [GBq h]", "T_eff [h]", "Absorbed dose [Gy]", "95 %", "BED [Gy]"):
        table.add_column(heading, justify="left" if heading == "Region" else "right", no_wrap=True)
    findings = [region for region in results.regions if region.findings]
    for region in [*findings, *(region for region in results.regions if not region.findings)]:
        table.add_row(*_row(region))
    target = io.StringIO()
    console = Console(file=target, width=max(_WIDTH, shutil.get_terminal_size().columns), markup=False, highlight=False)
    console.print(table)
    for region in findings:
        for finding in region.findings:
            console.print(f"  {region.name}: {finding}", soft_wrap=True)
    for line in limit_lines(results.limits):
        console.print(f"  {line}", soft_wrap=True)
    for finding in results.findings:
        console.print(f"  {finding}", soft_wrap=True)
    console.print(results.statement, soft_wrap=True)
    return target.getvalue()


def _row(region: RegionResult) -> tuple[str, ...]:
    return (
        region.name,
        estimate(region.mass_g),
        estimate(region.time_integrated_activity_bq_s, 1 / 3.6e12),
        estimate(region.effective_half_life_h),
        estimate(region.absorbed_dose_gy),
        _interval(region.absorbed_dose_gy),
        estimate(region.bed_gy),
    )


def _interval(given: EstimateModel) -> str:
    return "" if given.interval95 is None else "{:.3g} to {:.3g}".format(*given.interval95)
