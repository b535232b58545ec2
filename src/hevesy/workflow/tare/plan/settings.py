"""The plan file of a radioembolisation. Nothing that gives scale to a dose has a default."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.fields import (
    Activity,
    ActivityOrZero,
    Density,
    Dose,
    Duration,
    Ratio,
    Section,
    Text,
    Volume,
)
from hevesy.workflow.tare.images.settings import PlanImages
from hevesy.workflow.tare.plan.settings_eligibility import Eligibility


def _zoned(text: object) -> object:
    example = "2026-03-04T10:00:00+01:00"
    if not isinstance(text, str):
        raise ValueError(f"expected a date and time in quotes such as '{example}', but {text!r} came")  # noqa: TRY004 - for pydantic
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expected a date and time such as {example}, but {text!r} came") from error
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its zone such as {example}, but {text!r} came")
    return moment


ZonedMoment = Annotated[datetime, BeforeValidator(_zoned)]
Fraction = Annotated[float, quantity_field("ratio"), Field(ge=0, le=1)]
Positive = Annotated[float, quantity_field("ratio"), Field(gt=0)]
Mass = Annotated[float, quantity_field("mass"), Field(gt=0)]
Length = Annotated[float, quantity_field("length"), Field(gt=0)]
Counts = Annotated[float, Field(ge=0)]
Uncertainty = Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)]
Intent = Literal["bilobar", "unilobar", "lobectomy", "segmentectomy"]
TumourType = Literal["HCC", "ICC", "mCRC", "other"]
RuleSet = Literal["seed", "eanm-2022"]
LiverState = Literal["favourable", "normal", "compromised"]
DoseOrZero = Annotated[float, quantity_field("absorbed dose"), Field(ge=0)]


class StatedVolume(Section):
    """A volume and how well it is known."""

    volume: Volume
    relative_standard_uncertainty: Uncertainty


class StatedRatio(Section):
    """Tumour over normal tissue: of concentrations, or of total activities; they differ by the masses."""

    kind: Literal["concentrations", "activities"]
    value: Positive
    relative_standard_uncertainty: Uncertainty


class PlanTumour(StatedVolume):
    """One tumour as a whole."""

    name: Text
    region: Text | None = None
    """It is drawn as, where there are images: its name without it."""


class Supply(Section):
    """What a territory holds of a tumour."""

    tumour: Text
    share: Annotated[float, quantity_field("ratio"), Field(gt=0, le=1)]
    """Of the tumour's volume."""
    ratio: StatedRatio | Literal["not-measured"]


class PlanTerritory(Section):
    """What one injection position perfuses."""

    position: Text
    region: Text | None = None
    """It is drawn as; needed where there are images."""
    session: Text
    activity_share: Annotated[float, quantity_field("ratio"), Field(gt=0, le=1)]
    perfused: StatedVolume
    segments: tuple[Annotated[int, Field(ge=1, le=8)], ...] = ()
    """Couinaud segments, to tell overlaps."""
    tumours: tuple[Supply, ...]


class Liver(StatedVolume):
    """The whole liver with its tumours."""

    density: Density
    state: LiverState
    bilirubin_mg_dl: Annotated[float, Field(gt=0)]


class Scout(Section):
    """What was injected to see the distribution; a therapeutic nuclide leaves a dose that counts."""

    tracer: Literal["99mTc-MAA", "166Ho", "90Y-resin"]
    delivered_activity: Activity | None = None
    at: ZonedMoment | None = None
    """When it was injected."""

    @model_validator(mode="after")
    def _dose(self) -> Scout:
        if self.tracer == "99mTc-MAA" and self.delivered_activity is not None:
            raise ValueError("expected no 'delivered_activity' for a scout of 99mTc-MAA, but one came")
        if self.tracer != "99mTc-MAA" and self.delivered_activity is None:
            raise ValueError(f"expected 'delivered_activity' for a scout of {self.tracer}, but none came")
        return self


class PlanarRegion(Section):
    """Counts of one region in two views."""

    anterior: Counts
    posterior: Counts
    anterior_background: Counts
    posterior_background: Counts


class PlanarPair(Section):
    """Counts of lungs and liver in planar views."""

    lung: PlanarRegion
    liver: PlanarRegion


class StatedActivity(Section):
    """Activity of a region."""

    activity: ActivityOrZero
    relative_standard_uncertainty: Uncertainty


class ActivityPair(Section):
    """Activities of lungs and liver by SPECT/CT."""

    lung: StatedActivity
    liver: StatedActivity


