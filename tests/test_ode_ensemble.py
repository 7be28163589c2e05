"""`ta.ode.ensemble`: members are as `solve_ivp` finds them, however they are split and ordered."""

from __future__ import annotations

import math
import multiprocessing
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor

import numpy as np
import ode_fields
import pytest
from numba import njit

import taylorad as ta
from taylorad.ode import ensemble, solve_ivp
from taylorad.ode.system import system


@njit
def kepler(t, y, gm):
    r3 = (y[0] ** 2 + y[1] ** 2) ** 1.5
    return np.array([y[2], y[3], -gm * y[0] / r3, -gm * y[1] / r3])


def driven(t, y, a, f):
    return [y[1], a * np.sin(t) - y[0] + f[0] * np.exp(-y[0] * y[0]) + f[1] / (1 + y[1] ** 2)]


def explosion(t, y):
    return y * y


def bounce(t, y):
    return [y[1], -9.81]


def ground(t, y):
    return y[0]


ground.terminal = True
MEMBERS = 37


@pytest.fixture(scope="module")
def orbits():
    """Orbits that need very different numbers of steps."""
    rng = np.random.default_rng(3)
    y0 = np.array([0.5, 0, 0, math.sqrt(3)]) * (1 + 0.2 * rng.standard_normal((MEMBERS, 4)))
    return y0, 1 + 0.3 * rng.random(MEMBERS), 2 + 4 * rng.random(MEMBERS)


def solved(orbits, **options):
    y0, gm, ends = orbits
    return ensemble(kepler, (0, ends), y0, (gm,), batched=0, **options)


def test_members_are_as_solve_ivp_finds_them(orbits):
    y0, gm, ends = orbits
    assert system(kepler, 0.0, y0[0], (1.0,), order=20, backend="batch").batch == 8
    times = np.linspace(0, 1, 7) * ends[:, None]
    s = solved(orbits, t_eval=times)
    assert s.y.shape == (MEMBERS, 4, 7) and s.success.all() and np.array_equal(s.t_end, ends)
    assert np.array_equal(s.y[:, :, 0], y0) and np.array_equal(s.y[:, :, -1], s.y_end)
    for i in range(MEMBERS):
        one = solve_ivp(kepler, (0, ends[i]), y0[i], args=(gm[i],), t_eval=times[i])
        assert s.y[i] == pytest.approx(one.y, abs=1e-12)
        assert s.nsteps[i] == one.nsteps and s.messages[i] == one.message


def test_times_and_arrays_of_parameters():
    rng = np.random.default_rng(4)
    y0, a, f = rng.standard_normal((5, 2)), 0.4, rng.random((5, 2))
    s = ensemble(driven, (3.0, -2.0), y0, (a, f), batched=(1,), t_eval=[2.0, -1.0])
    for i in range(5):
        one = solve_ivp(driven, (3.0, -2.0), y0[i], args=(a, f[i]), t_eval=[2.0, -1.0])
        assert s.y[i] == pytest.approx(one.y, abs=1e-13)
    assert np.array_equal(s.t, [2.0, -1.0]) and np.array_equal(s.t_end, np.full(5, -2.0))


def test_tolerances_component_by_component():
    y0 = np.array([[1.0, 1e-6], [2.0, 1e-5], [0.5, 1.0]])
    options = dict(rtol=1e-9, atol=[1e-9, 1e-15])
    s = ensemble(ode_fields.van_der_pol, (0, 2), y0, (1.0,), **options)
    for i in range(3):
        one = solve_ivp(ode_fields.van_der_pol, (0, 2), y0[i], args=(1.0,), **options)
        assert s.nsteps[i] == one.nsteps and s.y[i] == pytest.approx(one.y[:, -1], rel=1e-13)


