"""The CTs of a study, loaded when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hevesy.acquire import load_image
from hevesy.domain import Image, Progress, SeriesRecord, silent
from hevesy.workflow.plan import PlannedTimePoint

_KEPT_BYTES = 1 << 30


class CtImages(Mapping[int, Image]):
    """CT of each time point that has one, by its index. [HU]

    A CT is loaded when it is first asked for and kept while all that are kept stay under a gibibyte, so a stage that
    is reused costs no loading.

    Parameters
    ----------
    plan
        Time points.
    progress
        Told of every CT that is loaded.
    """

    def __init__(self, plan: Sequence[PlannedTimePoint], progress: Progress = silent) -> None:
        self._records = {point.index: point.ct for point in plan if point.ct is not None}
        self._loaded: dict[int, Image] = {}
        self._progress = progress

    def __getitem__(self, index: int) -> Image:
        if index in self._loaded:
            return self._loaded[index]
        image = load_image(self._records[index])
        while self._loaded and image.values.nbytes + self._kept_bytes() > _KEPT_BYTES:
            del self._loaded[next(iter(self._loaded))]
        self._loaded[index] = image
        self._progress("read CT", min(len(self._loaded), len(self)), len(self))
        return image

    def __contains__(self, index: object) -> bool:
        return index in self._records

    def __iter__(self) -> Iterator[int]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def record(self, index: int) -> SeriesRecord:
        """The series of a CT."""
        return self._records[index]

    def _kept_bytes(self) -> int:
        return sum(image.values.nbytes for image in self._loaded.values())
