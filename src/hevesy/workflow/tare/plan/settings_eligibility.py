"""What a plan file says about the patient's eligibility, and about the trial that a plan belongs to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hevesy.workflow.config.fields import Section, Text

Score = Literal["no-cirrhosis", "A5", "A6", "B7", "B8", "B9", "C10", "C11", "C12", "C13", "C14", "C15"]
Role = Literal[
    "tumour-board", "nuclear-medicine-physician", "interventional-radiologist", "hepatologist", "oncologist", "surgeon",
    "radiation-oncologist", "anaesthesiologist",
]  # fmt: skip


class OverrideSection(Section):
    """A contraindication that somebody decided to override."""

    criterion: Text
    reason: Text
    by: Role


class Eligibility(Section):
    """Nothing has a default: what is missing is told as not stated."""

    ecog: Annotated[int, Field(ge=0, le=5)] | None = None
    life_expectancy_months: Annotated[float, Field(ge=0)] | None = None
    child_pugh: Score | None = None
    disease_extent: Literal["liver-only", "liver-dominant", "disseminated"] | None = None
    bilirubin_cause: Literal["reversible", "irreversible"] | None = None
    albumin_g_dl: Annotated[float, Field(gt=0, le=10)] | None = None
    transaminases_times_upper_limit: Annotated[float, Field(ge=0)] | None = None
    ascites: bool | None = None
    icterus: bool | None = None
    encephalopathy: bool | None = None
    pregnant_or_breastfeeding: bool | None = None
    contrast_allergy: Literal["none", "manageable", "not-manageable"] | None = None
    arterial_access: Literal["accessible", "not-accessible"] | None = None
    liver_reserve: Literal["adequate", "not-adequate"] | None = None
    scout_distribution: Literal["favourable", "unfavourable"] | None = None
    segmentectomy_anatomy: Literal["suitable", "not-suitable"] | None = None
    surgery: Literal["suitable", "not-suitable"] | None = None
    overrides: tuple[OverrideSection, ...] = ()
