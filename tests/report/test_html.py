"""The HTML report needs nothing else, hides nothing and can be read by everyone."""

import itertools
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image as Picture

from hevesy.report import ReportImages, compose, write_html
from hevesy.report.html import html_text

VOID = {"meta", "img", "col"}


class Page(HTMLParser):
    """Tags with their attributes, the text of each, and whether all are closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.stack = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] != "style":
            self.text.append(data)


@pytest.fixture(scope="module")
def text(document):
    return html_text(document)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_nothing_is_loaded_from_outside(text, page):
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed"}
        for name in ("src", "href", "srcset", "action", "data"):
            if name in attributes:
                assert re.match(r"data:image/(jpeg|svg\+xml);base64,|#", attributes[name])
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in text


def test_text_from_files_is_never_markup(page):
    assert not page.stack
    shown = "".join(page.text)
    assert "Demo patient <b>1</b>" in shown
    assert 'Liver metastasis <1> & "hot"' in shown
    assert "b" not in {tag for tag, _ in page.tags}


def test_accessible(page):
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(headings))
    assert all(len(a.get("alt", "")) > 10 for tag, a in page.tags if tag == "img")
    assert all("scope" in a for tag, a in page.tags if tag == "th")
    counts = {tag: sum(t == tag for t, _ in page.tags) for tag in ("table", "caption", "figure", "figcaption")}
    assert counts["table"] == counts["caption"]
    assert counts["figure"] == counts["figcaption"]
    anchors = {a["href"][1:] for tag, a in page.tags if tag == "a"}
    assert anchors <= {a["id"] for _, a in page.tags if "id" in a}
    assert page.tags[0] == ("html", {"lang": "en"})


def test_what_must_be_read_stands_first(page, results):
    shown = " ".join(page.text)
    assert shown.index(results.statement) < shown.index("Summary")
    assert shown.count(results.statement) == 2
    assert shown.index("still rises") < shown.index("Results by region")
    assert shown.index("Results by region") < shown.index("1832")


def test_every_section_is_there(page):
    shown = " ".join(page.text)
    for title in ("Administration", "Images: import and scale", "Calibration and recovery", "Registration", "Dose map",
                  "Regions in detail", "Uncertainty", "Methods", "References", "Provenance"):  # fmt: skip
        assert title in shown
    assert "not recovery-corrected" in shown
    assert "DecayCorrection says ADMIN" in shown


def test_two_scans_without_ct(bare_document):
    shown = " ".join(Page(html_text(bare_document)).text)
    assert "What these data and methods cannot give" in shown
    assert "Two scans fix no more than two parameters" in shown
    assert "Without a CT" in shown
    assert "No dose map was made: the time points share no frame of reference" in shown
    assert "isodose lines, not" not in shown


def test_no_images_and_no_regions(results):
    empty = results.model_copy(update={"regions": [], "findings": []})
    assert "Results by region" in html_text(compose(empty, ReportImages()))


def test_images_must_go_with_the_time_points(results, bare_images):
    with pytest.raises(ValueError, match="one emission image for each of 4 time points, but 2 came"):
        compose(results, bare_images)


def test_same_results_same_bytes(bare_results, bare_images, bare_document, tmp_path):
    data = write_html(bare_results, bare_images, tmp_path / "a.html").read_bytes()
    assert data == html_text(bare_document).encode()


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium here")
def test_a_browser_shows_it(bare_results, bare_images, bare_document, tmp_path):
    path = write_html(bare_results, bare_images, tmp_path / "report.html", document=bare_document)
    shot = tmp_path / "shot.png"
    subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         f"--screenshot={shot}", "--window-size=1200,2000", path.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pixels = np.asarray(Picture.open(shot).convert("L"))
    assert pixels.shape == (2000, 1200)
    assert 0.01 < (pixels < 128).mean() < 0.5
