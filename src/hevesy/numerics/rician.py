r"""Moments of magnitudes with Rician noise, in units of the noise of each channel.

A magnitude is :math:`M = |S + n|` with independent normal noise of standard deviation 1 in the real and the imaginary
channel. It holds for one receiver channel, and for channels that were combined with their complex sensitivities; the
root of the sum of squares of many channels has a higher floor.

References
----------
.. [1] H. Gudbjartsson, S. Patz, Magn. Reson. Med. 34 (1995) 910, doi:10.1002/mrm.1910340618
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import i0e, i1e

Floats = NDArray[np.float64]

_ROOT_HALF_PI = float(np.sqrt(np.pi / 2.0))
_NOISE_ONLY = 2.0
"""Mean square of the magnitude without signal. [noise squared]"""


def rician_moments(signal: Floats) -> tuple[Floats, Floats, Floats]:
    r"""Mean of the magnitude, its derivative by the signal, and its variance. [noise]

    .. math::

        \bar M = \sqrt{\pi/2}\; {}_1F_1(-\tfrac12; 1; -S^2/2), \qquad
        \operatorname{var} M = 2 + S^2 - \bar M^2

    Parameters
    ----------
    signal
        Signal without noise, zero or positive. Any shape. [noise]
    """
    quarter = np.square(signal) / 4.0
    zeroth, first = i0e(quarter), i1e(quarter)
    mean = _ROOT_HALF_PI * ((1.0 + 2.0 * quarter) * zeroth + 2.0 * quarter * first)
    slope = 0.5 * _ROOT_HALF_PI * signal * (zeroth + first)
    variance = _NOISE_ONLY + np.square(signal) - np.square(mean)
    return mean, slope, variance


def noise_of_background(magnitudes: Floats) -> float:
    r"""Noise of each channel from voxels without signal: :math:`\sigma^2 = \overline{M^2}/2`.

    Raises
    ------
    ValueError
        If there is no magnitude, or all are zero.
    """
    noise = float(np.sqrt(np.mean(np.square(magnitudes)) / _NOISE_ONLY)) if magnitudes.size else 0.0
    if not noise > 0.0:
        raise ValueError("expected magnitudes of noise above zero, but none came")
    return noise
