"""The real programs that judge what is written: dciodvfy, and the archive Orthanc with storescu."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from io import BytesIO
from types import SimpleNamespace

import pytest
from pydicom import dcmread


def dciodvfy_errors(path):
    """What dciodvfy finds wrong. Its one known false alarm (Laterality of CT, NM, PT, REG) does not concern these."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    done = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    return [line for line in done.stderr.splitlines() if line.startswith("Error")]


@pytest.fixture(scope="session")
def dciodvfy():
    return dciodvfy_errors


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory):
    """A real DICOM archive on a free loopback port."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if program is None or shutil.which("storescu") is None:
        pytest.skip("Orthanc and storescu (Debian packages orthanc, dcmtk) are not installed")
    folder = tmp_path_factory.mktemp("orthanc")
    dicom, http = free_port(), free_port()
    settings = {
        "Name": "HevesyTest", "DicomAet": "ORTHANC", "DicomPort": dicom, "HttpPort": http, "Plugins": [],
        "StorageDirectory": str(folder / "store"), "IndexDirectory": str(folder / "store"),
        "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "OverwriteInstances": True,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(settings))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, str(folder / "config.json")], stdout=log, stderr=subprocess.STDOUT)
    try:
        base = f"http://127.0.0.1:{http}"
        for _ in range(120):
            try:
                get(f"{base}/system")
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail("Orthanc did not start: " + (folder / "log").read_text()[-2000:])
        yield SimpleNamespace(dicom=dicom, base=base, get=get)
    finally:
        server.terminate()
        server.wait(timeout=30)


def get(url, data=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data=data, timeout=30) as answer:
        return answer.read()


@pytest.fixture
def assert_returned(orthanc):
    """Send a file with storescu, ask the archive for it by its SOP Instance UID, compare what comes back."""

    def check(path):
        command = ["storescu", "-R", "-aec", "ORTHANC", "127.0.0.1", str(orthanc.dicom), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        sent = dcmread(path)
        found = json.loads(orthanc.get(f"{orthanc.base}/tools/lookup", sent.SOPInstanceUID.encode()))
        instance = next(item["ID"] for item in found if item["Type"] == "Instance")
        assert dcmread(BytesIO(orthanc.get(f"{orthanc.base}/instances/{instance}/file"))) == sent

    return check
