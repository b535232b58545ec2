"""A synthetic patient of ellipsoids: results and images to draw, without any other stage."""

import math

import numpy as np
import pytest

from hevesy.domain import Grid, Image, Quantity, Region, RegionKind, Side
from hevesy.report import compose
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.images import AlignmentPictures, AlignmentView, ReportImages
from hevesy.report.model import (
    AdministrationModel,
    AlignmentModel,
    CalibrationModel,
    CitationModel,
    CurveModel,
    DoseMapModel,
    ProvenanceModel,
    RecoveryModelOut,
    RegionResult,
    RegionTimePoint,
    Results,
    TimePointModel,
)

TIMES_H = (4.2, 24.1, 95.8, 167.9)
PHYSICAL_H = 159.5
NET_BQ = 7.35e9
WINDOW = (-500.0, 500.0)
_SHARES = {"calibration": 0.55, "volume": 0.45, "recovery": 0.4, "counts": 0.2, "fit": 0.5, "energy": 0.1}

# name, kind, side, centre (x, y, z) mm, half axes mm, concentration at 24 h kBq/ml, effective half-life h
BODIES = [
    ("Liver", "organ", "none", (-75, -10, 60), (85, 70, 70), 60.0, 70.0),
    ("Spleen", "organ", "none", (95, 35, 70), (28, 32, 48), 220.0, 75.0),
    ("Kidney L", "organ", "left", (62, 45, -20), (25, 24, 55), 260.0, 52.0),
    ("Kidney R", "organ", "right", (-62, 45, -30), (25, 24, 55), 250.0, 50.0),
    ('Liver metastasis <1> & "hot"', "lesion", "none", (-95, -25, 85), (22, 20, 20), 900.0, 95.0),
    ("Bone met #2 $L_3$ [x] *y* \\z", "lesion", "none", (0, 60, -70), (13, 12, 12), 420.0, 88.0),
    ("Lymph node, tiny", "lesion", "none", (25, 30, 0), (6, 6, 6), 300.0, 80.0),
]


def estimate(value, relative=0.1, unit="Gy", budget=False):
    spread = value * relative
    factor = math.exp(1.96 * math.sqrt(math.log1p(relative**2)))
    norm = math.sqrt(sum(v * v for v in _SHARES.values()))
    parts = {k: spread * v / norm for k, v in _SHARES.items()} if budget else None
    return EstimateModel(
        value=value, standard_uncertainty=spread, interval95=(value / factor, value * factor), unit=unit, budget=parts
    )


def null(unit, reason):
    return EstimateModel(value=None, unit=unit, reason=reason)


def grid(n=64, spacing=6.4):
    half = (n - 1) * spacing / 2
    return Grid((n, n, n), (spacing,) * 3, (-half, -half, -half), frame_of_reference="1.2.3")


def ellipsoid(on, centre, axes):
    z, y, x = np.meshgrid(*(np.arange(s) for s in on.shape), indexing="ij")
    points = on.points(np.stack([x, y, z], axis=-1).astype(float))
    return (((points - np.array(centre)) / np.array(axes)) ** 2).sum(axis=-1) <= 1.0


def curve_of(half_life_h, at_24):
    rate = math.log(2) / half_life_h / 3600
    amplitude = at_24 * math.exp(rate * 24 * 3600)
    times = np.linspace(0, 500, 120)
    values = amplitude * np.exp(-rate * times * 3600)
    spread = 0.08 + 0.0006 * times
    return CurveModel(
        model="mono",
        amplitudes_bq=[amplitude],
        rates_per_s=[rate],
        band_time_h=times.tolist(),
        band_value_bq=values.tolist(),
        band_lower_bq=(values * np.exp(-1.96 * spread)).tolist(),
        band_upper_bq=(values * np.exp(1.96 * spread)).tolist(),
        aicc=None,
        candidates=[
            {"model": "mono", "aicc": None, "reason": None},
            {"model": "bi", "aicc": None, "reason": "4 points support at most 2 parameters"},
        ],
        extrapolated_fraction=0.5 ** (168 / half_life_h),
    )


def histogram(mean):
    dose = np.linspace(0, 2.2 * mean, 80)
    share = 1 / (1 + (dose / mean) ** 6)
    return {"absorbed_dose_gy": dose.tolist(), "volume_fraction": (share / share[0]).tolist()}


