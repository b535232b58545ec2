"""Derive the population of [177Lu]Lu-PSMA-I&T curves that scan plans are tried on.

Virtual patients are drawn from the parameters of a physiological model (parameters.toml), reduced to one plasma,
tissues with and without receptors and the kidneys; every patient's curves of the kidneys and of two tumours are solved
and fitted by a bi-exponential with uptake, and the parameters of all patients become the population.

    python tools/derive_psma_it_population.py
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from hevesy.domain import Citation, PopulationPrior, RegionPrior
from hevesy.numerics.compartments import LinearCompartments, bolus
from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, log_values
from hevesy.numerics.saturable_compartments import SaturableCompartments, saturable_course
from hevesy.physdata import nuclide, write_prior

FOLDER = Path(__file__).resolve().parents[1] / "src/hevesy/physdata/tables/design_psma_it_pbpk"
N_PATIENTS = 104
SEED = 20201
MODEL = KINETIC_MODELS["uptake-bi"]
TIMES = np.array([0.5, 1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120, 144, 168, 192, 240, 336])
_PER_HOUR = 60.0
_SCATTER = 0.05


class Body:
    """Compartments of one patient, gathered while they are described. [nmol, l, min]"""

    def __init__(self, plasma: float) -> None:
        self.names = ["plasma"]
        self.plasma = plasma
        self.rates: dict[tuple[str, str], float] = {}
        self.out: dict[str, float] = {}
        self.capacity: dict[str, float] = {}

    def add(self, name: str, flow: float, permeability: float, volume: float) -> None:
        """An interstitial space, reached by flow and permeability in series."""
        self.names.append(name)
        exchange = 1.0 / (1.0 / flow + 1.0 / permeability)
        self.rates["plasma", name] = exchange / self.plasma
        self.rates[name, "plasma"] = exchange / volume

    def bind(self, name: str, ligand: dict[str, float], volume: float, receptors: float, release: float) -> None:
        """Receptors in a space: bound, then taken in and released (out of the system)."""
        bound, inside = f"{name} bound", f"{name} inside"
        self.names += [bound, inside]
        on = ligand["k_on_l_per_nmol_min"]
        self.rates[name, bound] = on * receptors / volume
        self.rates[bound, name] = on * ligand["dissociation_constant_nm"]
        self.rates[bound, inside] = ligand["internalisation_per_min"]
        self.out[inside] = release
        self.capacity[bound] = receptors

    def system(self) -> SaturableCompartments:
        """The equations, per hour."""
        n, place = len(self.names), {name: k for k, name in enumerate(self.names)}
        transfer, full = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
        for (source, target), rate in self.rates.items():
            transfer[place[target], place[source]] = rate * _PER_HOUR
            full[place[target], place[source]] = target in self.capacity
        excretion = np.array([self.out.get(name, 0.0) * _PER_HOUR for name in self.names])
        capacity = np.array([self.capacity.get(name, np.inf) for name in self.names])
        # What comes back from the inside or goes there is no binding.
        for name in self.capacity:
            full[place[name], place[f"{name.removesuffix(' bound')} inside"]] = False
        return SaturableCompartments(LinearCompartments(transfer, excretion), capacity, full)


def drawn(random: np.random.Generator, table: dict) -> dict[str, float]:
    """One value of every entry that has a typical value."""
    found = {}
    for name, entry in table.items():
        if isinstance(entry, dict):
            spread = np.sqrt(np.log1p(entry["cv"] ** 2))
            value = entry["typical"] * np.exp(spread * random.normal())
            found[name] = float(np.clip(value, entry.get("least", 0.0), entry.get("most", np.inf)))
    return found


def tissues(body: Body, table: list[dict], weight: float) -> None:
    """The tissues without receptors."""
    output = 1.23 * body.plasma
    for tissue in table:
        exchange, space = 0.0, 0.0
        for part in tissue["parts"]:
            volume = part["volume_l_per_kg"] * weight
            exchange += 1.0 / (1.0 / (part["flow"] * output) + 1.0 / (part["permeability"] * volume))
            fraction, share = part.get("interstitial_fraction", 0.0), part.get("interstitial_per_plasma", 0.0)
            space += fraction * volume + share * body.plasma
        body.add(tissue["name"], 2.0 * exchange, 2.0 * exchange, space)


def kidneys(body: Body, kidney: dict[str, float], ligand: dict[str, float], filtration: float) -> None:
    """Filtration into the tubules, excretion, return, and receptors along the tubules."""
    filtered = kidney["filtered_fraction"] * filtration
    volume = kidney["interstitial_fraction"] * kidney["volume_l"]
    body.names.append("kidneys")
    body.rates["plasma", "kidneys"] = filtered / body.plasma
    body.rates["kidneys", "plasma"] = (1.0 - kidney["excreted_fraction"]) * filtered / volume
    body.out["kidneys"] = kidney["excreted_fraction"] * filtered / volume
    receptors = kidney["receptor_density_nm"] * kidney["volume_l"]
    body.bind("kidneys", ligand, volume, receptors, kidney["release_per_min"])


def tumours(body: Body, table: dict, random: np.random.Generator, ligand: dict[str, float], number: int) -> None:
    """Two lesions and all others together; one rate of release for the patient."""
    densities = table["tumour"]["receptor_densities_nm"][number % len(table["tumour"]["receptor_densities_nm"])]
    release = drawn(random, table["tumour"])["release_per_min"]
    for name, density in zip(("tumour 1", "tumour 2"), densities, strict=True):
        lesion = drawn(random, table["tumour"])
        lesion |= {"receptor_density_nm": density, "release_per_min": release * lesion["release_between_lesions"]}
        receptor_tissue(body, name, lesion, ligand)
    lesion = drawn(random, table["tumour"]) | drawn(random, table["further_tumours"]) | {"release_per_min": release}
    receptor_tissue(body, "further tumours", lesion, ligand)


def receptor_tissue(body: Body, name: str, tissue: dict[str, float], ligand: dict[str, float]) -> None:
    """A tissue with receptors in its interstitial space."""
    volume = tissue["volume_l"]
    space = tissue["interstitial_fraction"] * volume
    body.add(name, tissue["flow_l_per_min_l"] * volume, tissue["permeability_l_per_min_l"] * volume, space)
    body.bind(name, ligand, space, tissue["receptor_density_nm"] * volume, tissue["release_per_min"])


def patient(table: dict, random: np.random.Generator, number: int, rate: float) -> dict[str, tuple]:
    """Curve and integral of the kidneys and two tumours, per administered activity."""
    whole, ligand, kidney = (drawn(random, table[name]) for name in ("body", "ligand", "kidneys"))
    surface = 0.00718 * whole["weight_kg"] ** 0.425 * whole["height_cm"] ** 0.725
    body = Body(2.8 * (1.0 - 0.4) * surface)
    tissues(body, table["tissues"], whole["weight_kg"])
    kidneys(body, kidney, ligand, whole["glomerular_filtration_l_per_min"])
    tumours(body, table, random, ligand, number)
    receptor_tissue(body, "salivary glands", drawn(random, table["salivary_glands"]), ligand)
    amount = whole["ligand_nmol"]
    course = saturable_course(body.system(), bolus(len(body.names), 0, amount), TIMES, rate)
    found = {}
    for name in ("kidneys", "tumour 1", "tumour 2"):
        own = [k for k, n in enumerate(body.names) if n in {name, f"{name} bound", f"{name} inside"}]
        curve, whole_time = course.activities[:, own].sum(axis=1), course.integrals[own].sum()
        if name == "kidneys":
            blood = kidney["vascular_fraction"] * kidney["volume_l"] / body.plasma
            curve, whole_time = curve + blood * course.activities[:, 0], whole_time + blood * course.integrals[0]
        found[name] = curve / amount, whole_time / amount
    return found


def parameters(curve: np.ndarray, rate: float) -> np.ndarray:
    """Parameters of a bi-exponential with uptake, held weakly where the curve does not determine them."""
    target = np.log(curve)
    typical = np.array([target.max(), np.log(0.009), np.log(0.05), -0.5, np.log(2.0)])
    weak = np.array([0.0, 2.0, 2.0, 1.5, 1.5])

    def residuals(theta: np.ndarray) -> np.ndarray:
        return np.concatenate([(log_values(MODEL, theta, TIMES, rate)[0] - target) / 0.01, (theta - typical) * weak])

    def slope(theta: np.ndarray) -> np.ndarray:
        return np.concatenate([log_values(MODEL, theta, TIMES, rate)[1] / 0.01, np.diag(weak)])

    starts = [typical + np.array([0, a, b, c, 0]) for a in (0, 0.5, -0.5) for b in (0, -1, 1) for c in (0, 1, -1)]
    return min((least_squares(residuals, start, jac=slope) for start in starts), key=lambda found: found.cost).x


def main() -> None:
    """Draw, solve, fit and write."""
    table = tomllib.loads((FOLDER / "parameters.toml").read_text(encoding="utf-8"))
    rate = nuclide("Lu-177").decay_constant_per_s * 3600.0
    random = np.random.default_rng(SEED)
    patients = [patient(table, random, number, rate) for number in range(N_PATIENTS)]
    fitted = [{name: parameters(curve, rate) for name, (curve, _) in found.items()} for found in patients]
    report(patients, fitted, rate)
    rows = np.array([np.concatenate([f["kidneys"], f[name]]) for name in ("tumour 1", "tumour 2") for f in fitted])
    flat = np.tile([True, False, False, False, False], 2)
    covariance = np.cov(rows.T)
    covariance[flat] = covariance[:, flat] = 0.0
    note = tomllib.loads((FOLDER / "SOURCE.toml").read_text(encoding="utf-8"))
    prior = PopulationPrior(
        ligand="PSMA-I&T",
        nuclide="Lu-177",
        activity_unit="fraction of the administered activity",
        fraction_of_administered_per_unit=1.0,
        regions=tuple(RegionPrior(name, MODEL.name, MODEL.parameters, _SCATTER) for name in ("kidneys", "tumour")),
        mean=rows.mean(axis=0).round(6),
        mean_covariance=np.zeros((10, 10)),
        between_patients=covariance.round(6),
        between_cycles=None,
        uninformative=tuple(bool(f) for f in flat),
        covariates=(),
        patients=13,
        source=note["status"],
        citation=Citation(FOLDER.name, note["citation"]),
    )
    write_prior(prior, FOLDER / "prior.json")
    for name in ("parameters.toml", "prior.json"):
        print(f'"{name}" = "{hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()}"')


def report(patients: list[dict], fitted: list[dict], rate: float) -> None:
    """How well the fits hold, and what the curves are like."""
    for name in ("kidneys", "tumour 1", "tumour 2"):
        theta = np.array([f[name] for f in fitted])
        curves = np.array([p[name][0] for p in patients])
        whole = np.array([p[name][1] for p in patients])
        off = log_values(MODEL, theta, TIMES, rate)[0] - np.log(curves)
        ratio = integral(MODEL, theta, rate)[0] / whole
        late = np.log(2.0) * 96.0 / np.log(curves[:, TIMES == 96] / curves[:, TIMES == 192])
        print(
            name,
            "rms residual",
            np.quantile(np.sqrt((off**2).mean(axis=1)), [0.5, 0.95]).round(4),
            "integral, fitted over solved",
            np.quantile(ratio, [0.05, 0.95]).round(4),
            "TIAC [h]",
            np.quantile(whole, [0.1, 0.5, 0.9]).round(3),
            "half-life 96 to 192 h [h]",
            np.quantile(late, [0.1, 0.5, 0.9]).round(1),
        )


if __name__ == "__main__":
    main()
