"""Ctrl-C and SIGTERM end the program in one line, whatever a library makes of them."""

import os
import signal

import pytest

from hevesy.cli import app


@pytest.fixture
def own_signals():
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(kind) for kind in kinds]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for kind, handler in zip(kinds, before, strict=True):
        signal.signal(kind, handler)


def turned_into_another_error(kind):
    def work(**settings):
        try:
            os.kill(os.getpid(), kind)
            signal.pause()
        except KeyboardInterrupt:
            raise TypeError("from a library") from None

    return work


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize(
    ("kind", "status", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_asked_to_end_within_a_library(monkeypatch, capsys, kind, status, word):
    monkeypatch.setattr(app, "app", turned_into_another_error(kind))
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == status
    assert capsys.readouterr().err == f"hevesy: {word}\n"


@pytest.mark.usefixtures("own_signals")
def test_an_error_of_the_program_is_not_hidden(monkeypatch):
    monkeypatch.setattr(app, "app", lambda **settings: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.main()
