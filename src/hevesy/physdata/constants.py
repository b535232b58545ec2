"""Physical constants that more than one table or formula needs.

References
----------
.. [1] E. Tiesinga, P. J. Mohr, D. B. Newell, B. N. Taylor, CODATA recommended values of the fundamental physical
   constants: 2018, Rev. Mod. Phys. 93 (2021) 025010, doi:10.1103/RevModPhys.93.025010
"""

from __future__ import annotations

ELECTRON_MASS_MEV = 0.51099895
"""Rest energy of the electron. [MeV]"""
CLASSICAL_AREA_BARN = 0.079407877
"""Square of the classical electron radius. [barn]"""
AVOGADRO = 0.602214076
"""[1e24/mol]"""
JOULE_PER_MEV = 1.602176634e-13
"""[J/MeV]"""
