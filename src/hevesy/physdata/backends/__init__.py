"""Libraries of decay data behind one interface; a chain never mixes them."""

from hevesy.physdata.backends.decay_library import AbstractDecayLibrary
from hevesy.physdata.backends.registry import decay_library, known_decay_libraries

__all__ = ["AbstractDecayLibrary", "decay_library", "known_decay_libraries"]
