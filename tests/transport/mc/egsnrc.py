"""Reading the independent Monte Carlo reference of electrons in the shared folder."""

import numpy as np


def lines(folder, name):
    """Energies [MeV] and yields of an electron spectrum; bins by their middle."""
    rows = (folder / "validation/egsnrc/spectra" / f"{name}_e.spectrum").read_text().splitlines()
    count, lowest, _ = rows[1].split(",")
    table = np.array([[float(value) for value in row.split(",")] for row in rows[2 : 2 + int(count)]])
    lower = np.concatenate([[float(lowest)], table[:-1, 0]])
    kept = table[:, 1] > 0
    return 0.5 * (lower + table[:, 0])[kept], table[kept, 1]


def shells(folder, name):
    """Edges [cm] and energy per primary [MeV] of a point kernel."""
    table = np.loadtxt(folder / f"validation/egsnrc/b_{name}.csv", delimiter=",", skiprows=2)
    return np.concatenate([table[:1, 0], table[:, 1]]), table[:, 2]
