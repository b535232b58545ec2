"""Organ S values: mean absorbed dose to a region per decay in another, on phantoms and on labelled voxels."""
