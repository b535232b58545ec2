"""Make the pictures that README and tutorial show from the demo patient's report.

Usage, after ``make demo``: ``python tools/readme_pictures.py [demo/results] [docs/images]``. Needs ``pdftoppm``
(Debian package poppler-utils).
"""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

SLICES = "Axial, coronal and sagittal slices through the largest dose"
LARGEST_BYTES = 400_000
PAGE_WIDTH = 1000
WHITE_FROM = 250
COLOURED_FROM = 24
"""Difference of the largest and smallest of red, green and blue from which a pixel counts as coloured."""


def slices(report: Path) -> Image.Image:
    """The fused slices as they stand in the HTML report."""
    pattern = rf'src="data:image/jpeg;base64,([^"]+)" alt="{re.escape(SLICES)}"'
    found = re.search(pattern, report.read_text(encoding="utf-8"))
    if found is None:
        sys.exit(f"{report}: expected the slices through the largest dose, but they are not there")
    return Image.open(io.BytesIO(base64.b64decode(found[1]))).convert("RGB")


def first_page(report: Path) -> Image.Image:
    """The first page of the PDF report."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        command = ["pdftoppm", "-png", "-singlefile", "-scale-to-x", str(PAGE_WIDTH), "-scale-to-y", "-1"]
        subprocess.run([*command, str(report), str(target)], check=True)
        return Image.open(target.with_suffix(".png")).convert("RGB")


def save(picture: Image.Image, path: Path) -> None:
    """Write as PNG: all the colours, and as many greys as the size allows, for the noise of the CT is what costs."""
    for greys in (96, 48, 32, 24, 16):
        reduced = picture.quantize(palette=_palette(picture, greys), dither=Image.Dither.NONE)
        reduced.paste(greys - 1, mask=picture.convert("L").point(lambda value: 255 * (value >= WHITE_FROM)))
        reduced.save(path, optimize=True)
        if path.stat().st_size < LARGEST_BYTES:
            return
    sys.exit(f"{path}: expected less than {LARGEST_BYTES} bytes, but {path.stat().st_size} came")


def _palette(picture: Image.Image, greys: int) -> Image.Image:
    """Evenly spaced greys, and the colours of the coloured pixels alone: else the many grey ones crowd them out."""
    pixels = np.asarray(picture).reshape(-1, 3)
    coloured = pixels[np.ptp(pixels.astype(int), axis=1) > COLOURED_FROM]
    entries = [(grey,) * 3 for grey in np.linspace(0, 255, greys).round().astype(int).tolist()]
    if len(coloured):
        strip = Image.fromarray(coloured[None]).quantize(256 - greys).getpalette() or []
        entries += list(zip(strip[0::3], strip[1::3], strip[2::3], strict=True))
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for entry in entries[:256] for value in entry])
    return palette


def main(results: Path = Path("demo/results"), images: Path = Path("docs/images")) -> None:
    """Make both pictures."""
    images.mkdir(parents=True, exist_ok=True)
    save(slices(results / "report.html"), images / "report-dose.png")
    save(first_page(results / "report.pdf"), images / "report-summary.png")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
