"""The folder of ``hevesy fit``: the document and a picture of the curves."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.report.figures.curves import CurvePanel, draw_curves
from hevesy.report.figures.style import vector
from hevesy.report.files import write_atomically
from hevesy.workflow.entries import curve_entry
from hevesy.workflow.fit_table import FitResult
from hevesy.workflow.folder import staged_folder

DOCUMENT, PICTURE = "fit.json", "curves.svg"


def write_fit(result: FitResult, out: Path) -> None:
    """Write both files; an earlier result in the folder is replaced by the whole new one.

    Raises
    ------
    OutputError
        If the folder holds something else or cannot be written.
    """
    with staged_folder(out, marker=DOCUMENT) as stage:
        text = json.dumps(result.document, allow_nan=False, indent=2) + "\n"
        write_atomically(stage / DOCUMENT, text.encode())
        if result.measured:
            panels = {name: _panel(curve, result.fitted.get(name)) for name, curve in result.measured.items()}
            write_atomically(stage / PICTURE, vector(partial(draw_curves, panels)).data)


def _panel(measured: TimeActivityCurve, fitted: FittedCurve | None) -> CurvePanel:
    return CurvePanel(
        times_h=measured.times_s / 3600.0,
        activities_mbq=measured.activities_bq / 1e6,
        spread_mbq=np.array([p.activity.standard_uncertainty / 1e6 for p in measured.points]),
        curve=curve_entry(fitted, measured),
    )
