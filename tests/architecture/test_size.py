"""No module and no class grows past what one can hold in mind."""

import ast

import pytest

from .repository import MODULES, module_id

MODULE_LINES = 400
CLASS_LINES = 300


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_module_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= MODULE_LINES
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno + 1 <= CLASS_LINES, node.name
