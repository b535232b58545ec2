"""The same function on several inputs, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from hevesy.domain import Progress
from hevesy.errors import HevesyError

T = TypeVar("T")
Work = Callable[[Any, Progress], T]

_SPAWN = multiprocessing.get_context("spawn")
"""A fresh interpreter: a copy of one with threads could wait for a lock that nobody will free."""


def in_processes(work: Work[T], tasks: Mapping[int, Any], n_processes: int, progress: Progress) -> dict[int, T]:
    """Results of all tasks by their key; what one gives does not depend on the others.

    Parameters
    ----------
    work
        A function of a module, of a task and of a :data:`Progress`.
    tasks
        What travels to the processes.
    n_processes
        At most this many at a time.
    progress
        Told what the processes tell.

    Raises
    ------
    HevesyError
        As ``work`` raises, or if a process ends without a result (killed, or out of memory).
    """
    waiting = dict(tasks)
    running: dict[Connection, tuple[int, SpawnProcess]] = {}
    done: dict[int, T] = {}
    try:
        while waiting or running:
            while waiting and len(running) < n_processes:
                key = next(iter(waiting))
                connection, process = _started(work, waiting.pop(key))
                running[connection] = key, process
            ready = wait(list(running))
            for connection in [known for known in running if known in ready]:
                _listen(connection, running, done, progress)
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()
    return {key: done[key] for key in tasks}


def _started(work: Work[T], task: object) -> tuple[Connection, SpawnProcess]:
    here, there = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_run, args=(work, task, there), daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()  # with Ctrl-C blocked for good: the program that started it handles that and ends it
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    there.close()
    return here, process


def _listen(
    connection: Connection, running: dict[Connection, tuple[int, SpawnProcess]], done: dict[int, T], progress: Progress
) -> None:
    key, process = running[connection]
    try:
        kind, content = connection.recv()
    except EOFError as error:
        process.join()
        raise HevesyError(
            f"expected a result of a process, but it ended with status {process.exitcode} (memory may be short)"
        ) from error
    if kind == "progress":
        progress(*content)
        return
    del running[connection]
    process.join()
    connection.close()
    if kind == "failed":
        raise content
    done[key] = content


def _run(work: Work[T], task: object, answers: Connection) -> None:
    """What the process does; it ends without a word when nobody listens any more."""
    with suppress(BrokenPipeError):
        try:
            result = work(task, lambda *told: answers.send(("progress", told)))
        except HevesyError as error:
            answers.send(("failed", error))
        else:
            answers.send(("done", result))
