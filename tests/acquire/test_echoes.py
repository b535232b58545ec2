"""Multi-echo MR series from DICOM."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from hevesy.acquire import load_echoes
from hevesy.errors import HevesyError, InputError, ReadError, ScaleError
from hevesy.simulate.holmium import holmium_echoes, holmium_liver, write_echoes_dicom

START = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - local time of a scanner


@pytest.fixture
def written(tmp_path):
    liver = holmium_liver((3, 12, 12))
    echoes = holmium_echoes(liver, 100.0, with_holmium=True, n_echoes=4)
    return echoes, write_echoes_dicom(echoes, tmp_path / "mr", START)


def changed(folder, change, pattern="*"):
    for path in sorted(folder.glob(f"{pattern}.dcm")):
        dataset = pydicom.dcmread(path)
        change(dataset, path)
        dataset.save_as(path)


def test_what_was_written_is_read(written):
    echoes, folder = written
    read = load_echoes(folder)
    assert read.grid.same_geometry(echoes.grid)
    assert read.echo_times_s == pytest.approx(echoes.echo_times_s)
    assert (read.field_t, read.start) == (1.5, START)
    assert np.abs(read.magnitudes - echoes.magnitudes).max() <= 0.5


def test_the_offset_of_the_clock_is_read(written):
    _, folder = written
    changed(folder, lambda dataset, _: setattr(dataset, "TimezoneOffsetFromUTC", "+0530"))
    assert load_echoes(folder).start == START.replace(tzinfo=timezone(timedelta(hours=5, minutes=30)))


def test_a_common_slope_is_applied_and_phases_are_passed_over(written):
    echoes, folder = written

    def phase(dataset, path):
        dataset.RescaleSlope, dataset.RescaleIntercept = "2", "0"
        dataset.save_as(path)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "P", "ND"]
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID + ".1"
        dataset.save_as(path.with_name("phase_" + path.name))

    for path in sorted(folder.glob("*.dcm")):
        phase(pydicom.dcmread(path), path)
    assert np.abs(load_echoes(folder).magnitudes - 2 * echoes.magnitudes).max() <= 1.0


def drop_to_one_echo(dataset, path):
    if dataset.EchoNumbers > 1:
        path.unlink()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda d, p: setattr(d, "EchoTime", "1.2"), HevesyError, "one echo only"),
        (lambda d, p: setattr(d, "EchoNumbers", 9 - d.EchoNumbers), InputError, "Echo Numbers that grow"),
        (lambda d, p: setattr(d, "EchoTime", None), InputError, "Echo Time above zero"),
        (lambda d, p: setattr(d, "MagneticFieldStrength", None), InputError, "MagneticFieldStrength"),
        (lambda d, p: setattr(d, "ScanningSequence", "SE"), InputError, "spin echo"),
        (lambda d, p: setattr(d, "RescaleSlope", str(d.EchoNumbers)), ScaleError, "one Rescale Slope"),
        (lambda d, p: setattr(d, "RescaleIntercept", "5"), ScaleError, "no Intercept"),
        (lambda d, p: setattr(d, "ImageType", ["DERIVED", "PRIMARY", "T2_STAR_MAP"]), ReadError, "none came"),
        (lambda d, p: setattr(d, "StudyInstanceUID", f"1.2.{d.EchoNumbers}"), InputError, "one multi-echo"),
    ],
)
def test_what_is_refused(written, change, error, words):
    _, folder = written
    changed(folder, change)
    with pytest.raises(error, match=words) as caught:
        load_echoes(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_slice_of_one_echo_is_refused(written):
    _, folder = written
    (folder / "echo02_slice001.dcm").unlink()
    with pytest.raises(HevesyError, match=r"grid|slice"):
        load_echoes(folder)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ReadError, match="folder of MR images"):
        load_echoes(tmp_path / "none")


def test_an_enhanced_object_is_read_as_its_slices(written, tmp_path):
    """All slices and echoes in one file: places and echo times stand in functional groups."""
    echoes, folder = written
    files = [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]
    head = files[0]
    frames = []
    for one in files:
        item, place, echo = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient, echo.EffectiveEchoTime = one.ImagePositionPatient, float(one.EchoTime)
        item.PlanePositionSequence, item.MREchoSequence = [place], [echo]
        frames.append(item)
    shared, turn, measures, kind = Dataset(), Dataset(), Dataset(), Dataset()
    turn.ImageOrientationPatient = head.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = head.PixelSpacing, head.SliceThickness
    kind.FrameType, kind.ComplexImageComponent = ["ORIGINAL", "PRIMARY", "LIVER", "NONE"], "MAGNITUDE"
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [turn], [measures]
    shared.MRImageFrameTypeSequence = [kind]
    for keyword in ("EchoTime", "EchoNumbers", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(head, keyword)
    head.SOPClassUID = head.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    head.SharedFunctionalGroupsSequence, head.PerFrameFunctionalGroupsSequence = [shared], frames
    head.NumberOfFrames, head.PixelData = len(files), b"".join(one.PixelData for one in files)
    (tmp_path / "enhanced").mkdir()
    head.save_as(tmp_path / "enhanced" / "one.dcm")
    read = load_echoes(tmp_path / "enhanced")
    assert read.echo_times_s == pytest.approx(echoes.echo_times_s)
    assert np.abs(read.magnitudes - echoes.magnitudes).max() <= 0.5