def region_result(body, *, supported=True, dose_map=True):
    name, kind, side, _, axes, concentration, half_life = body
    volume = 4 / 3 * math.pi * math.prod(axes) / 1000
    at_24 = concentration * 1e3 * volume
    rate = math.log(2) / half_life / 3600
    amplitude = at_24 * math.exp(rate * 24 * 3600)
    tia = amplitude / rate
    dose = tia * 147e3 * 1.602e-19 / (volume * 1e-3 * 1.05) if supported else 0.0
    why = "activity still rises at the last of 4 scans (52 to 61 MBq): no integral without a stated tail"
    made = supported and dose_map
    no_map = "no dose map was made"
    points = [
        RegionTimePoint(
            time_point=i + 1,
            time_h=t,
            volume_ml=estimate(volume, 0.05, "ml"),
            recovery_coefficient=estimate(0.9, 0.03, "1") if volume > 2 else null("1", "below the recovery range"),
            activity_bq=estimate(amplitude * math.exp(-rate * t * 3600) * (1 + 0.04 * (-1) ** i), 0.07, "Bq"),
            activity_concentration_bq_ml=estimate(
                1e3 * concentration * math.exp(-rate * (t - 24) * 3600), 0.06, "Bq/ml"
            ),
            activity_concentration_as_stored_bq_ml=estimate(1e3 * concentration, 0.06, "Bq/ml"),
        )
        for i, t in enumerate(TIMES_H)
    ]
    return RegionResult(
        name=name,
        kind=kind,
        side=side,
        code=None,
        status="complete" if supported else "partial",
        findings=[] if supported else [why],
        mass_g=estimate(volume * 1.05, 0.05, "g"),
        volume_ml=estimate(volume, 0.05, "ml"),
        exact_volume_ml=volume * 0.998,
        time_integrated_activity_bq_s=estimate(tia, 0.09, "Bq s") if supported else null("Bq s", why),
        time_integrated_activity_to_last_scan_bq_s=estimate(tia * 0.8, 0.07, "Bq s"),
        time_integrated_activity_tail_bq_s=estimate(tia * 0.2, 0.2, "Bq s") if supported else null("Bq s", why),
        effective_half_life_h=estimate(half_life, 0.04, "h") if supported else null("h", why),
        absorbed_dose_gy=estimate(dose, 0.13, budget=True) if supported else null("Gy", why),
        absorbed_dose_per_administered_activity_gy_per_gbq=estimate(dose / 7.35, 0.13, "Gy/GBq")
        if supported
        else null("Gy/GBq", why),
        absorbed_dose_map_mean_gy=estimate(dose * 0.88, 0.12) if made else null("Gy", no_map if supported else why),
        ratio_region_to_map=1 / 0.88 if made else None,
        bed_gy=estimate(dose * 1.1, 0.15) if supported and kind == "organ" else null("Gy", "no alpha/beta stated"),
        bed_model="linear-quadratic, α/β = 2.6 Gy, repair half-time 2.8 h" if kind == "organ" else None,
        recovery_applied=volume > 2,
        time_points=points,
        curve=curve_of(half_life, at_24) if supported else None,
        dose_volume_histogram=histogram(dose * 0.88) if made else None,
        dose_volume_metrics_gy={"D98": dose * 0.4, "D70": dose * 0.7, "D50": dose * 0.88, "D2": dose * 1.8}
        if made
        else None,
    )


def time_point_models(with_ct):
    return [
        TimePointModel(
            index=i + 1,
            time_h=t,
            start=f"2026-01-{5 + int(t // 24):02d}T12:00:00",
            duration_s=1200.0,
            emission_series=f"S{2 * i + 1}",
            ct_series=f"S{2 * i + 2}" if with_ct else None,
            units="Bq/ml",
            scale_source="rescale",
            decay_corrected_to="acquisition",
            contradictions=["DecayCorrection says ADMIN, DecayFactor is 1"] if i == 1 else [],
            missing=[] if with_ct else ["CT"],
        )
        for i, t in enumerate(TIMES_H)
    ]