def test_the_split_does_not_matter(orbits):
    whole = solved(orbits, workers=1)
    order = np.random.default_rng(5).permutation(MEMBERS)
    other = solved([x[order] for x in orbits], workers=3)
    assert np.array_equal(other.y, whole.y[order])
    assert np.array_equal(other.nsteps, whole.nsteps[order])
    few = solved([x[11:13] for x in orbits])
    assert np.array_equal(few.y, whole.y[11:13])


class Inline(Executor):
    """Runs tasks at once, and counts them."""

    count = 0

    def submit(self, f, /, *args, **kwargs):
        self.count += 1
        job = Future()
        job.set_result(f(*args, **kwargs))
        return job


def test_executors(orbits):
    times = np.linspace(0, 1, 4)
    whole = solved(orbits, t_eval=times)
    inline = Inline()
    split = solved(orbits, t_eval=times, executor=inline, chunk=10)
    assert inline.count == 4 and np.array_equal(split.y, whole.y)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        y0 = np.ones((3, 2))
        there = ensemble(ode_fields.van_der_pol, (0, 1), y0, (1.0,), executor=pool, workers=2)
        here = ensemble(ode_fields.van_der_pol, (0, 1), y0, (1.0,))
        assert np.array_equal(there.y, here.y)
        with pytest.raises(ta.ArgumentTypeError, match=r"picklable"):
            ensemble(lambda t, y: -y, (0, 1), y0, executor=pool)


def test_a_member_that_fails_does_not_disturb_the_others():
    y0 = [[1.0], [1.0], [math.nan], [-1.0], [2.0]]
    s = ensemble(explosion, (0, [0.5, 2, 3, 1, 0]), y0, t_eval=[0.0])
    assert list(s.status) == [0, -1, -1, 0, 0] and list(s.success) == [1, 0, 0, 1, 1]
    assert s.y_end[0, 0] == pytest.approx(2.0, rel=1e-14)
    assert s.y_end[3, 0] == pytest.approx(-0.5, rel=1e-14)
    assert s.y_end[4, 0] == 2.0 and s.nsteps[4] == 0
    assert 0.999 < s.t_end[1] < 1 and s.y_end[1, 0] > 1e3 and s.t_end[2] == 0.0
    for i in (1, 2):
        assert f"t = {float(s.t_end[i])!r}" in s.messages[i]
    samples = ensemble(explosion, (0, 2), y0[:1], t_eval=[0.5, 1.5]).y[0, 0]
    assert samples[0] == pytest.approx(2.0, rel=1e-14) and math.isnan(samples[1])


def test_limits_of_steps():
    y0 = np.full((9, 1), 1.0)
    s = ensemble(explosion, (0, 0.9), y0, max_steps=3, rtol=1e-6)
    assert set(s.status) == {-1} and set(s.nsteps) == {3} and "max_steps" in s.messages[0]
    one = solve_ivp(explosion, (0, 0.9), [1.0], max_step=0.01)
    s = ensemble(explosion, (0, 0.9), y0, max_step=0.01)
    assert set(s.nsteps) == {one.nsteps} and s.y[3] == pytest.approx(one.y[:, -1], rel=1e-13)


def test_large_systems_go_one_by_one():
    p = ode_fields.bodies
    rng = np.random.default_rng(6)
    y0, gm = rng.standard_normal((3, 48)), 1e-3 * rng.random(8)
    assert system(p, 0.0, y0[0], (gm,), order=20, backend="batch").batch == 1
    s = ensemble(p, (0, 0.1), y0, (gm,), t_eval=[0.05, 0.1], workers=2)
    for i in range(3):
        one = solve_ivp(p, (0, 0.1), y0[i], args=(gm,), t_eval=[0.05, 0.1])
        assert np.array_equal(s.y[i], one.y) and s.nsteps[i] == one.nsteps


