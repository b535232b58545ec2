"""Damaged DICOM files by the thousand: made, inspected in processes of their own, and compared with the sound ones.

Run as a program, this module is the worker: it reads one job a line from stdin and answers one line each on stdout.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.datadict import keyword_for_tag

MEMORY = 2 << 30
SECONDS = 10.0
START_SECONDS = 120.0
"""A worker starts and first inspects the sound folder; for a damaged file it measures the time itself."""
KINDS = {
    "header-byte": 0.26,
    "value-byte": 0.22,
    "pixel-byte": 0.06,
    "truncation": 0.08,
    "swap": 0.08,
    "deletion": 0.08,
    "duplicate": 0.06,
    "representation": 0.06,
    "length": 0.05,
    "sequence": 0.05,
}
VRS = b"CS DS FD FL IS LO SQ UI UL UN US OB UT".split()


@dataclass
class Case:
    """One folder of sound siblings, and the files in it that are damaged in turn."""

    name: str
    folder: Path
    targets: list[Path]
    share: float


@dataclass
class Outcome:
    """What became of one damaged file."""

    case: str
    target: str
    seed: int
    kind: str
    place: str
    seconds: float = 0.0
    error: str = ""
    changed: dict = field(default_factory=dict)
    told: list = field(default_factory=list)


# ---------------------------------------------------------------- making


def elements_of(data):
    """Every element of a little-endian file, and where its pixels begin."""
    from hevesy.acquire.structure import KNOWN_VRS, Encoding, Walk

    found = []
    at = 132 if data[128:132] == b"DICM" else 0
    at = Walk(data, len(data), found.append, stop=lambda tag: tag >> 16 != 2).dataset(at, len(data))
    explicit = data[at + 4 : at + 6] in KNOWN_VRS
    pixels_at = Walk(data, len(data), found.append, Encoding(implicit=not explicit)).dataset(at, len(data))
    return found, pixels_at


def name_of(tag):
    return keyword_for_tag(tag) or f"{tag:08X}"


def mutate(data, seed, at=None):
    """One damaged version of a file: (kind, what was hit, bytes); with ``at``, that byte is hit."""
    rng = np.random.default_rng(seed)
    if at is not None:
        hit = bytearray(data)
        damage(hit, at, rng)
        return "value-byte", at_byte(elements_of(data)[0], at), bytes(hit)
    kind = rng.choice(list(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values()))
    elements, pixels_at = elements_of(data)
    made = MAKERS[kind](bytearray(data), elements, pixels_at, rng)
    if made is None or made[1] == data:
        made = header_byte(bytearray(data), elements, pixels_at, rng)
        kind = "header-byte"
    return str(kind), *made


def at_byte(elements, at):
    """What a byte belongs to: the innermost value, or the head of an element."""
    values = [e for e in elements if e.at <= at < e.at + min(e.length, 1 << 30)]
    heads = [e for e in elements if e.at - 12 <= at < e.at]
    if values and (values[-1].vr not in {b"SQ", b""} or not heads):
        return name_of(values[-1].tag)
    return f"{name_of(heads[0].tag)} head" if heads else "preamble"


def damage(data, at, rng):
    if rng.random() < 0.6:
        data[at] ^= 1 << int(rng.integers(8))
    else:
        data[at] = int(rng.integers(256))


def header_byte(data, elements, pixels_at, rng):
    places = [int(rng.integers(128, max(pixels_at, 129))) for _ in range(int(rng.choice([1, 1, 1, 2, 3])))]
    for at in places:
        damage(data, at, rng)
    return ", ".join(at_byte(elements, at) for at in places), bytes(data)


def value_byte(data, elements, pixels_at, rng):
    filled = [e for e in elements if 0 < e.length < 1 << 20]
    chosen = filled[int(rng.integers(len(filled)))]
    damage(data, chosen.at + int(rng.integers(chosen.length)), rng)
    return name_of(chosen.tag), bytes(data)


def pixel_byte(data, elements, pixels_at, rng):
    if pixels_at >= len(data):
        return None
    at = int(rng.integers(pixels_at, len(data) if rng.random() < 0.8 else min(pixels_at + 12, len(data))))
    damage(data, at, rng)
    return "PixelData", bytes(data)


def truncation(data, elements, pixels_at, rng):
    last = pixels_at if rng.random() < 0.5 else len(data)
    cut = int(rng.integers(0, last))
    return at_byte(elements, cut), bytes(data[:cut])


def saved(ds):
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=False)
    return out.getvalue()


def datasets_of(ds):
    found = [ds]
    for element in ds:
        if element.VR == "SQ":
            for item in element.value:
                found += datasets_of(item)
    return found


def swap(data, elements, pixels_at, rng):
    ds = dcmread(io.BytesIO(bytes(data)), force=True)
    groups = {}
    for inner in datasets_of(ds)[:40]:
        for element in inner:
            if element.VR not in {"SQ", "OB", "OW", "UN", "OB or OW"} and element.value not in (None, ""):
                groups.setdefault(element.VR, []).append(element)
    pairs = [several for several in groups.values() if len(several) > 1]
    several = pairs[int(rng.integers(len(pairs)))]
    a, b = (several[k] for k in rng.choice(len(several), 2, replace=False))
    a.value, b.value = b.value, a.value
    return f"{name_of(a.tag)} with {name_of(b.tag)}", saved(ds)


def deletion(data, elements, pixels_at, rng):
    ds = dcmread(io.BytesIO(bytes(data)), force=True)
    places = [(inner, element.tag) for inner in datasets_of(ds)[:40] for element in inner]
    inner, tag = places[int(rng.integers(len(places)))]
    del inner[tag]
    return name_of(tag), saved(ds)


def top(elements):
    return [e for e in elements if e.depth == 0 and e.length != 0xFFFFFFFF]


def head_of(data, element):
    if not element.vr:
        return element.at - 8
    return element.at - (12 if element.vr in {b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF", b"UC", b"UR"} else 8)


def duplicate(data, elements, pixels_at, rng):
    outer = top(elements)
    one = outer[int(rng.integers(len(outer)))]
    start, end = head_of(data, one), one.at + one.length
    copy = bytearray(data[start:end])
    if one.length:
        damage(copy, len(copy) - 1 - int(rng.integers(one.length)), rng)
    return name_of(one.tag), bytes(data[:end] + copy + data[end:])


def representation(data, elements, pixels_at, rng):
    one = elements[int(rng.integers(len(elements)))]
    if not one.vr:
        return None
    start = head_of(data, one) + 4
    data[start : start + 2] = VRS[int(rng.integers(len(VRS)))]
    return name_of(one.tag), bytes(data)


def length(data, elements, pixels_at, rng):
    one = elements[int(rng.integers(len(elements)))]
    width = 4 if not one.vr or one.at - head_of(data, one) == 12 else 2
    start = one.at - width
    if rng.random() < 0.5:
        damage(data, start + int(rng.integers(width)), rng)
    else:
        value = int(rng.choice([0, 1, 2, 4, 0xFFFE, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF])) & (256**width - 1)
        data[start : start + width] = value.to_bytes(width, "little")
    return name_of(one.tag), bytes(data)


def sequence(data, elements, pixels_at, rng):
    several = [e for e in elements if e.vr == b"SQ" and e.length > 0]
    if not several:
        return None
    one = several[int(rng.integers(len(several)))]
    if rng.random() < 0.5:
        damage(data, one.at + int(rng.integers(8)), rng)
        return name_of(one.tag), bytes(data)
    ds = dcmread(io.BytesIO(bytes(data)), force=True)
    places = [(i, e.tag) for i in datasets_of(ds)[:40] for e in i if e.VR == "SQ"]
    inner, tag = places[int(rng.integers(len(places)))]
    items = list(inner[tag].value)
    inner[tag].value = items[1:] if rng.random() < 0.7 else [*items, *items[:1]]
    return name_of(tag), saved(ds)


MAKERS = {
    "header-byte": header_byte,
    "value-byte": value_byte,
    "pixel-byte": pixel_byte,
    "truncation": truncation,
    "swap": swap,
    "deletion": deletion,
    "duplicate": duplicate,
    "representation": representation,
    "length": length,
    "sequence": sequence,
}


# ---------------------------------------------------------------- looking


def facts_of(folder, target):
    """What a report says: geometry and scale of every series, and every finding without the series' short names."""
    from rich.console import Console

    from hevesy.acquire import inspect_folder
    from hevesy.acquire.headers import read_header
    from hevesy.acquire.scale import scale_of
    from hevesy.cli.inspect import print_report, report_document
    from hevesy.errors import HevesyError

    try:
        report = inspect_folder([Path(folder)])
    except HevesyError as error:
        return {"series": {}, "findings": [str(error)]}
    document = report_document(report)
    json.loads(json.dumps(document, allow_nan=False))
    shown = io.StringIO()
    print_report(report, Console(file=shown, width=100))
    assert all(c == "\n" or c.isprintable() for c in shown.getvalue())
    series = {}
    for one in document["series"]:
        geometry = one["geometry"] or {}
        series[f"{one['modality']} {one['series_uid']}"] = {
            **{k: geometry.get(k) for k in ("shape_zyx", "spacing_mm", "origin_mm", "direction")},
            **{k: one[k] for k in ("units", "scale_source", "decay_corrected_to")},
            "slope": None,
        }
    holder = next((s for s in report.series if Path(os.path.realpath(target)) in s.files), None)
    if holder is not None and holder.units in {"counts", "Bq/ml", "HU"}:
        scale = scale_of(read_header(Path(target)).dataset)
        series[f"{holder.modality} {holder.series_uid}"]["slope"] = [scale.slope, scale.intercept]
    told = [*(f["message"] for f in document["contradictions"]), *document["missing"]]
    told += [f["message"] for f in document["unreadable"]]
    return {"series": series, "findings": [re.sub(r"\bS\d+", "S", text) for text in told]}