def administration():
    return AdministrationModel(
        radionuclide="Lu-177",
        radiopharmaceutical="[177Lu]Lu-DOTATATE",
        half_life_h=PHYSICAL_H,
        half_life_source="ENDF/B-VIII.1",
        measured_activity_bq=estimate(7.45e9, 0.02, "Bq"),
        measured_at="2026-01-05T07:30:00",
        residual_activity_bq=estimate(0.06e9, 0.05, "Bq"),
        residual_measured_at="2026-01-05T09:00:00",
        net_activity_bq=estimate(NET_BQ, 0.02, "Bq"),
        start="2026-01-05T08:00:00",
        end="2026-01-05T08:30:00",
        source="study file",
    )


def calibration_and_recovery():
    calibration = CalibrationModel(
        method="phantom",
        factor_cps_per_bq=estimate(9.1e-6, 0.03, "cps/Bq"),
        source="calibration-phantom acquisition S20",
        camera={"manufacturer": "Example", "model": "Two-headed", "collimator": "MEGP"},
    )
    recovery = RecoveryModelOut(
        method="R(v) = 1 - 1/(1 + (v/b1)^b2)",
        b1_ml=2.1,
        b2=0.95,
        covariance=[[0.04, 0.002], [0.002, 0.003]],
        smallest_sphere_ml=1.15,
        largest_sphere_ml=113.0,
        source="spheres.csv",
    )
    return calibration, recovery


def alignment_models():
    identity = [[1.0 if i == j else 0.0 for j in range(4)] for i in range(4)]
    return [
        AlignmentModel(
            time_point=i + 1,
            method="reference" if i == 0 else "rigid CT",
            matrix=identity,
            residual_shift_mm=0.0 if i == 0 else 1.4 + 0.3 * i,
            body_overlap=1.0 if i == 0 else 0.97,
            translation_mm=0.0 if i == 0 else 6.2,
            rotation_deg=0.0 if i == 0 else 1.1,
        )
        for i in range(len(TIMES_H))
    ]


def provenance():
    return ProvenanceModel(
        key="3f" * 32,
        inputs=[{"name": "study.yaml", "sha256": "ab" * 32}, {"name": "S1", "sha256": "cd" * 32}],
        settings={"engine": "mird-self-dose"},
        versions={"hevesy": "0.1.0", "numpy": "2.4.6"},
        seed=None,
        citations=[
            CitationModel(
                key="bolch2009",
                text="W. E. Bolch et al., MIRD Pamphlet No. 21, J. Nucl. Med. 50 (2009) 477",
                doi="10.2967/jnumed.108.056036",
                topic="dose, map",
            ),
            CitationModel(
                key="gear2018",
                text="J. I. Gear et al., EANM practical guidance on uncertainty analysis, Eur. J. Nucl. Med. Mol. "
                "Imaging 45 (2018) 2456",
                doi="10.1007/s00259-018-4136-7",
            ),
        ],
        created="2026-02-01T10:00:00Z",
    )


def make_results(bodies=None, *, ct=True, dose_map=True, unsupported=("Lymph node, tiny",), n_times=4):
    bodies = BODIES if bodies is None else bodies
    regions = [region_result(b, supported=b[0] not in unsupported, dose_map=dose_map) for b in bodies]
    rest = region_result(("Remainder of the body", "remainder", "none", (0, 0, 0), (170, 110, 190), 2.0, 40.0))
    calibration, recovery = calibration_and_recovery()
    used = [*regions, rest]
    if n_times < len(TIMES_H):
        used = [r.model_copy(update={"time_points": r.time_points[:n_times]}) for r in used]
    return Results(
        statement="Research software. It is not a certified medical device and must not be the sole basis of a "
        "clinical decision.",
        patient_label="Demo patient <b>1</b>",
        regions=used,
        time_points=time_point_models(ct)[:n_times],
        administration=administration(),
        calibration=calibration,
        recovery=recovery,
        alignment=alignment_models()[:n_times] if ct else [],
        dose_map=DoseMapModel(
            made=dose_map,
            reason=None if dose_map else "the time points share no frame of reference and were not registered",
            recovery_corrected=False,
            file="dose.nii.gz" if dose_map else None,
            maximum_gy=64.0 if dose_map else None,
        ),
        engine={
            "region": "MIRD self-dose from sphere absorbed fractions, mass-scaled",
            "map": "local energy deposition of electrons",
        },
        findings=["crossfire between regions is not included"],
        files={"results": "results.json", "report": "report.pdf"},
        provenance=provenance(),
    )


