"""Types of the fields of a study file, and what every section of it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hevesy.quantities.settings_file import quantity_field


def _moment(text: object) -> object:
    if isinstance(text, str):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"expected a date and time such as 2024-03-04T09:00:00, but {text!r} came") from error
        if len(text.strip()) <= len("2024-03-04"):
            raise ValueError(f"expected a date and time such as 2024-03-04T09:00:00, but {text!r} has no time")
        if moment.tzinfo is not None:
            raise ValueError(f"expected the scanner's local time without a zone, but {text!r} came")
        return moment
    raise ValueError(f"expected a date and time in quotes such as '2024-03-04T09:00:00', but {text!r} came")


Activity = Annotated[float, quantity_field("activity"), Field(gt=0)]
ActivityOrZero = Annotated[float, quantity_field("activity"), Field(ge=0)]
Duration = Annotated[float, quantity_field("time"), Field(gt=0)]
Length = Annotated[float, quantity_field("length"), Field(gt=0)]
Position = Annotated[float, quantity_field("length")]
Volume = Annotated[float, quantity_field("volume"), Field(gt=0)]
Mass = Annotated[float, quantity_field("mass"), Field(gt=0)]
Density = Annotated[float, quantity_field("density"), Field(gt=0, le=25)]
Dose = Annotated[float, quantity_field("absorbed dose"), Field(gt=0)]
Concentration = Annotated[float, quantity_field("activity concentration"), Field(gt=0)]
CountRate = Annotated[float, quantity_field("count rate"), Field(gt=0)]
Sensitivity = Annotated[float, quantity_field("sensitivity"), Field(gt=0)]
ParticleEnergy = Annotated[float, quantity_field("particle energy"), Field(gt=0)]
Ratio = Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)]
PositiveRatio = Annotated[float, quantity_field("ratio"), Field(gt=0, lt=1)]
Fraction = Annotated[float, quantity_field("ratio"), Field(gt=0, le=1)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]


class Section(BaseModel):
    """What every section is: strict and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)
