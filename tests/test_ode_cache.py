"""Native steps are kept on disk by their structure: found again, and never another's."""

from __future__ import annotations

import pytest
from projects import Place

STEP = """
import ctypes
import numpy as np
import taylorad as ta
from taylorad.ode.system import sensitive, system

def stepped(fun, y, args=(), order=12, **options):
    made = system(fun, 0.0, y, args, order=order, **options)
    call = ctypes.CFUNCTYPE(ctypes.c_double, *(ctypes.c_double,) * 2, *(ctypes.c_void_p,) * 6)
    y, low, floor, work = np.array(y), np.zeros(len(y)), np.full(len(y), 1e-9), made.scratch()
    par = np.array([*args, 0.0])
    at = [None if a is None else a.ctypes.data for a in (y, low, par, floor, None, work)]
    h = call(made.address)(0.0, 0.01, *at)
    return [h, *y.tolist()]

def pendulum(t, y, g):
    return [y[1], -g * np.sin(y[0]) + np.exp(-y[1] - t)]
"""
PENDULUM = "show(stepped(pendulum, [0.3, 0.1], (9.81,)))"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("steps"))
    (place.first,), compiled = place.run(STEP + PENDULUM)
    assert compiled == 1
    return place


def steps(place, code):
    """What the code shows, and how many native functions were compiled."""
    (shown,), compiled = place.run(STEP + code)
    return shown, compiled


def test_a_step_is_found_again(kept):
    assert steps(kept, PENDULUM) == (kept.first, 0)
    # other names and lines, the same operations
    other = """
def swing(time, state, gravity):
    angle, speed = state
    force = np.sin(angle) * gravity
    return speed, np.exp(-(time + speed)) - force

show(stepped(swing, [0.3, 0.1], (9.81,)))
"""
    assert steps(kept, other) == (kept.first, 0)


def test_parts_are_no_others(kept):
    """A process that has compiled other steps, with functions of the same names, loads one."""
    code = """
def decay(t, y, rate):
    return -rate * np.exp(y) * np.sin(y)

show([stepped(decay, [0.5], (2.0,)), stepped(pendulum, [0.3, 0.1], (9.81,))])
"""
    (decay, pendulum), compiled = steps(kept, code)
    assert compiled == 1 and pendulum == kept.first
    assert steps(kept, code) == ([decay, pendulum], 0)


@pytest.mark.parametrize(
    "changed",
    [
        "order=13",
        "componentwise=True",
        "widest=2",
        "events=[lambda t, y, g: y[0]]",
        "backend='table'",
    ],
)
def test_what_decides_the_code_is_seen(kept, changed):
    code = f"show(stepped(pendulum, [0.3, 0.1], (9.81,), {changed})[:1])"
    expected = 2 if "table" in changed else 1  # the kernels, and the loop over them
    assert steps(kept, code)[1] == expected
    assert steps(kept, code)[1] == 0


def test_numbers_of_the_program_are_seen(kept):
    code = "show(stepped(lambda t, y: [-3.0 * y[0] * y[0]], [0.3]))"
    first, compiled = steps(kept, code)
    other, again = steps(kept, code.replace("3.0", "4.0"))
    assert (compiled, again) == (1, 1) and first != other
    assert steps(kept, code) == (first, 0)


def test_lifts_and_batches(kept):
    code = """
sensitive(pendulum, 0.0, [0.3, 0.1], (9.81,), order=12, first=("y0", "args"), degree=2)
system(pendulum, 0.0, [0.3, 0.1], (9.81,), order=12, backend="batch")
show(1)
"""
    assert steps(kept, code) == (1, 4)  # the step with what is watched, two lifts, the batch
    assert steps(kept, code) == (1, 0)


PRIMITIVE = """
{before}
def twice(x):
    return {factor} * x

ta.primitive("twice", [twice], rule=ta.primitives.Recurrence(
    formula=lambda k, c, a: {factor} * a[k], outputs=(twice,)), domain=[(-1.0, 1.0)])
show(stepped(lambda t, y: [twice(y[0]) * y[0]], [0.3]))
"""


def test_a_users_primitive_is_seen(kept):
    code = PRIMITIVE.replace("{before}", "FACTOR = 2.0").replace("{factor}", "FACTOR")
    first, compiled = steps(kept, code)
    assert compiled == 1
    assert steps(kept, code) == (first, 0)
    other, compiled = steps(kept, code.replace("FACTOR = 2.0", "FACTOR = 3.0"))
    assert compiled == 1 and other != first
    assert steps(kept, code) == (first, 0)


def test_what_cannot_be_told_is_not_kept(kept):
    before = "class Factor:\n    two = 2.0\nFACTOR = Factor()"
    code = PRIMITIVE.replace("{before}", before).replace("{factor}", "FACTOR.two")
    code = code.replace("outputs=(twice,)", "outputs=(lambda x: 2.0 * x,)")
    first, compiled = steps(kept, code)
    assert compiled == 1 and "step is not kept on disk" in kept.messages
    other, compiled = steps(kept, code.replace("two = 2.0", "two = 2.5"))
    assert compiled == 1 and other != first


def test_equal_structures_share_a_step():
    from taylorad.ode.system import system

    def made(rate):
        return system(lambda t, y, a: [a * y[0] * y[0] * rate], 0.0, [1.0], (2.0,), order=8)

    assert made(3.0).address == made(3.0).address != made(4.0).address
