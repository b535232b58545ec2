"""Interactions of radiation with matter."""