def test_events():
    y0 = np.stack([np.arange(1.0, 5.0), np.zeros(4)], axis=1)
    s = ensemble(bounce, (0, [0.1, 5, 5, 5]), y0, events=ground)
    assert list(s.status) == [0, 1, 1, 1] and s.success.all()
    fallen = np.sqrt(2 * y0[1:, 0] / 9.81)
    assert s.t[1:] == pytest.approx(fallen, rel=1e-14) and s.t_events[0][0].size == 0
    assert [events[0][0] for events in s.t_events[1:]] == pytest.approx(fallen, rel=1e-14)
    assert s.y_events[1][0].shape == (1, 2)


def test_kinks():
    def friction(t, y):
        return [y[1], -np.sign(y[1]) - 4 * y[0]]

    y0 = np.array([[2.0, 0.0], [3.0, 0.0]])
    s = ensemble(friction, (0, 2), y0)
    for i in range(2):
        assert np.array_equal(s.y[i], solve_ivp(friction, (0, 2), y0[i]).y[:, -1])


def test_a_program_that_branches_on_an_argument():
    def either(t, y, a):
        return -y if a > 0 else 2 * y

    a = np.array([1.0, -1.0, 1.0])
    s = ensemble(either, (0, 1), np.ones((3, 1)), (a,), batched=0)
    assert s.y[:, 0] == pytest.approx(np.exp([-1.0, 2.0, -1.0]), rel=1e-14)


def test_states_of_any_shape_and_none_at_all():
    s = ensemble(lambda t, y: -y, (0, 1), np.ones((2, 3, 2)), t_eval=[0.5, 1])
    assert s.y.shape == (2, 3, 2, 2) and s.y_end.shape == (2, 3, 2)
    assert s.y[1, 2, 1, 1] == pytest.approx(math.exp(-1), rel=1e-14)
    assert ensemble(lambda t, y: -y, (0, 1), np.ones((0, 3))).y.shape == (0, 3)
    shared = np.broadcast_to([1.0, 0.0], (4, 2))
    assert ensemble(ode_fields.van_der_pol, (0, 1), shared, (1.0,)).y.shape == (4, 2)


def test_an_error_in_a_callback_stops_all_threads():
    def event(t, y):
        return y[0] - 0.5

    def callback(t, y):
        raise LookupError

    event.callback = callback
    before = threading.active_count()
    with pytest.raises(LookupError):
        ensemble(bounce, (0, 1), np.ones((20, 2)), events=event, workers=2)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (dict(y0=[1.0, 2.0]), ta.ShapeError, r"\(members, n\)"),
        (dict(y0=np.ones((3, 0))), ta.ArgumentValueError, "empty"),
        (dict(y0=np.ones((3, 2)) * 1j), ta.ArgumentTypeError, "complex"),
        (dict(t_span=(0, [1.0, 2.0])), ta.ShapeError, r"t_span\[1\]"),
        (dict(t_span=(0, math.inf)), ta.ArgumentValueError, "finite"),
        (dict(t_span=3), ta.ArgumentTypeError, "t_span"),
        (dict(t_eval=[0.5, 2.0]), ta.ArgumentValueError, "outside"),
        (dict(t_eval=[0.5, 0.2]), ta.ArgumentValueError, "sorted"),
        (dict(t_eval=np.ones((2, 2))), ta.ShapeError, "t_eval"),
        (dict(args=(np.ones(3),)), ta.ArgumentValueError, r"batched=\(0,\)"),
        (dict(args=(np.ones(2),), batched=0), ta.ShapeError, r"args\[0\]"),
        (dict(args=("a",), batched=0), ta.ArgumentTypeError, r"args\[0\]"),
        (dict(args=(1.0,), batched=1), ta.ArgumentValueError, "batched"),
        (dict(args=1.0), ta.ArgumentTypeError, "args"),
        (dict(workers=0), ta.ArgumentValueError, "workers"),
    ],
)
def test_arguments_that_cannot_be(change, error, match):
    given = dict(fun=bounce, t_span=(0, 1), y0=np.ones((3, 2))) | change
    with pytest.raises(error, match=match):
        ensemble(**given)
