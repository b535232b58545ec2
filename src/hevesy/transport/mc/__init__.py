"""Voxel Monte Carlo: photons, electrons and heavy particles in voxels of any medium and density."""

from hevesy.transport.mc.geometry import Outside, VoxelGeometry

__all__ = ["Outside", "VoxelGeometry"]