class Lung(Section):
    """Shunt and mass."""

    method: Literal["planar", "spect-ct"]
    shunt: Ratio | None = None
    shunt_standard_uncertainty: Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)] | None = None
    counts: PlanarPair | ActivityPair | None = None
    mass: Mass | Literal["reference"] | None = None
    mass_relative_standard_uncertainty: Uncertainty

    @model_validator(mode="after")
    def _possible(self) -> Lung:
        if (self.shunt is None) == (self.counts is None):
            raise ValueError(
                "expected either 'shunt' or 'counts', but " + ("none" if self.counts is None else "both") + " came"
            )
        if (self.shunt is None) != (self.shunt_standard_uncertainty is None):
            raise ValueError("expected 'shunt' and 'shunt_standard_uncertainty' together, but one came")
        if self.shunt == 0.0 and self.shunt_standard_uncertainty:
            raise ValueError("expected an uncertainty of 0 for a shunt of 0, but another came")
        if self.counts is not None and isinstance(self.counts, PlanarPair) != (self.method == "planar"):
            raise ValueError(f"expected counts of the method {self.method}, but others came")
        return self


class EarlierRadioembolisation(Section):
    """What earlier sessions gave."""

    lung_dose: DoseOrZero
    whole_normal_liver_dose: DoseOrZero


class Earlier(Section):
    """Everything before that counts; ``none`` has to be said."""

    radioembolisation: EarlierRadioembolisation | Literal["none"]
    liver_radiotherapy: Dose | Literal["none"]
    lung_radiotherapy: Dose | Literal["none"]


class PlanSession(Section):
    """One treatment."""

    name: Text
    treatment: ZonedMoment


class OneCompartment(Section):
    """One compartment, for a reason."""

    reason: Literal["distribution-not-representative", "distribution-not-quantifiable"]
    perfused_dose: Dose


class Assay(Section):
    """An activity-meter reading."""

    activity: ActivityOrZero
    at: ZonedMoment


class Calibration(Section):
    """When the vial of a session holds its nominal activity, and which vial it is."""

    session: Text
    at: ZonedMoment
    vial: Text
    activity: Activity | None = None
    """At that time, where the label says so (resin, holmium)."""


class Delivered(Section):
    """Measured after the treatment."""

    assayed: Assay
    residual: Assay
    session: Text


class Coverage(Section):
    """What fraction of every tumour shall reach an absorbed dose, in the voxel model."""

    fraction: Annotated[float, quantity_field("ratio"), Field(gt=0, lt=1)]
    absorbed_dose: Dose


class PlanProduct(Section):
    """One product to compare."""

    name: Text
    tumour_target: Dose | None
    dose_factor: Literal["published", "decay-data"]
    calibrations: tuple[Calibration, ...] = ()
    one_compartment: OneCompartment | None = None
    limits: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    healthy_liver_limit: Dose | None = None
    """The plan's own limit to the normal tissue of every perfused volume."""
    trial: Text | None = None
    """The trial that allows it."""
    coverage: Coverage | None = None
    measured: Delivered | None = None


class Body(Section):
    """For the activity by body surface area."""

    height: Length
    weight: Mass


class DeliveredFraction(Section):
    """Expected share of the activity that reaches the patient."""

    value: Annotated[float, quantity_field("ratio"), Field(gt=0, le=1)]
    standard_uncertainty: Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _possible(self) -> DeliveredFraction:
        if self.value == 1.0 and self.standard_uncertainty > 0.0:
            raise ValueError("expected an uncertainty of 0 where everything is delivered, but another came")
        return self


class Radiobiology(Section):
    """For BED; without it none is given."""

    alpha_beta_tumour: Dose
    alpha_beta_normal: Dose
    alpha_beta_relative_standard_uncertainty: Uncertainty
    repair_half_time: Duration


class Sampling(Section):
    """Random draws for the probabilities."""

    samples: Annotated[int, Field(ge=1000, le=1_000_000)]
    seed: Annotated[int, Field(ge=0)]


class TarePlan(Section):
    """The whole plan file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    label: Text
    intent: Intent
    tumour_type: TumourType
    rule_sets: Annotated[tuple[RuleSet, ...], Field(min_length=1)]
    models: Annotated[
        tuple[Literal["partition", "one-compartment", "body-surface-area", "empirical", "voxel"], ...],
        Field(min_length=1),
    ]
    extrahepatic_deposition: Literal["none", "corrected", "found"]
    earlier: Earlier
    liver: Liver
    tumours: Annotated[tuple[PlanTumour, ...], Field(min_length=1)]
    territories: Annotated[tuple[PlanTerritory, ...], Field(min_length=1)]
    sessions: Annotated[tuple[PlanSession, ...], Field(min_length=1)]
    lung: Lung
    scout: Scout
    delivered_fraction: DeliveredFraction
    products: Annotated[tuple[PlanProduct, ...], Field(min_length=1)]
    body: Body | None = None
    radiobiology: Radiobiology | None = None
    images: PlanImages | None = None
    sampling: Sampling
    eligibility: Eligibility | None = None
    effects: tuple[Text, ...] = ()
    """Unconfirmed relations of dose and effect to show."""
