"""Hevesy: personalised radionuclide therapy, from DICOM to absorbed dose with its uncertainty.

For research and quality assurance. Not a certified medical device.
"""

from hevesy._version import __version__

__all__ = ["__version__"]
