"""A run on a simulated patient, killed at twenty moments over an earlier result."""

from __future__ import annotations

import random
import signal

import pytest

from hevesy.simulate import Options, Size, default_scenario, simulate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
N_KILLS = 20


def test_killed_at_twenty_moments(tmp_path, interrupted):
    scenario = default_scenario("lu177-dotatate")
    scans = scenario.scans.model_copy(update={"times": [24 * 3600.0, 96 * 3600.0]})
    patient = simulate(scenario.model_copy(update={"scans": scans}), tmp_path / "patient", Options(7, size=Size.SMALL))
    study, out = patient / "study.yaml", tmp_path / "results"
    took = interrupted.complete(study, out)
    (out / "notes").mkdir()
    (out / interrupted.NOTE).write_text("mine")
    text = study.read_text(encoding="utf-8")
    draw = random.Random(20)  # noqa: S311 - moments, no secret
    for number in range(N_KILLS):
        study.write_text(text.replace("label: ", f"label: {number}-"), encoding="utf-8")
        how = draw.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        interrupted.kill(study, out, draw.uniform(0.02, 1.0) * took, how)
    interrupted.complete(study, out)
    interrupted.check_result(out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patient", "results"]