TOLERANCES = {"spacing_mm": (1e-3, 0), "slope": (1e-3, 1e-9), "origin_mm": (0, 0.1), "direction": (0, 1e-3)}


def differs(name, one, other):
    """ "" where two facts are equal, "rounding" where nobody could measure the difference, "value" otherwise."""
    if one == other:
        return ""
    if name in TOLERANCES and one and other:
        relative, absolute = TOLERANCES[name]
        if np.allclose(np.ravel(one), np.ravel(other), rtol=relative, atol=absolute):
            return "rounding"
    return "value"


def changes(sound, damaged):
    """Facts of each series that differ: {fact: "value" or "rounding"}."""
    found = {}
    left = dict(damaged["series"])
    matched = {key: left.pop(key) for key in list(sound["series"]) if key in left}
    for key, facts in sound["series"].items():
        other = matched.get(key)
        if other is None:
            same = next((k for k, v in left.items() if v == facts), None)
            if same is None:
                found["series"] = "value"
            else:
                left.pop(same)
            continue
        for name, value in facts.items():
            how = differs(name, value, other[name])
            if how:
                found[name] = "value" if "value" in {how, found.get(name)} else how
    return found


def remember_siblings():
    """Read the header of each undamaged sibling once: they are the same files for every damaged one."""
    from hevesy.acquire import inspect

    probe, known = inspect.probe, {}

    def remembered(path, name):
        status = path.stat()
        if status.st_nlink < 2:
            return probe(path, name)
        if path not in known:
            known[path] = probe(path, name)
        return known[path]

    inspect.probe = remembered


