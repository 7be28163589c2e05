"""Events: found once each, in order, to rounding, wherever steps end."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taylorad as ta
from taylorad.ode import solve_ivp

PI = math.pi


def oscillator(t, y):
    return y[1], -y[0]


def flight(t, y):
    return y[1], -9.81


def level(t, y, c):
    return y[0] - c


def moving(t, y, c):
    """The oscillator, with a parameter for its events."""
    return y[1], -y[0]


def event(function, **attributes):
    """A copy of an event function with attributes."""

    def made(t, y, *args):
        return function(t, y, *args)

    vars(made).update(attributes)
    return made


def times(events, end=10.0, y0=(1.0, 0.0), fun=oscillator, start=0.0, **options):
    """When the events happen."""
    single = not isinstance(events, list)
    s = solve_ivp(fun, (start, end), y0, t_eval=[], events=events, **options)
    return s.t_events[0] if single else s.t_events


def crossings_of_cosine(c, end):
    """All solutions of ``cos t = c`` in ``(0, end)``."""
    a = math.acos(c)
    both = np.concatenate([[2 * PI * k + a, 2 * PI * (k + 1) - a] for k in range(100)])
    return np.sort(both[(both > 0) & (both < end)])


# -- which are found -------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.floats(-0.999, 0.999), st.floats(0.05, 3.0), st.booleans())
def test_each_crossing_is_found_once_wherever_steps_end(c, longest, backward):
    end = -19.0 if backward else 19.0
    found = times(level, end, fun=moving, args=(c,), max_step=longest)
    assert np.abs(found) == pytest.approx(crossings_of_cosine(c, 19.0), abs=1e-12)


@pytest.mark.parametrize("parts", [*range(1, 20), 64, 501])
def test_steps_that_end_at_the_root(parts):
    """The roots of ``x`` at odd multiples of ``PI / 2``, reached by steps of equal length."""
    found = times(level, 20.0, fun=moving, args=(0.0,), max_step=PI / 2 / parts)
    assert found == pytest.approx(PI / 2 + PI * np.arange(6), abs=1e-14)


def test_steps_that_end_at_the_root_exactly():
    whole = [lambda t, y: t - 1, lambda t, y: (t - 1) ** 2, lambda t, y: -((t - 1) ** 2),
             lambda t, y: (t - 1) ** 3]  # fmt: skip
    for found in times(whole, 3.0, max_step=0.25):
        assert found == pytest.approx([1.0], abs=1e-7)


def test_rounding_where_steps_meet():
    """The state is a million times larger than what the event looks at."""

    def far(t, y):
        return y[1], -(y[0] - 1e6)

    for longest in (math.inf, PI / 2, PI / 20, 0.3):
        found = times(lambda t, y: y[0] - 1e6, 30.0, (1e6 + 1, 0.0), far, max_step=longest)
        assert found == pytest.approx(PI / 2 + PI * np.arange(10), abs=1e-8)


def test_touching_is_found_once_where_no_direction_is_asked():
    highest = lambda t, y: y[0] - 1.0  # noqa: E731
    assert times(highest, 15.0) == pytest.approx([2 * PI, 4 * PI], abs=1e-7)
    assert times(event(highest, direction=1), 15.0).size == 0
    assert times(event(highest, direction=-1), 15.0).size == 0
    assert times(lambda t, y: y[0] - 1.0 - 1e-9, 15.0).size == 0


def test_direction():
    both = times(level, 19.0, fun=moving, args=(0.2,))
    up = times(event(level, direction=1.0), 19.0, fun=moving, args=(0.2,))
    down = times(event(level, direction=-0.5), 19.0, fun=moving, args=(0.2,))
    assert (np.sort(np.concatenate([up, down])) == both).all()
    assert (np.sin(up) < 0).all() and (np.sin(down) > 0).all()


def test_ends_of_the_interval():
    assert times(lambda t, y: t, 3.0).size == 0  # a start from the event
    assert (times(lambda t, y: t - 3, 3.0) == [3.0]).all()
    assert (times(event(lambda t, y: t - 3, direction=1), 3.0) == [3.0]).all()
    assert times(event(lambda t, y: t - 3, direction=-1), 3.0).size == 0
    assert (times(lambda t, y: t, 0.0, start=3.0) == [0.0]).all()
    s = solve_ivp(oscillator, (0, 3), [1, 0], events=event(lambda t, y: t - 3, terminal=True))
    assert s.status == 1 and s.t[-1] == 3.0


@pytest.mark.parametrize(
    "zero",
    [
        lambda t, y: 0.0 * y[0],
        lambda t, y: 0.0,
        lambda t, y: y[0] * y[0] + y[1] * y[1] - 1.0,  # up to rounding
    ],
)
def test_what_is_always_zero_is_no_event(zero):
    assert times(zero, 10.0).size == 0


def test_an_event_that_comes_to_rest_at_zero():
    assert times(lambda t, y: y[0] - 1.0, 200.0, [1.5], lambda t, y: (1.0 - y[0],)).size == 0


def test_many_in_one_step_are_in_order():
    found = times(lambda t, y: np.sin(100.0 * t), 3.0)
    assert found == pytest.approx(PI / 100 * np.arange(1, 96), abs=1e-13)


def test_close_ones_are_told_apart():
    a, b = times([lambda t, y: (t - 0.9) * (t - 0.9 - 1e-6), lambda t, y: t - 0.9], 2.0)
    assert a == pytest.approx([0.9, 0.9 + 1e-6], abs=1e-9) and b == pytest.approx([0.9])


def test_an_event_that_is_not_defined_everywhere():
    assert times(lambda t, y: np.sqrt(1.0 - t) - 0.5, 3.0) == pytest.approx([0.75])


# -- terminal ones ---------------------------------------------------------------------------


def test_terminal():
    s = solve_ivp(
        moving, (0, 100), [1, 0], args=(0.3,), events=event(level, terminal=True),
        dense_output=True,
    )  # fmt: skip
    assert s.status == 1 and s.success and s.message == "A termination event occurred."
    assert s.t[-1] == s.t_events[0][0] == pytest.approx(math.acos(0.3), abs=1e-15)
    assert (s.y[:, -1] == s.y_events[0][0]).all() and s.sol.t_max == s.t[-1]
    s = solve_ivp(
        moving, (0, 100), [1, 0], args=(0.3,), t_eval=np.arange(100.0),
        events=event(level, terminal=np.True_),
    )  # fmt: skip
    assert (s.t == [0.0, 1.0]).all()


def test_terminal_after_some_times():
    s = solve_ivp(moving, (0, 100), [1, 0], args=(0.3,), events=event(level, terminal=5))
    assert s.t_events[0] == pytest.approx(crossings_of_cosine(0.3, 15.0)[:5], abs=1e-14)
    assert s.status == 1 and s.t[-1] == s.t_events[0][-1]


def test_events_of_one_moment():
    """Up to the one that stops, in the order in which they are given."""
    same = [level, event(lambda t, y, c: 2 * (y[0] - c), terminal=2), lambda t, y, c: y[0] - c]
    a, b, c = times(same, 100.0, fun=moving, args=(0.0,))
    assert len(a) == len(b) == 2 and len(c) == 1 and (a == b).all()


@pytest.mark.parametrize("terminal", [-1, 0.5, "yes"])
def test_attributes_that_cannot_be(terminal):
    with pytest.raises(ta.ArgumentValueError, match="terminal"):
        times(event(lambda t, y: y[0], terminal=terminal))


def test_other_attributes_that_cannot_be():
    with pytest.raises(ta.ArgumentTypeError, match="direction"):
        times(event(lambda t, y: y[0], direction=[]))
    with pytest.raises(ta.ArgumentTypeError, match="callback"):
        times(event(lambda t, y: y[0], callback=3))


# -- going on from an event ------------------------------------------------------------------


def test_restarts_from_events():
    crossing = event(level, terminal=True)
    t, y, found = 0.0, np.array([1.0, 0.0]), []
    for _ in range(12):
        s = solve_ivp(moving, (t, 100), y, args=(0.3,), events=crossing)
        t, y = s.t_events[0][0], s.y_events[0][0]
        found.append(t)
    assert found == pytest.approx(crossings_of_cosine(0.3, 100.0)[:12], abs=1e-13)


BOUNCES = np.cumsum(2 * 10 / 9.81 * 0.9 ** np.arange(20))


def test_a_bouncing_ball_by_restarts():
    ground = event(lambda t, y: y[0], terminal=True, direction=-1)
    t, y, found = 0.0, np.array([0.0, 10.0]), []
    for _ in range(20):
        s = solve_ivp(flight, (t, 100), y, events=ground)
        assert len(s.t_events[0]) == 1
        t, y = s.t_events[0][0], s.y_events[0][0] * [1, -0.9]
        found.append(t)
    assert found == pytest.approx(BOUNCES, abs=1e-13)


def test_a_bouncing_ball_by_a_callback():
    def bounce(t, y):
        return y[0], -0.9 * y[1]

    ground = event(lambda t, y: y[0], callback=bounce)
    s = solve_ivp(flight, (0, 17), [0.0, 10.0], events=ground, dense_output=True)
    assert s.status == 0 and s.t_events[0] == pytest.approx(BOUNCES[BOUNCES < 17], abs=1e-13)
    # each bounce twice, before and after
    assert s.t[1] == s.t[2] and s.y[1, 1:3] == pytest.approx([-10.0, 9.0], abs=1e-13)
    middle = 0.5 * (BOUNCES[0] + BOUNCES[1])
    assert s.sol(middle)[0] == pytest.approx(81 / 2 / 9.81, rel=1e-13)
    assert s.sol(s.t[1])[1] == pytest.approx(9.0)


def test_callbacks_are_told_everything_and_change_nothing():
    told = SimpleNamespace(a=[], b=[])

    def note(t, y, c):
        assert abs(y[0] - c) < 1e-14
        told.a.append(t)

    def note_too(t, y, c):
        told.b.append(t)

    watched = [event(level, callback=note), event(lambda t, y, c: 2 * (y[0] - c),
               callback=note_too, direction=1), level]  # fmt: skip
    a, b, c = times(watched, 20.0, fun=moving, args=(0.1,))
    exact = crossings_of_cosine(0.1, 20.0)
    assert a == pytest.approx(exact, abs=1e-13) and b == pytest.approx(exact[1::2], abs=1e-13)
    assert (np.array(told.a) == a).all() and (np.array(told.b) == b).all()
    assert c == pytest.approx(a, abs=1e-14)


def test_a_callback_with_a_state_of_another_size():
    with pytest.raises(ta.ShapeError, match="callback"):
        times(event(lambda t, y: y[0], callback=lambda t, y: [1.0]))


def test_more_events_than_there_was_memory_for():
    found = times([lambda t, y: y[0], lambda t, y: y[1]], 2000.0)
    assert found[0] == pytest.approx(PI / 2 + PI * np.arange(637), abs=1e-11)
    assert found[1] == pytest.approx(PI * np.arange(1, 637), abs=1e-11)
