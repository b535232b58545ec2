"""Mean absorbed doses from the photons of a region, by Monte Carlo on the voxels of the anatomy."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Progress
from hevesy.physdata import EmissionSpectrum
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc.photon_grid import photon_grid
from hevesy.transport.mc.photon_track_length import track_length_photons
from hevesy.transport.organs.anatomy import Anatomy, Region
from hevesy.transport.organs.sources import Kind, generator, photons

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """How much is followed."""

    photon_histories: int = 1_000_000
    charged_points: int = 200_000
    batches: int = 20
    seed: int = 1
    threads: int = os.cpu_count() or 1


def photon_doses(
    anatomy: Anatomy,
    source: Region,
    spectra: tuple[EmissionSpectrum, ...],
    settings: Settings,
    kind: Kind,
    progress: Progress,
) -> Floats:
    """Energy per mass in every region per decay in the source, batch by batch.

    Electrons that photons set free deposit their energy where they start; every photon scores along its whole track.

    Returns
    -------
    Shape ``(batch, region)``; the mean over the batches is the estimate. [MeV/kg]
    """
    tables, grid = photon_tables(anatomy.geometry.materials), photon_grid(anatomy.geometry)
    matrix = anatomy.dose_matrix()
    number = -(-settings.photon_histories // settings.batches)

    def batch(index: int) -> Floats:
        particles = photons(anatomy, source, spectra, number, generator(settings.seed, index, kind))
        tally = np.zeros(anatomy.geometry.media.shape)
        track_length_photons(anatomy.geometry, tables, particles, tally, grid=grid)
        return np.asarray(matrix @ tally.ravel())

    done = np.zeros((settings.batches, matrix.shape[0]))
    with ThreadPoolExecutor(max_workers=settings.threads) as pool:
        for index, doses in enumerate(pool.map(batch, range(settings.batches))):
            done[index] = doses
            progress(kind.name.lower(), index + 1, settings.batches)
    return done
