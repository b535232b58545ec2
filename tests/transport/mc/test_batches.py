"""Batches: mean, uncertainty, stopping, threads and interruption."""

import time
from itertools import pairwise

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.numerics.counter_random import stream
from hevesy.transport.mc import Balance
from hevesy.transport.mc.batches import (
    CHECKED_EVERY,
    LATE,
    SAME_SIZE,
    Running,
    batch,
    looked_every,
    mean_relative,
    run_batches,
)
from hevesy.transport.mc.restart import load_state, problem_key, save_state

SHAPE = (2, 3, 4)


def _noise(item):
    """A batch whose voxels scatter with one over the root of its size."""
    seed = int(stream(np.uint64(11), np.uint64(item.number)) % np.uint64(1 << 32))
    tally = 5.0 + np.random.default_rng(seed).normal(size=SHAPE) / np.sqrt(item.size)
    return tally, Balance(2.0, 1.5, 0.5, 0.0)


def _run(running=None, *, until, threads=1, work=_noise):
    running = running or Running.start(SHAPE)
    run_batches(running, work, 4, threads, lambda sums, _: sums.batches >= until)
    return running


def test_sizes_double_and_numbers_follow_on():
    found = [batch(n, 8) for n in range(3 * SAME_SIZE)]
    assert [found[n].size for n in (0, SAME_SIZE - 1, SAME_SIZE, 2 * SAME_SIZE)] == [8, 8, 16, 32]
    for one, following in pairwise(found):
        assert following.first_history == one.first_history + one.size


def test_mean_and_standard_uncertainty_are_those_of_the_noise():
    running = _run(until=3 * SAME_SIZE)
    assert running.histories == 7 * SAME_SIZE * 4
    expected = 1.0 / np.sqrt(running.histories)
    assert np.abs(running.mean() - 5.0).max() < 4 * expected
    assert np.sqrt(running.variance().mean()) == pytest.approx(expected, rel=0.1)
    assert running.emitted / running.histories == pytest.approx(2.0)
    assert running.escaped / running.histories == pytest.approx(0.5)


def test_uncertainty_is_honest_over_many_runs():
    """The scatter of 200 runs agrees with what each says of itself, within the 95 % limits of its mean."""
    found = []
    for k in range(200):
        rng = np.random.default_rng(k)
        running = _run(
            until=20,
            work=lambda item, rng=rng: (5.0 + rng.normal(size=SHAPE) / np.sqrt(item.size), Balance(1.0, 1.0, 0.0, 0.0)),
        )
        found.append((running.mean(), running.variance()))
    truth = np.var([mean for mean, _ in found], axis=0).mean()
    assert np.mean([variance for _, variance in found]) == pytest.approx(truth, rel=0.06)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_do_not_change_a_bit(threads):
    def slow(item):
        time.sleep(0.002 * (item.number % 3))
        return _noise(item)

    one, many = _run(until=26), _run(until=26, threads=threads, work=slow)
    assert one.total.tobytes() == many.total.tobytes()
    assert one.squares.tobytes() == many.squares.tobytes()
    assert (one.histories, one.emitted) == (many.histories, many.emitted)


@pytest.mark.parametrize("until", [3 * CHECKED_EVERY, LATE, LATE + 2])
def test_no_batch_is_computed_in_vain_with_two_threads(until):
    seen = []
    _run(until=until, threads=2, work=lambda item: (seen.append(item.number), _noise(item))[1])
    assert sorted(seen) == list(range(until))


def test_large_batches_are_looked_at_more_often():
    assert [looked_every(done) for done in (0, LATE - 1, LATE, 10 * LATE)] == [4, 4, 2, 2]


def test_an_interrupted_run_continues_with_the_same_bits(tmp_path):
    def failing(item):
        if item.number == 13:
            raise KeyboardInterrupt
        return _noise(item)

    whole, running = _run(until=40), Running.start(SHAPE)
    with pytest.raises(KeyboardInterrupt):
        _run(running, until=40, threads=2, work=failing)
    assert running.batches == 13
    save_state(tmp_path / "state", "key", running)
    continued = _run(load_state(tmp_path / "state", "key", SHAPE), until=40, threads=2)
    assert whole.total.tobytes() == continued.total.tobytes()
    assert whole.squares.tobytes() == continued.squares.tobytes()
    assert whole.emitted == continued.emitted


def test_no_state_yet(tmp_path):
    assert load_state(tmp_path, "key", SHAPE) is None


def test_the_state_of_another_problem_is_refused(tmp_path):
    save_state(tmp_path, "key", _run(until=4))
    with pytest.raises(InputError, match="another"):
        load_state(tmp_path, "other", SHAPE)


@pytest.mark.parametrize("kept", [0, 10, 400, -30])
def test_a_damaged_state_is_refused(tmp_path, kept):
    save_state(tmp_path, "key", _run(until=4))
    path = tmp_path / "state.npz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="damaged"):
        load_state(tmp_path, "key", SHAPE)


def test_the_key_follows_content():
    parts = {"decays": np.arange(4.0), "name": "x"}
    assert problem_key(parts) == problem_key({"name": "x", "decays": np.arange(4.0)})
    assert problem_key(parts) != problem_key({**parts, "decays": np.arange(4.0).reshape(2, 2)})
    assert problem_key(parts) != problem_key({**parts, "name": "y"})


def test_mean_relative_counts_what_is_high():
    value, variance = np.array([[[10.0, 1.9, 4.0]]]), np.array([[[0.01, 100.0, 0.04]]])
    assert mean_relative(value, variance, 0.2) == pytest.approx((0.01 + 0.05) / 2)
    assert mean_relative(0 * value, variance, 0.2) == np.inf


def test_both_ways_to_the_mean_relative_uncertainty_agree():
    running, per_mass = _run(until=20), np.random.default_rng(2).uniform(0.0, 2.0, SHAPE)
    per_mass[0, 0, 0] = 0.0
    fixed = np.full(SHAPE, 2.0), np.full(SHAPE, 1e-4)
    value = (running.mean() + fixed[0]) * per_mass
    variance = (running.variance() + fixed[1]) * per_mass**2
    found = running.relative_uncertainty(0.2, fixed, per_mass)
    assert found == pytest.approx(mean_relative(value, variance, 0.2), rel=1e-9)


def test_one_batch_has_no_uncertainty():
    assert np.isinf(_run(until=1).variance()).all()