def worker():
    """Answer one job a line."""
    import hevesy.cli.inspect  # noqa: F401 - before the limit
    from hevesy.physdata import known_nuclides

    warnings.simplefilter("ignore")
    remember_siblings()

    known_nuclides()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sound = {}
    for line in sys.stdin:
        job = json.loads(line)
        target = Path(job["target"])
        kept = Path(job["original"]).read_bytes()
        if job["original"] not in sound:
            sound[job["original"]] = facts_of(job["folder"], target)
        answer = {"kind": "", "place": "", "error": "", "changed": {}, "told": []}
        try:
            answer["kind"], answer["place"], data = mutate(kept, job["seed"], job["at"])
            target.unlink()
            target.write_bytes(data)
            began = time.monotonic()
            damaged = facts_of(job["folder"], target)
            answer["seconds"] = time.monotonic() - began
            answer["changed"] = changes(sound[job["original"]], damaged)
            new = Counter(damaged["findings"]) - Counter(sound[job["original"]]["findings"])
            answer["told"] = list(new)[:4]
        except BaseException:  # noqa: BLE001 - every failure is the finding here
            answer["error"] = traceback.format_exc()
        target.unlink(missing_ok=True)
        os.link(job["original"], target)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


# ---------------------------------------------------------------- running


class Pool:
    """One worker process that is replaced when it hangs or dies."""

    def __init__(self, cases, scratch):
        self.scratch = Path(scratch)
        self.originals, self.folders = {}, {}
        for case in cases:  # files of its own: a link that another process makes or removes changes a file's status
            self.originals[case.name] = self.scratch / "originals" / case.name
            self.folders[case.name] = self.scratch / "damaged" / case.name
            shutil.copytree(case.folder, self.originals[case.name])
            shutil.copytree(self.originals[case.name], self.folders[case.name], copy_function=_link)
        self.process = None

    def start(self):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(self, case, target, seed, at=None):
        original = self.originals[case.name] / target
        if self.process is None:
            self.start()
        job = {
            "folder": str(self.folders[case.name]),
            "target": str(self.folders[case.name] / target),
            "original": str(original),
            "seed": seed,
            "at": at,
        }
        outcome = Outcome(case.name, str(target), seed, "", "")
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], START_SECONDS)[0]:
            outcome.error = "hang"
        else:
            line = self.process.stdout.readline()
            if line:
                for name, value in json.loads(line).items():
                    setattr(outcome, name, value)
            else:
                outcome.error = f"the process ended with status {self.process.wait()}"
        if outcome.error:
            self.stop()
            (self.folders[case.name] / target).unlink(missing_ok=True)
            _link(original, self.folders[case.name] / target)
        return outcome

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.stdout.close()
            self.process = None