def _ct(rng):
    on = Grid((96, 128, 128), (3.2, 3.2, 4.0), (-203.2, -203.2, -190.0), frame_of_reference="1.2.3")
    values = np.full(on.shape, -1000.0)
    values[ellipsoid(on, (0, 0, 0), (175, 115, 260))] = 20.0
    for _, _, _, centre, axes, *_ in BODIES[:4]:
        values[ellipsoid(on, centre, axes)] = 60.0
    values[ellipsoid(on, (0, 72, 0), (18, 18, 400))] = 400.0
    return Image(on, (values + rng.normal(0, 12, on.shape)).astype(np.float32), Quantity.CT_NUMBER)


def _spect(on, bodies, time_h, rng):
    from scipy import ndimage

    values = np.where(ellipsoid(on, (0, 0, 0), (175, 115, 260)), 4e3 * 2 ** (-time_h / 40), 0.0)
    for _, _, _, centre, axes, concentration, half_life in bodies:
        values[ellipsoid(on, centre, axes)] = 1e3 * concentration * 2 ** (-(time_h - 24) / half_life)
    blurred = ndimage.gaussian_filter(values, 1.0)
    noisy = np.clip(blurred + rng.normal(0, 1, on.shape) * 30 * np.sqrt(blurred), 0, None)
    return Image(on, noisy.astype(np.float32), Quantity.ACTIVITY_CONCENTRATION)


def _alignment(rng):
    def plane(rows, columns, shift):
        y, x = np.mgrid[0:rows, 0:columns]
        inside = ((y - rows / 2 - shift) / (rows * 0.42)) ** 2 + ((x - columns / 2 + shift) / (columns * 0.42)) ** 2 < 1
        spine = (y - rows * 0.7 - shift) ** 2 + (x - columns / 2 + shift) ** 2 < 60
        return inside * 1000.0 - 1000 + spine * 400

    return tuple(
        AlignmentPictures(
            index,
            (
                AlignmentView(
                    "axial", plane(80, 120, 0), plane(80, 120, 4), plane(80, 120, 0.6), (3.2, 3.2), 12.5, WINDOW
                ),
                AlignmentView(
                    "coronal", plane(130, 120, 0), plane(130, 120, 5), plane(130, 120, 0.5), (3.2, 3.2), -4.0, WINDOW
                ),
            ),
        )
        for index in (2, 3, 4)
    )


def make_images(bodies=None, *, ct=True, dose_map=True, n_times=4):
    rng = np.random.default_rng(7)
    bodies = BODIES if bodies is None else bodies
    on = grid()
    spect = tuple(_spect(on, bodies, t, rng) for t in TIMES_H[:n_times])
    dose = Image(on, spect[1].values * np.float32(7.0e-5), Quantity.ABSORBED_DOSE)
    regions = tuple(
        Region(name, RegionKind(kind), Side(side), ellipsoid(on, centre, axes), on, 1.0)
        for name, kind, side, centre, axes, *_ in bodies
    )
    rest = Region("Remainder of the body", RegionKind.REMAINDER, Side.NONE, np.ones(on.shape, bool), on, 1.0)
    return ReportImages(
        ct=_ct(rng) if ct else None,
        spect=spect,
        dose=dose if dose_map else None,
        regions=(*regions, rest),
        alignment=_alignment(rng) if ct else (),
    )


def many_bodies(count=25):
    rng = np.random.default_rng(3)
    bodies = list(BODIES[:4])
    while len(bodies) < count:
        centre = (rng.uniform(-110, 110), rng.uniform(-60, 70), rng.uniform(-150, 150))
        axes = (rng.uniform(7, 22),) * 3
        bodies.append((f"Metastasis {len(bodies) - 3:02d} in a long-named place", "lesion", "none", centre, axes,
                       rng.uniform(100, 900), rng.uniform(50, 110)))  # fmt: skip
    return bodies


@pytest.fixture(scope="session")
def results():
    return make_results()


@pytest.fixture(scope="session")
def images():
    return make_images()


@pytest.fixture(scope="session")
def document(results, images):
    return compose(results, images)


@pytest.fixture(scope="session")
def bare_document(bare_results, bare_images):
    return compose(bare_results, bare_images)


@pytest.fixture(scope="session")
def bare_results():
    """Two time points, no CT, no dose map."""
    return make_results(ct=False, dose_map=False, n_times=2)


@pytest.fixture(scope="session")
def bare_images():
    return make_images(ct=False, dose_map=False, n_times=2)
