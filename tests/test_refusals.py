"""What cannot be done is refused: by the library's errors, with the place and the way out."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from numba import njit, types, vectorize
from numba.core.errors import NumbaError
from numba.typed import Dict, List

import taylorad as ta

X = np.array([0.5, 2.0])
SETTINGS = {"scale": 2.0}


@njit
def square(x):
    return x * x


# Each function has its unsupported line marked.


@njit
def singular_values(x):
    y = 2 * x
    return np.linalg.svd(np.ones((2, 2)) * y)[1]  # here


@njit
def through_a_callee(x):
    return singular_values(x)[0] + 1


def transform(x):
    return np.fft.fft(x)[0]  # here


def index(x):
    table = np.ones(3)
    return table[x] * x  # here


def bound(x):
    total = 0.0
    for _ in range(x):  # here
        total += x
    return total


def method(x):
    return x.tolist()  # here


def text_method(x):
    return x * len("a".nothing())  # here


def global_state(x):
    return SETTINGS["scale"] * x  # here


def two_types(x):
    y = 0
    if x[0] > 5:
        y = x
    return y  # here


def as_text(x):
    return x * len(str(x))  # here


@vectorize
def elementwise(x):
    return x * x


def through_a_ufunc(x):
    return elementwise(x) + np.sin(x)


def test_what_numba_refuses_in_other_ways():
    try:
        value = ta.derivative(through_a_ufunc)(1.5)
    except ta.UnsupportedError as error:
        assert "through_a_ufunc" in str(error)
    else:
        assert value == pytest.approx(3.0 + np.cos(1.5))


def plain_list(x):
    values = List.empty_list(types.float64)
    values.append(x)  # here
    return values[0]


def plain_dict(x):
    values = Dict.empty(types.int64, types.float64)
    values[1] = x  # here
    return values[1]


TABLE = np.zeros(2)


def global_array(x):
    TABLE[0] = x  # here
    return TABLE[0]


def undefined(x):
    return x * no_such_name  # noqa: F821


def two_results(x):
    return 0 if x[0] > 5 else x  # here


def workspace(x, w):
    w[0] = x  # here
    return w[0]


PLACES = [
    (ta.derivative, singular_values, (1.0,), "svd"),
    (ta.derivative, through_a_callee, (1.0,), "svd"),
    (ta.jvp, transform, (X, X), r"numpy\.fft\.fft"),
    (ta.derivative, index, (1.0,), "an index"),
    (ta.derivative, bound, (1.0,), "bound of a loop"),
    (ta.derivative, method, (1.0,), "tolist"),
    (ta.derivative, text_method, (1.0,), "nothing"),
    (ta.derivative, global_state, (1.0,), "SETTINGS"),
    (ta.jvp, two_types, (X, X), "'y' holds"),
    (ta.derivative, as_text, (1.0,), "made a string"),
    (ta.derivative, plain_list, (1.0,), "container of plain numbers"),
    (ta.derivative, plain_dict, (1.0,), "container of plain numbers"),
    (ta.derivative, global_array, (1.0,), "a global array is constant"),
    (ta.jvp, two_results, (X, X), "on one path|different paths"),
    (ta.derivative, workspace, (1.0, X), "'w'"),
]


def marked_line(f):
    """The file and number of the line marked in a function or in what it calls."""
    f = singular_values if f is through_a_callee else f
    lines, first = inspect.getsourcelines(getattr(f, "py_func", f))
    offset = next(i for i, line in enumerate(lines) if line.endswith("# here\n"))
    return first + offset, lines[offset].strip()


@pytest.mark.parametrize(
    ("transform_", "f", "args", "construct"), PLACES, ids=[p[1].__name__ for p in PLACES]
)
def test_constructs_are_named_with_their_line(transform_, f, args, construct):
    with pytest.raises(ta.UnsupportedError) as caught:
        transform_(f)(*args)
    message = str(caught.value)
    line, text = marked_line(f)
    assert re.search(construct, message)
    assert f.__name__ in message
    assert f'File "{__file__}", line {line}' in message
    assert text in message or f is workspace
    assert "nopython" not in message and "Jet(" not in message and "<taylorad" not in message
    if f not in (workspace, as_text):
        assert isinstance(caught.value.__cause__, NumbaError)


def test_refusals_inside_compiled_callers():
    d = ta.derivative(singular_values)

    @njit
    def f(x):
        return d(x)

    with pytest.raises(ta.UnsupportedError, match="svd"):
        f(1.0)


def test_names_that_are_not_defined():
    with pytest.raises(ta.UnsupportedError, match=r"undefined .*'no_such_name' is not defined"):
        ta.derivative(undefined)(1.0)


def test_nothing_is_corrupt_afterwards():
    @njit
    def f(x, spectrum):
        if spectrum is None:
            return x * x
        return np.linalg.svd(np.ones((2, 2)) * x)[1][0]

    with pytest.raises(ta.UnsupportedError):
        ta.derivative(f)(3.0, 1.0)
    assert ta.derivative(f)(3.0, None) == 6.0
    with pytest.raises(ta.UnsupportedError):
        ta.derivative(f)(3.0, 1.0)
    assert ta.derivative(f, 2)(3.0, None) == 2.0
    assert f(3.0, None) == 9.0


ARGUMENTS = [
    (lambda: ta.jacobian(square)([1.0, 2.0]), "np.array", "'x' is a list"),
    (lambda: ta.jvp(square)(X, [1.0, 2.0]), "np.array", "'v' is a list"),
    (lambda: ta.derivative(square)(1), r"float\(x\)", "integer"),
    (lambda: ta.derivative(square)(True), r"float\(x\)", "integer"),
    (lambda: ta.jacobian(square)(np.arange(3)), r"x.astype\(float\)", "integer"),
    (lambda: ta.jacobian(lambda p: p[0])((1.0, 2)), "pass floats", "integer"),
    (lambda: ta.taylor(square, 2)(X), "ta.directional", "must be a number"),
    (lambda: ta.derivative(square)(X), "ta.directional", "must be a number"),
    (lambda: ta.derivative(square)("text"), "pass a float", "unicode"),
    (lambda: ta.derivative(square)(None), "pass a float", "none"),
    (lambda: ta.derivative(square)(object()), "pass a float", "type"),
    (lambda: ta.taylor(square, 1.5), "int", "order must be"),
    (lambda: ta.derivative(square, "2"), "int", "n must be"),
    (lambda: ta.taylor(square, True), "int", "order must be"),
    (lambda: ta.partial(square, 1.0), "int", "index"),
    (lambda: ta.partial(square, (1, None)), "int", "index"),
    (lambda: ta.taylor(square, 2, argnums=(0,)), "an int", "argnums"),
    (lambda: ta.jacobian(square, argnums="x"), "int", "argnums"),
    (lambda: ta.derivative(3), "@njit function", "int"),
    (lambda: ta.derivative("abc".upper), "write a function", "method"),
    (lambda: ta.derivative(np.sin), "write a function", "ufunc"),
    (lambda: ta.derivative(lambda x, *, y: x), "positional", "y"),
    (lambda: ta.jet(square, 2)(1.0), "series", "number"),
    (lambda: ta.derivative(lambda x: None)(1.0), "numbers, arrays", "returns none"),
    (lambda: ta.derivative(lambda x: "text")(1.0), "numbers, arrays", "returns unicode"),
    (lambda: ta.jacobian(lambda x: [x[0], x[1]])(X), "numbers, arrays", "returns list"),
]


@pytest.mark.parametrize(("call", "way_out", "fault"), ARGUMENTS, ids=[a[2] for a in ARGUMENTS])
def test_arguments_of_the_wrong_type(call, way_out, fault):
    with pytest.raises(ta.ArgumentTypeError, match=way_out) as caught:
        call()
    message = str(caught.value)
    assert re.search(fault, message)
    assert message.count("<lambda>") <= 1


VALUES = [
    (lambda: ta.taylor(square, -1), "at least 0"),
    (lambda: ta.derivatives(square, -2), "at least 0"),
    (lambda: ta.partial(square, (1, -1)), "at least 0"),
    (lambda: ta.partial(square, ()), "entry for each input"),
    (lambda: ta.jacobian(square, argnums=1), "does not fit square"),
    (lambda: ta.jacobian(square, argnums=-2), "does not fit square"),
    (lambda: ta.jacobian(square, argnums=(0, 0)), "does not fit square"),
    (lambda: ta.jacobian(square, argnums=()), "does not fit square"),
    (lambda: ta.jacobian(lambda x, *rest: x, argnums=1), "name an argument of \\*rest"),
    (lambda: ta.jacobian(square, mode="backward"), "mode must be"),
]


@pytest.mark.parametrize(("call", "fault"), VALUES)
def test_arguments_of_the_wrong_value(call, fault):
    with pytest.raises(ta.ArgumentValueError, match=fault):
        call()


SHAPES = [
    lambda: ta.jvp(square)(X, np.ones(3)),
    lambda: ta.jvp(square)(X, 1.0),
    lambda: ta.jvp(square)(X, np.ones((2, 2))),
    lambda: ta.directional(square, 2)(1.0, X),
    lambda: ta.directional(lambda x, y: x * y, 2, argnums=(0, 1))(1.0, 2.0, (1.0,)),
    lambda: ta.jet(square, 2)(np.ones(2)),
    lambda: ta.jet(square, 2)(np.ones((4, 5))),
    lambda: ta.partial(square, (1, 2))(1.0),
    lambda: ta.partial(square, (1, 2, 0))(X),
]


@pytest.mark.parametrize("call", SHAPES)
def test_shapes_that_do_not_fit(call):
    with pytest.raises(ta.ShapeError):
        call()


def test_what_has_no_adjoint_is_refused_in_reverse_mode_alone():
    scope = {}
    exec("def f(x): return x[0] * x[1]", scope)  # there is no source to read
    f, x = scope["f"], np.array([1.0, 2.0])
    with pytest.raises(ta.UnsupportedError, match="forward mode"):
        ta.jacobian(f, mode="reverse")(x)
    np.testing.assert_array_equal(ta.jacobian(f)(x), [2.0, 1.0])


def test_one_hierarchy():
    for kind, built_in in [
        (ta.UnsupportedError, NotImplementedError),
        (ta.ArgumentTypeError, TypeError),
        (ta.ArgumentValueError, ValueError),
        (ta.ShapeError, ValueError),
    ]:
        assert issubclass(kind, ta.TayloradError) and issubclass(kind, built_in)