def _link(source, target):
    os.link(source, target)


def jobs(cases, n, seed):
    """Which file of which case gets which seed."""
    rng = np.random.default_rng(seed)
    shares = np.array([case.share for case in cases])
    chosen = rng.choice(len(cases), n, p=shares / shares.sum())
    return [
        (cases[k], cases[k].targets[int(rng.integers(len(cases[k].targets)))], int(rng.integers(1 << 60)))
        for k in sorted(chosen)
    ]


def run_parallel(cases, work, n):
    """As :func:`run_jobs`, by several workers at once."""
    with ThreadPoolExecutor(n) as pool:
        parts = pool.map(lambda part: run_jobs(cases, part), [work[k::n] for k in range(n)])
        return [outcome for part in parts for outcome in part]


def run_jobs(cases, work, log=None):
    """Damage and inspect, one after the other; what fails or stays silent is logged as it comes."""
    scratch = Path(tempfile.mkdtemp(dir=cases[0].folder.parent, prefix="fuzz-"))
    pool = Pool(cases, scratch)
    try:
        outcomes = []
        for job in work:
            outcomes.append(pool.run(*job))
            if log and (outcomes[-1].error or silent(outcomes[-1:])):
                log(outcomes[-1])
        return outcomes
    finally:
        pool.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def gather(folder, name, parts, patterns, share):
    """A case from some folders of a simulated patient: those parts, and as targets the files that match."""
    made = folder.parent / f"case-{name}"
    for part in parts:
        shutil.copytree(folder / "dicom" / part, made / part, copy_function=_link)
    targets = sorted(p.relative_to(made) for pattern in patterns for p in made.glob(pattern))
    return Case(name, made, targets, share)


def attack(case, keywords, seed):
    """Jobs that hit nothing but the values of some attributes: three for each of their bytes."""
    work = []
    for target in case.targets[len(case.targets) // 2 :][:1]:
        elements, _ = elements_of((case.folder / target).read_bytes())
        for element in elements:
            if name_of(element.tag) in keywords and 0 < element.length < 200:
                places = [element.at + k for k in range(element.length)]
                work += [(case, target, seed + 1000 * at + k, at) for at in places for k in range(3)]
    return work


# Nothing else in the files says these numbers again: a slope that each slice or object has of its own, and where a
# single object lies. Whatever else stays silent is a fault.
UNREPEATED = {
    "slope": ("RealWorldValueSlope", "RescaleSlope", "RealWorldValueIntercept", "RescaleIntercept"),
    "origin_mm": ("ImagePositionPatient",),
}


def explained(outcome):
    """Whether a silent change is one of a number that nothing else repeats."""
    changed = [name for name, how in outcome.changed.items() if how == "value"]
    return all(any(word in outcome.place for word in UNREPEATED.get(name, ())) for name in changed)


def silent(outcomes):
    """Those whose geometry, units or scale changed by more than rounding without a word."""
    return [o for o in outcomes if "value" in o.changed.values() and not o.told]


if __name__ == "__main__":
    worker()
