"""Noisy curves of voxels, and the same fits by scipy."""

import numpy as np
from scipy.optimize import least_squares

from hevesy.numerics.voxel_fit import fit_voxels
from hevesy.numerics.voxel_fit_problem import problem
from hevesy.numerics.voxel_status import VoxelStatus

RATE = np.log(2.0) / 159.5
FOUR = np.array([4.0, 24.0, 96.0, 168.0])
SIX = np.array([2.0, 20.0, 45.0, 70.0, 120.0, 168.0])


def noisy_curves(model, n, times, noise, seed=1):
    """Values and their standard uncertainties. Shape ``(scan, voxel)`` each."""
    rng = np.random.default_rng(seed)
    t, size = times[:, None], rng.gamma(2.0, 1.0, n)
    slow = np.maximum(np.log(2.0) / np.exp(rng.normal(np.log(55.0), 0.35, n)), 1.02 * RATE)
    if model == "mono":
        true = size * np.exp(-slow * t)
    elif model == "uptake-mono":
        true = size * (np.exp(-slow * t) - np.exp(-(slow + np.log(2.0) / rng.uniform(1.0, 8.0, n)) * t))
    else:
        share, fast = rng.uniform(0.1, 0.6, n), slow + np.log(2.0) / rng.uniform(3.0, 15.0, n)
        true = size * ((1.0 - share) * np.exp(-slow * t) + share * np.exp(-fast * t))
    u = noise * np.sqrt(true * true.mean(axis=0))
    return np.abs(true + u * rng.standard_normal(true.shape)), u


def by_scipy(model, times, values, u):
    """Lowest chi-square and its integral among fits from nine starts, with the same bounds."""
    shared, unit, top = problem(model, times, RATE), times[-1], values.max()
    t, y, s = shared.times, values / top, u / top
    q, m = (2 if model == "bi" else 1), (1 if model == "mono" else 2)

    def parts(x):
        rates = shared.physical_rate + np.cumsum(x[q:])
        return (np.array([x[0], -x[0]]) if model == "uptake-mono" else x[:q]), rates

    def residuals(x):
        a, r = parts(x)
        return (np.exp(-np.outer(t, r)) @ a - y) / s

    def jacobian(x):
        a, r = parts(x)
        e = np.exp(-np.outer(t, r))
        d = -t[:, None] * e * a
        by_size = e[:, :1] - e[:, 1:] if model == "uptake-mono" else e
        return np.hstack([by_size, d.sum(axis=1, keepdims=True), *([d[:, 1:]] if m == 2 else [])]) / s[:, None]

    lower = np.concatenate([np.zeros(q), shared.lower[:m]])
    upper = np.concatenate([np.full(q, np.inf), shared.upper[:m]])
    fits = []
    for b1 in (0.1, 1.0, 3.0):
        for b2 in (0.5, 3.0, 15.0)[: 1 if m == 1 else 3]:
            start = np.clip(np.concatenate([np.full(q, 0.5), [b1, b2][:m]]), lower + 1e-9, upper - 1e-9)
            options = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "x_scale": "jac", "max_nfev": 3000}
            fits.append(least_squares(residuals, start, jacobian, bounds=(lower, upper), **options))
    best = min(fits, key=lambda fit: fit.cost)
    a, r = parts(best.x)
    return 2.0 * best.cost, float((a / r).sum()) * unit * top


def agreement(model, times, n, noise, seed):
    """Relative differences of the integral at the same optimum, and how many voxels are worse than scipy's best."""
    values, u = noisy_curves(model, n, times, noise, seed)
    found = fit_voxels(model, times, values, u, RATE)
    same, worse = [], 0
    for v in range(n):
        if not VoxelStatus(int(found.status[v])).has_value:
            continue
        chi_square, other = by_scipy(model, times, values[:, v], u[:, v])
        difference = found.chi_square[v] - chi_square
        if abs(difference) < 1e-7 * max(chi_square, 1e-3):
            same.append(abs(found.integral[v] / other - 1.0))
        worse += difference > 1e-6 * max(chi_square, 1e-3)
    return np.array(same), worse
