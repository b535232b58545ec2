"""Voxel Monte Carlo: photons, electrons and heavy particles in voxels of any medium and density."""

from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles, joined, no_particles

__all__ = ["Balance", "Outside", "Particles", "VoxelGeometry", "joined", "no_particles"]
