"""Sphinx: built strictly (``-W -n``), without looking anything up on the network."""

import re

from hevesy._version import __version__

project = "Hevesy"
author = "The Hevesy developers"
copyright = "The Hevesy developers, Apache-2.0"  # noqa: A001 - Sphinx names it so
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "amsmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Hevesy {release}"

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "exclude-members": "model_config"}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False

# What cannot or need not be linked: names of other packages (no network), bare-array modules and private helpers.
nitpick_ignore_regex = [
    (r"py:.*", r"(?:numpy|np|datetime|pathlib|enum|collections|typing|pydantic|pydicom|abc)\b.*"),
    (r"py:.*", r"(?:ValueError|TypeError|KeyError|Exception|OSError|object|int|float|str|bool|tuple|Enum|StrEnum)"),
    (r"py:.*", r"hevesy\.numerics\..*"),
    (r"py:func", r"[a-z_]+"),
]

_FOOTNOTE = re.compile(r"^(\s*)\.\. \[\d+\] ", re.M)


def setup(app) -> None:  # noqa: ANN001 - Sphinx calls it
    """Prepare docstrings before napoleon reads them, and undo what it does to attributes."""
    attributes = {}

    def before(_app, what, name, _item, _options, lines) -> None:  # noqa: ANN001
        # Numbered references become a list: as footnotes, those of several docstrings would clash on one page. The
        # backslash keeps an initial from being read as the letter of a list.
        lines[:] = _FOOTNOTE.sub(r"\1*  \\", "\n".join(lines)).split("\n")
        if what == "attribute":
            attributes[name] = list(lines)

    def after(_app, what, name, _item, _options, lines) -> None:  # noqa: ANN001
        # To napoleon the words before a colon are the attribute's type; here they are its description.
        if what == "attribute":
            lines[:] = attributes[name]

    app.connect("autodoc-process-docstring", before, priority=100)
    app.connect("autodoc-process-docstring", after, priority=900)
