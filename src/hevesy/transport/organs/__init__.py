"""Organ S values: mean absorbed dose to a region per decay in another, on phantoms and on labelled voxels."""

from hevesy.transport.organs.anatomy import Anatomy, Region, grouped
from hevesy.transport.organs.icrp133 import SafSValue, read_saf_folder, saf_s_values
from hevesy.transport.organs.labelled import labelled_anatomy
from hevesy.transport.organs.marrow_dose import (
    REMAINDER,
    MarrowSValues,
    marrow_cross_dose,
    marrow_s_values,
    marrow_self_dose,
)
from hevesy.transport.organs.photons import Settings
from hevesy.transport.organs.places import AbstractPlaces, SolidPlaces, VoxelPlaces
from hevesy.transport.organs.s_values import SValue, organ_s_values, photon_absorbed_fractions, with_decay_data
from hevesy.transport.organs.stylised import PHANTOMS, require_regions, stylised_anatomy
from hevesy.transport.organs.term import SourceTerm, organ_source_term

__all__ = [
    "PHANTOMS",
    "REMAINDER",
    "AbstractPlaces",
    "Anatomy",
    "MarrowSValues",
    "Region",
    "SValue",
    "SafSValue",
    "Settings",
    "SolidPlaces",
    "SourceTerm",
    "VoxelPlaces",
    "grouped",
    "labelled_anatomy",
    "marrow_cross_dose",
    "marrow_s_values",
    "marrow_self_dose",
    "organ_s_values",
    "organ_source_term",
    "photon_absorbed_fractions",
    "read_saf_folder",
    "require_regions",
    "saf_s_values",
    "stylised_anatomy",
    "with_decay_data",
]
