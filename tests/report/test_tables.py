"""CSV tables: units in the header, one row for each thing, names safe to open."""

import csv

from hevesy.report import write_csv


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_and_values(results, tmp_path):
    paths = write_csv(results, tmp_path)
    assert sorted(paths) == ["budget.csv", "regions.csv", "time_points.csv"]
    regions = read(paths["regions.csv"])
    assert [row["region"] for row in regions] == [region.name for region in results.regions]
    liver = results.regions[0]
    assert float(regions[0]["absorbed dose [Gy]"]) == liver.absorbed_dose_gy.value
    assert float(regions[0]["absorbed dose: 95 % interval, upper end [Gy]"]) == liver.absorbed_dose_gy.interval95[1]
    points = read(paths["time_points.csv"])
    assert len(points) == sum(len(region.time_points) for region in results.regions)
    assert float(points[1]["activity at scan time [Bq]"]) == liver.time_points[1].activity_bq.value
    budget = [row for row in read(paths["budget.csv"]) if row["region"] == "Liver"]
    assert {row["source of uncertainty"] for row in budget} == set(liver.absorbed_dose_gy.budget)
    quadrature = sum(float(row["relative standard uncertainty [%]"]) ** 2 for row in budget) ** 0.5
    assert abs(quadrature - 13.0) < 1e-9


def test_a_missing_value_has_its_reason(results, tmp_path):
    row = next(r for r in read(write_csv(results, tmp_path)["regions.csv"]) if r["region"] == "Lymph node, tiny")
    assert row["absorbed dose [Gy]"] == ""
    assert "still rises" in row["absorbed dose: reason for no value"]


def test_every_number_column_names_its_unit(results, tmp_path):
    paths = write_csv(results, tmp_path)
    for path in paths.values():
        for row in read(path):
            for title, text in row.items():
                try:
                    float(text)
                except ValueError:
                    continue
                assert title.endswith("]") or title == "time point", title


def test_a_name_is_never_a_formula(results, tmp_path):
    evil = results.regions[0].model_copy(update={"name": '=HYPERLINK("x"), "quoted"\nline'})
    row = read(write_csv(results.model_copy(update={"regions": [evil]}), tmp_path)["regions.csv"])[0]
    assert row["region"] == "'" + evil.name


def test_no_regions_gives_headers_only(results, tmp_path):
    paths = write_csv(results.model_copy(update={"regions": []}), tmp_path)
    assert all(len(path.read_text().splitlines()) == 1 for path in paths.values())
