"""Enhanced multi-frame PET and CT, and NM objects with several frame dimensions, with the voxels of the builders."""

from __future__ import annotations

import numpy as np

ENHANCED = {"PT": "1.2.840.10008.5.1.4.1.1.130", "CT": "1.2.840.10008.5.1.4.1.1.2.1"}
START = "20240305100000"
CORRECTED = ("DecayCorrected", "AttenuationCorrected", "ScatterCorrected")


def places(build, n, orientation):
    """Position of each slice."""
    normal = np.cross(orientation[:3], orientation[3:])
    return [[round(float(p), 6) for p in np.array(build.ORIGIN) + k * build.SPACING[0] * normal] for k in range(n)]


def enhanced(build, modality, values=None, *, orientation=None, order=None, slopes=None, content=None, **changes):
    """An enhanced object of one volume; ``content`` gives the frame content of each slice."""
    values = build.counts() if values is None else values
    orientation = build.AXIAL if orientation is None else orientation
    order = list(range(len(values))) if order is None else order
    slopes = [25.0 if modality == "PT" else 1.0] * len(values) if slopes is None else slopes
    positions = places(build, len(values), orientation)
    ds = build.base(modality, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], FrameOfReferenceUID=build.FRAME)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = ENHANCED[modality]
    ds.AcquisitionDateTime = START
    ds.SharedFunctionalGroupsSequence = build.sequence(
        build.item(
            PixelMeasuresSequence=build.sequence(
                build.item(PixelSpacing=list(build.SPACING[1:]), SliceThickness=build.SPACING[0])
            ),
            PlaneOrientationSequence=build.sequence(build.item(ImageOrientationPatient=list(orientation))),
        )
    )
    groups = [frame(build, modality, positions[k], slopes[k], (content or {}).get(k, {})) for k in order]
    ds.PerFrameFunctionalGroupsSequence = build.sequence(*groups)
    ds.NumberOfFrames = len(order)
    build.pixels(ds, np.stack([values[k] for k in order]))
    return build.update(of_pet(build, ds) if modality == "PT" else ds, changes)


def frame(build, modality, position, slope, content):
    said = {
        "FrameAcquisitionDateTime": START,
        "FrameAcquisitionDuration": 1200000.0,
        "StackID": "1",
        "TemporalPositionIndex": 1,
    } | content
    rescale = build.item(
        RescaleSlope=slope,
        RescaleIntercept=0.0 if modality == "PT" else -1024.0,
        RescaleType="US" if modality == "PT" else "HU",
    )
    kind = said.pop("FrameType", None)
    group = build.item(
        FrameContentSequence=build.sequence(build.item(**said)),
        PlanePositionSequence=build.sequence(build.item(ImagePositionPatient=position)),
        PixelValueTransformationSequence=build.sequence(rescale),
    )
    if kind:
        macro = "PETFrameTypeSequence" if modality == "PT" else "CTImageFrameTypeSequence"
        setattr(group, macro, build.sequence(build.item(FrameType=kind)))
    if modality == "PT":
        group.RealWorldValueMappingSequence = build.mapping(slope)
    return group


def of_pet(build, ds):
    ds.CountsSource = "EMISSION"
    for keyword in CORRECTED:
        setattr(ds, keyword, "YES")
    ds.DecayCorrectionDateTime = START
    ds.AcquisitionDuration = 1200.0
    drug = build.drug(RadiopharmaceuticalAgentNumber=1)
    ds.RadiopharmaceuticalInformationSequence = drug
    shared = ds.SharedFunctionalGroupsSequence[0]
    shared.RadiopharmaceuticalUsageSequence = build.sequence(build.item(RadiopharmaceuticalAgentNumber=1))
    shared.PETReconstructionSequence = build.sequence(
        build.item(ReconstructionType="3D", ReconstructionAlgorithm="MLEM", NumberOfIterations=4, NumberOfSubsets=21)
    )
    return ds


def windows(build, volumes, *, limits=((187, 229), (101, 125)), interleaved=False, **changes):
    """A reconstructed NM object with one volume for each energy window."""
    ds = build.nm(volumes[0])
    n, depth = len(volumes), len(volumes[0])
    order = [(w, k) for w in range(n) for k in range(depth)]
    if interleaved:
        order.sort(key=lambda pair: (pair[1], pair[0]))
    ds.FrameIncrementPointer = [0x00540010, 0x00540080]
    ds.EnergyWindowVector, ds.SliceVector = [w + 1 for w, _ in order], [k + 1 for _, k in order]
    ds.NumberOfEnergyWindows = n
    ds.EnergyWindowInformationSequence = build.sequence(
        *(
            build.item(
                EnergyWindowRangeSequence=build.sequence(
                    build.item(EnergyWindowLowerLimit=str(low), EnergyWindowUpperLimit=str(high))
                )
            )
            for low, high in limits[:n]
        )
    )
    build.pixels(ds, np.stack([volumes[w][k] for w, k in order]))
    ds.NumberOfFrames = len(order)
    return build.update(ds, changes)


def planar(build, kind, counts, **changes):
    """A planar or projection NM object: counts of shape (frame, row, column)."""
    ds = build.nm(counts, ImageType=["ORIGINAL", "PRIMARY", kind, "EMISSION"])
    for keyword in ("SliceVector", "NumberOfSlices", "SpacingBetweenSlices", "SliceThickness", "FrameIncrementPointer"):
        delattr(ds, keyword)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "ReconstructionMethod"):
        delattr(ds, keyword)
    del ds.RotationInformationSequence
    ds.ActualFrameDuration = "600000"
    ds.CountsAccumulated = int(counts.sum())
    return build.update(ds, changes)
