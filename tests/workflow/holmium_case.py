"""A virtual liver with holmium as files, and settings for it."""

import yaml

from hevesy.simulate.holmium import holmium_liver
from hevesy.simulate.holmium_files import write_holmium_liver

SPECIFIC_BQ_PER_MG = 10e6


def write_case(folder):
    """Files of the case; returns the truth and the settings."""
    return holmium_liver(), yaml.safe_load(write_holmium_liver(folder).read_text())


def write_settings(folder, content, name="holmium.yaml"):
    (folder / name).write_text(yaml.safe_dump(content))
    return folder / name
