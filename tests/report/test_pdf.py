"""The PDF report: deterministic, fonts inside, the statement on each page."""

import shutil
import subprocess

import pytest

from hevesy.report import ReportImages, compose, write_pdf
from hevesy.report.pdf import pdf_bytes

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler here")


@pytest.fixture(scope="module")
def path(document, results, images, tmp_path_factory):
    return write_pdf(results, images, tmp_path_factory.mktemp("pdf") / "report.pdf", document=document)


def pages(path):
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    return text.split("\f")[:-1]


def test_same_document_same_bytes(document, path):
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert pdf_bytes(document) == data


@pytest.mark.peer
@needs_poppler
def test_statement_on_each_page_and_names_as_they_are(path, results):
    shown = pages(path)
    assert all(results.statement in page for page in shown)
    whole = " ".join(" ".join(shown).split())
    assert "Demo patient <b>1</b>" in whole
    assert "Bone met #2 $L_3$ [x] *y* \\z" in whole
    assert "still rises" in shown[0]
    assert len(shown) < 25


@pytest.mark.peer
@needs_poppler
def test_fonts_are_inside(path):
    listed = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert listed
    assert all(line.split()[-5] == "yes" for line in listed)


def test_names_may_hold_any_character(results):
    name = '#panic() $x$ "\\ <a> @b *c* `d` \u202e\x00 肝 [' + "x" * 90
    region = results.regions[0].model_copy(update={"name": name, "findings": [name]})
    odd = results.model_copy(update={"regions": [region], "patient_label": name, "findings": [name]})
    assert pdf_bytes(compose(odd, ReportImages())).startswith(b"%PDF-")


def test_two_scans_without_ct(bare_document):
    assert len(pdf_bytes(bare_document)) > 100_000
