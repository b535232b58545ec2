"""What every library of decay data can tell."""

from __future__ import annotations

from abc import ABC, abstractmethod

from hevesy.domain import Citation
from hevesy.errors import AdministrationError
from hevesy.physdata.emissions import EmissionSpectrum
from hevesy.physdata.nuclides import DecayMode, standard_name


class AbstractDecayLibrary(ABC):
    """One evaluation of half-lives, branchings and emissions."""

    name: str
    """As it is chosen by."""
    notice: str = ""
    """To be shown with every result; empty where none is needed."""

    @property
    @abstractmethod
    def citation(self) -> Citation:
        """Where the data come from."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Radionuclides with emissions."""

    @abstractmethod
    def half_life_s(self, name: str) -> float:
        """Half-life of any nuclide that a mode leads to; infinite for a stable one. [s]"""

    @abstractmethod
    def half_life_uncertainty_s(self, name: str) -> float | None:
        """Standard uncertainty; None where the library gives none. [s]"""

    @abstractmethod
    def modes(self, name: str) -> tuple[DecayMode, ...]:
        """Ways of decaying."""

    @abstractmethod
    def spectra(self, name: str) -> tuple[EmissionSpectrum, ...]:
        """Everything that one decay of the nuclide itself sets free."""

    @abstractmethod
    def energy_uncertainties_mev(self, name: str) -> dict[str, float] | None:
        """Standard uncertainty of the mean energy per decay by type of radiation; None where the library gives none.

        Types are ``beta``, ``conversion_auger``, ``gamma``, ``x`` and ``alpha``. [MeV]
        """

    @abstractmethod
    def remarks(self, name: str) -> tuple[str, ...]:
        """What was added to the library or is known to be wrong in it, for one nuclide."""

    def named(self, name: str, where: str = "") -> str:
        """The standard name of a nuclide of this library.

        Raises
        ------
        AdministrationError
            If the library does not hold it; the known ones are listed.
        """
        standard = standard_name(name)
        if standard is None or standard not in self.names():
            raise AdministrationError(f"one of the radionuclides {', '.join(self.names())}", f"{name!r} came", where)
        return standard
