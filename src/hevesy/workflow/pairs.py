"""Two CTs brought together: the transform, its quality and the pictures that show it, several pairs at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hevesy.acquire import load_image, series_sha256
from hevesy.align import AlignmentQuality, OverlaySlice, assess_alignment, overlay_slices, register_rigid
from hevesy.domain import Image, Progress, RigidTransform, SeriesRecord
from hevesy.workflow.means import Means
from hevesy.workflow.parallel import in_processes
from hevesy.workflow.stage_codec import Codec


@dataclass(frozen=True)
class PairTask:
    """What shall be brought together."""

    index: int
    """Of the time point whose CT is moved."""
    reference: int
    fixed: SeriesRecord
    moving: SeriesRecord
    stated: RigidTransform | None
    """A transform that is only judged; None to search for one."""

    @property
    def stage(self) -> str:
        """What the stage is called."""
        return f"{'registration' if self.stated is None else 'alignment check'} of time point {self.index}"

    def parts(self) -> dict[str, object]:
        """What the result follows from."""
        return {
            "fixed": series_sha256(self.fixed),
            "moving": series_sha256(self.moving),
            "stated": self.stated,
        }


@dataclass(frozen=True)
class AlignedPair:
    """How a CT lies to the reference's."""

    transform: RigidTransform
    """From points of the reference to points of the other."""
    quality: AlignmentQuality
    slices: dict[str, OverlaySlice]
    """By plane, ``axial`` and ``coronal``."""


_CODEC = Codec(AlignedPair, (RigidTransform, AlignmentQuality, OverlaySlice))


def align_pairs(tasks: Sequence[PairTask], cts: Mapping[int, Image], means: Means) -> dict[int, AlignedPair]:
    """The pairs by the index of their time point, the same whether one after the other or several at a time.

    Raises
    ------
    AlignmentError
        If a CT shows no body, or two have no part in common.
    """
    parts = {task.index: task.parts() for task in tasks}
    missing = [t for t in tasks if not means.store.holds(t.stage, parts[t.index], _CODEC)]
    made: dict[int, AlignedPair] = {}
    for task in missing:
        means.progress(task.stage, 0, 1)
    if min(means.workers, len(missing)) > 1:
        made = in_processes(_load_and_align, {t.index: t for t in missing}, means.workers, means.progress)

    def make(task: PairTask) -> AlignedPair:
        if task.index in made:
            return made[task.index]
        return _aligned(task, cts[task.reference], cts[task.index], means.progress)

    return {
        task.index: means.store.get_or_make(task.stage, parts[task.index], partial(make, task), _CODEC)
        for task in tasks
    }


def _load_and_align(task: PairTask, progress: Progress) -> AlignedPair:
    return _aligned(task, load_image(task.fixed), load_image(task.moving), progress)


def _aligned(task: PairTask, fixed: Image, moving: Image, progress: Progress) -> AlignedPair:
    stage = task.stage

    def report(task: str, done: int, total: int) -> None:
        del task
        progress(stage, done, total)

    if task.stated is None:
        found = register_rigid(fixed, moving, progress=report)
        transform, quality = found.transform, found.quality
    else:
        transform, quality = task.stated, assess_alignment(fixed, moving, task.stated)
    slices = overlay_slices(fixed, moving, transform)
    report("", 1, 1)
    return AlignedPair(transform, quality, slices)
