"""Make the action table of the confidentiality profile from a transcription of DICOM PS3.15 Table E.1-1.

Usage: derive_confidentiality_table.py dicom_anonymizer-2.1.0-py3-none-any.whl

The actions of the Basic Profile come from the wheel (BSD-3-Clause), which transcribes the table of edition 2026c. The
attributes that two options of the table retain are typed in here.
"""

import hashlib
import json
import runpy
import sys
import tempfile
import zipfile
from pathlib import Path

MEMBER = "dicomanonymizer/dicom_anonymization_databases/dicomfields_2026c.py"
FOLDER = Path(__file__).parents[1] / "src" / "hevesy" / "physdata" / "tables" / "dicom_ps315_2026c"
ACTIONS = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}
PATIENT_CHARACTERISTICS = (
    *("EthnicGroup", "PatientAge", "PatientSex", "PatientSexNeutered", "PatientSize", "PatientWeight"),
    *("PregnancyStatus", "SmokingStatus"),
)
DEVICE_IDENTITY = (
    *("CassetteID", "DetectorID", "DeviceDescription", "DeviceLabel", "DeviceSerialNumber", "GantryID", "GeneratorID"),
    *("PerformedStationAETitle", "PerformedStationName", "PlateID", "ScheduledProcedureStepLocation"),
    *("ScheduledStationAETitle", "ScheduledStationName", "SourceManufacturer", "SourceSerialNumber", "StationName"),
    *("TreatmentMachineName", "UniqueDeviceIdentifier", "XRayDetectorID", "XRayDetectorLabel", "XRaySourceID"),
)


def actions(wheel: str) -> dict[str, str]:
    """Actions of the Basic Profile by tag."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        lists = runpy.run_path(archive.extract(MEMBER, folder))
    return {
        f"{tag[0]:04x}{tag[1]:04x}": action for name, action in ACTIONS.items() for tag in lists[name] if len(tag) == 2
    }


def main() -> None:
    """Write the table and say the hashes."""
    document = {
        "basic": dict(sorted(actions(sys.argv[1]).items())),
        "device_identity": list(DEVICE_IDENTITY),
        "patient_characteristics": list(PATIENT_CHARACTERISTICS),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "actions.json"
    path.write_text(json.dumps(document, indent=0) + "\n", encoding="utf-8")
    print(hashlib.sha256(Path(sys.argv[1]).read_bytes()).hexdigest(), "wheel")
    print(hashlib.sha256(path.read_bytes()).hexdigest(), "actions.json")


if __name__ == "__main__":
    main()
