"""Simulated cohorts for tests."""

import numpy as np

from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, values
from hevesy.population import Cohort, Observation

HALF_LIFE_H = 159.528
RATE = float(np.log(2.0)) / HALF_LIFE_H
MEANS = {
    "kidney": ("uptake-mono", [1.3, -4.6, -1.0], [0.3, 0.2, 0.3]),
    "liver": ("mono", [1.8, -5.4], [0.3, 0.3]),
}


def simulated(seed, patients=20, means=MEANS, noise=0.06, times=(4.0, 24.0, 96.0, 168.0), shift=None):
    """A cohort and its truth; ``shift(i)`` adds to the logarithm of the washout rates of patient i."""
    rng = np.random.default_rng(seed)
    observations, truth = [], {}
    for i in range(patients):
        at = np.array(times) * np.exp(rng.normal(0, 0.05, len(times)))
        for region, (name, mean, spread) in means.items():
            theta = np.array(mean) + rng.normal(size=len(mean)) * spread
            theta[1] += shift(i) if shift else 0.0
            exact = values(KINETIC_MODELS[name], theta, at, RATE)[0]
            truth[f"{i:03d}", region] = float(integral(KINETIC_MODELS[name], theta, RATE)[0])
            for t, a in zip(at, exact * np.exp(rng.normal(0, noise, len(at))), strict=True):
                observations.append(Observation(f"{i:03d}", region, float(t), float(a)))
    return Cohort("Lu-177", HALF_LIFE_H, "", tuple(observations)), truth


def written(cohort, path, extra=None):
    """The cohort as a file; ``extra`` gives further columns by patient."""
    extra = extra or {}
    lines = [",".join(["patient", "region", "time_h", "activity", *extra])]
    for o in cohort.observations:
        more = [str(extra[name][o.patient]) for name in extra]
        lines.append(",".join([o.patient, o.region, repr(o.time_h), repr(o.activity), *more]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
