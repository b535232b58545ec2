"""Two CTs brought together: the transform, its quality and the pictures that show it, several pairs at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hevesy.acquire import load_image, series_sha256
from hevesy.align import (
    AlignmentQuality,
    DeformationQuality,
    OverlaySlice,
    assess_alignment,
    overlay_slices,
    register_deformable,
    register_rigid,
)
from hevesy.domain import (
    Deformation,
    DisplacementField,
    Grid,
    Image,
    PointTransform,
    Progress,
    RigidTransform,
    SeriesRecord,
)
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
    bend: bool = False
    """Whether a deformation is searched for after the rigid transform."""

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
            "bend": self.bend,
        }


@dataclass(frozen=True)
class AlignedPair:
    """How a CT lies to the reference's."""

    transform: PointTransform
    """From points of the reference to points of the other."""
    quality: AlignmentQuality
    slices: dict[str, OverlaySlice]
    """By plane, ``axial`` and ``coronal``."""
    rigid_quality: AlignmentQuality | None = None
    """Before a deformation."""
    deformation: DeformationQuality | None = None


_CODEC = Codec(
    AlignedPair,
    (RigidTransform, Deformation, DisplacementField, Grid, AlignmentQuality, DeformationQuality, OverlaySlice),
)


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

    pair = _found(task, fixed, moving, report)
    report("", 1, 1)
    return pair


def _found(task: PairTask, fixed: Image, moving: Image, report: Progress) -> AlignedPair:
    if task.stated is not None:
        quality = assess_alignment(fixed, moving, task.stated)
        return AlignedPair(task.stated, quality, overlay_slices(fixed, moving, task.stated))
    if task.bend:
        bent = register_deformable(fixed, moving, progress=report)
        slices = overlay_slices(fixed, moving, bent.transform)
        return AlignedPair(bent.transform, bent.quality, slices, bent.rigid_quality, bent.deformation)
    rigid = register_rigid(fixed, moving, progress=report)
    return AlignedPair(rigid.transform, rigid.quality, overlay_slices(fixed, moving, rigid.transform))
