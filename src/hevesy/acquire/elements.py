"""Headers made out of headers: the elements are shared, and never changed."""

from __future__ import annotations

from typing import Any

from pydicom import config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset


def copied(dataset: Dataset) -> Dataset:
    """A header of its own with the same elements."""
    header = Dataset()
    header.update(dataset)
    return header


def put(header: Dataset, keyword: str, value: Any) -> None:  # noqa: ANN401 - any DICOM value
    """Give a header an element; one that it shares with another header stays there as it is."""
    header.add(DataElement(keyword, dictionary_VR(keyword), value, validation_mode=config.IGNORE))
