"""Compiled functions, and the same source for another machine."""

from hevesy.numerics.compiled import compiled, declared_anew, inlined

SCALE = 3.0


@inlined
def scaled(x):
    return SCALE * x


@compiled
def shifted(x):
    return scaled(x) + 1.0


@compiled
def both(x):
    return scaled(x) * shifted(x)


def plain(function):
    return function


def test_all_that_a_function_calls_is_declared_anew():
    seen = []

    def declare(function):
        seen.append(function.__name__)
        return function

    anew = declared_anew(both, declare, {})
    assert anew(2.0) == both(2.0) == 42.0
    assert sorted(seen) == ["both", "scaled", "shifted"]


def test_another_function_takes_the_place_of_one_everywhere():
    anew = declared_anew(both, plain, {scaled: lambda x: 10.0 * x})
    assert anew(2.0) == 20.0 * 21.0
    assert both(2.0) == 42.0
