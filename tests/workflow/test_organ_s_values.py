"""The command ``hevesy svalue``: its document, its table and what it refuses."""

import json

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.errors import InputError
from hevesy.transport.organs import require_regions, stylised_anatomy

QUICK = ["--voxel-mm", "6", "--histories", "4000"]


def run(*arguments):
    return CliRunner().invoke(app, ["svalue", *arguments], catch_exceptions=True)


@pytest.fixture(scope="module")
def document():
    result = run("Lu-177", "--phantom", "adult-male", "--source", "liver", "--json", *QUICK)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_document_holds_every_region_with_its_uncertainty(document):
    rows = {row["target"]: row for row in document["s_values"]}
    assert {"Liver", "Kidneys", "Red_marrow", "Urinary_bladder_wall", "Total_body"} <= set(rows)
    liver = rows["Liver"]
    assert liver["mass_kg"] == pytest.approx(1.8, rel=1e-3)
    assert 0 < liver["s_value"]["standard_uncertainty"] < 0.01 * liver["s_value"]["value"]
    parts = liver["electron"] + liver["photon"] + liver["bremsstrahlung"] + liver["heavy"]
    assert parts == pytest.approx(liver["s_value"]["value"])
    assert document["chain"]["members"] == [{"name": "Lu-177", "decays_per_parent_decay": 1.0}]
    assert "without the blood" in document["mass_convention"]


def test_self_dose_of_the_liver_is_that_of_opendose(document):
    """OpenDose, ICRP 110 adult male, Lu-177, 1800 g: 1.371e-5 mGy/(MBq s); other decay data and geometry, within 2 %."""
    rows = {row["target"]: row for row in document["s_values"]}
    assert rows["Liver"]["s_value"]["value"] == pytest.approx(1.3713e-14, rel=0.02)


@pytest.mark.parametrize("phantom", ["adult-male", "adult-female", "ornl-adult"])
def test_names_are_known_before_the_phantom_is_made(phantom):
    anatomy = stylised_anatomy(phantom, 6.0)
    require_regions(phantom, [(name, "") for name in anatomy.regions])
    with pytest.raises(InputError) as refused:
        require_regions(phantom, [("spline", "--target")])
    assert ", ".join(sorted(anatomy.regions)) in str(refused.value)


def test_targets_and_mass_of_the_patient():
    options = ["--phantom", "adult-male", "--source", "liver", "--target", "liver", "--target", "spleen"]
    result = run("Lu-177", *options, "--mass", "liver=1500 g", "--json", *QUICK)
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert [row["target"] for row in document["s_values"]] == ["Liver", "Spleen"]
    assert document["source_region"] == {"name": "Liver", "mass_kg": 1.5, "phantom_mass_kg": pytest.approx(1.8)}
    assert document["s_values"][0]["s_value"]["value"] == pytest.approx(1.3713e-14 * 1.2, rel=0.03)


def test_table_says_what_the_masses_are():
    result = run("Lu-177", "--phantom", "adult-male", "--source", "spleen", "--target", "spleen", *QUICK)
    assert result.exit_code == 0, result.output
    assert "Masses: organ masses of ICRP 89" in result.output
    assert "Spleen" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Xx-1", "--phantom", "adult-male", "--source", "liver"], "Xx-1"),
        (["Lu-177", "--phantom", "child", "--source", "liver"], "adult-male, adult-female, ornl-adult"),
        (["Lu-177", "--phantom", "adult-male", "--source", "liver", "--mass", "1500 g"], "REGION=MASS"),
        (["Lu-177", "--phantom", "adult-male", "--source", "liver", "--mass", "spleen=1500 g"], "does not depend on"),
        (["Lu-177", "--phantom", "adult-male", "--source", "liver", "--mass", "liver=1500"], "has no unit"),
        (["Lu-177", "--phantom", "adult-male", "--source", "liver", "--voxel-mm", "20"], "voxels of 2 to 6 mm"),
        (["Ac-225", "--phantom", "adult-male", "--source", "liver"], "chain"),
        (["Lu-177", "--phantom", "adult-male", "--source", "gizzard", *QUICK], "one of the regions"),
    ],
)
def test_bad_requests_are_refused_with_one_line(arguments, message):
    result = run(*arguments)
    assert result.exit_code != 0
    assert message in str(result.exception) + result.output


def test_a_folder_without_files_of_icrp_133_is_refused(tmp_path):
    result = run("Lu-177", "--phantom", "adult-male", "--source", "Liver", "--icrp-133", str(tmp_path))
    assert "one file rcp-am_photon" in str(result.exception)
