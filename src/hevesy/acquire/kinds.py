"""What sort of image a file holds, as its Image Type, Series Type and Counts Source say."""

from __future__ import annotations

from pydicom.dataset import Dataset

from hevesy.acquire.values import text, texts
from hevesy.domain import ImageKind

_NM = {
    "STATIC": ImageKind.STATIC,
    "WHOLE BODY": ImageKind.WHOLE_BODY,
    "DYNAMIC": ImageKind.DYNAMIC,
    "GATED": ImageKind.GATED,
    "TOMO": ImageKind.PROJECTIONS,
    "GATED TOMO": ImageKind.GATED_PROJECTIONS,
    "RECON TOMO": ImageKind.TOMOGRAM,
    "RECON GATED TOMO": ImageKind.GATED_TOMOGRAM,
}


def kind_of(dataset: Dataset) -> ImageKind:
    """The sort of image: the third value of Image Type in NM; in PET no reprojection, in CT and MR no localizer."""
    modality = text(dataset, "Modality").upper()
    words = [word.upper() for word in texts(dataset, "ImageType")]
    if modality == "NM":
        return _nuclear(words)
    if modality == "PT":
        return _positron(dataset, words)
    if modality not in {"CT", "MR"}:
        return ImageKind.OTHER
    return ImageKind.LOCALIZER if "LOCALIZER" in words else ImageKind.TOMOGRAM


def _nuclear(words: list[str]) -> ImageKind:
    kind = next((_NM[word] for word in words if word in _NM), ImageKind.OTHER)
    if kind is ImageKind.TOMOGRAM and "TRANSMISSION" in words:
        return ImageKind.TRANSMISSION
    return kind


def _positron(dataset: Dataset, words: list[str]) -> ImageKind:
    if "REPROJECTION" in texts(dataset, "SeriesType") or "MIP" in words:
        return ImageKind.REPROJECTION
    if "LOCALIZER" in words:
        return ImageKind.LOCALIZER
    return ImageKind.TRANSMISSION if text(dataset, "CountsSource").upper() == "TRANSMISSION" else ImageKind.TOMOGRAM


def is_tomogram(dataset: Dataset) -> bool:
    """Whether a file holds reconstructed slices of one volume."""
    return kind_of(dataset) in {ImageKind.TOMOGRAM, ImageKind.TRANSMISSION}
