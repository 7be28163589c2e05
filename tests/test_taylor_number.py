"""The Taylor number at the Python level: arithmetic, functions, conversions, text."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest

import taylorad as ta
from taylorad import Taylor, variable
from taylorad.primitives.interpret import interpret
from taylorad.primitives.registry import Discrete, registered

FUNCTIONS = [
    (declared, function)
    for declared in registered()
    for function in declared.functions
    if not isinstance(function, np.ufunc)
    and getattr(function, "__module__", "") in ("numpy", "taylorad.primitives.functions")
]
UFUNCS = [
    (declared, ufunc)
    for declared in registered()
    for ufunc in declared.functions
    if isinstance(ufunc, np.ufunc) and ufunc.nin == declared.arity
]


def inside(declared, shift=0.37):
    """Points of a primitive's domain, away from its ends."""
    return [low + (high - low) * (shift + 0.1 * i) for i, (low, high) in enumerate(declared.domain)]


# -- construction ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([1, 2], [1.0, 2.0]),
        (np.array([1, 2], np.float32), [1.0, 2.0]),
        ((True, 0.5), [1.0, 0.5]),
        (2, [2.0]),
        ([Fraction(1, 4), 10**30], [0.25, 1e30]),
        ([1, 2j], [1, 2j]),
        (np.arange(6.0)[::2], [0.0, 2.0, 4.0]),
        (Taylor([1.0, 3.0]), [1.0, 3.0]),
    ],
)
def test_coefficients(given, kept):
    number = Taylor(given)
    expected = np.array(kept)
    assert number.coefficients.dtype == expected.dtype
    assert number.coefficients.flags.c_contiguous
    np.testing.assert_array_equal(number.coefficients, expected)
    assert number.order == len(kept) - 1 == len(number) - 1
    assert number.value == kept[0]
    assert list(number) == kept
    assert number[-1] == kept[-1]


def test_coefficients_are_a_copy_that_does_not_change():
    array = np.array([1.0, 2.0])
    number = Taylor(array)
    array[0] = 5.0
    assert number.value == 1.0
    with pytest.raises(ValueError, match="read-only"):
        number.coefficients[0] = 3.0
    with pytest.raises(ValueError, match="read-only"):
        (number + 1).coefficients[0] = 3.0
    with pytest.raises(AttributeError, match="do not change"):
        number.order = 3
    with pytest.raises(IndexError):
        number[2]


@pytest.mark.parametrize("bad", ["1", ["a"], None, [None], {}, [1.0, variable(0.0, 2)]])
def test_refuses_what_is_no_number(bad):
    with pytest.raises(ta.ArgumentTypeError):
        Taylor(bad)


@pytest.mark.parametrize("bad", [[], [[1.0]], np.zeros((2, 2))])
def test_refuses_shapes(bad):
    with pytest.raises(ta.ShapeError):
        Taylor(bad)


def test_variable():
    assert variable(2, 3).equals(Taylor([2.0, 1.0, 0.0, 0.0]))
    assert variable(1j, 1).equals(Taylor([1j, 1.0]))
    assert variable(2.0, 0).equals(Taylor(2.0))
    with pytest.raises(ta.ArgumentValueError, match="order"):
        variable(1.0, -1)
    with pytest.raises(ta.ArgumentTypeError, match="order"):
        variable(1.0, 2.0)
    with pytest.raises(ta.ShapeError):
        variable([1.0, 2.0], 2)
    with pytest.raises(ta.ArgumentTypeError):
        variable("x", 2)


# -- functions of the registry -----------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "ufunc"), UFUNCS + FUNCTIONS, ids=lambda x: getattr(x, "__name__", "")
)
def test_functions_follow_the_registry(declared, ufunc):
    """The rules on arrays give what the rules give number by number."""
    series = [[x, 0.5, -0.25, 0.125, 0.3] for x in inside(declared)]
    result = ufunc(*map(Taylor, series))
    expected = np.array(interpret(declared, 4, *series, function=ufunc), float)
    if isinstance(declared.rule("x" * declared.arity), Discrete):
        assert result == expected[0]
        assert not isinstance(result, Taylor)
        return
    assert result.order == 4
    assert result.value == ufunc(*(c[0] for c in series))
    np.testing.assert_allclose(result.coefficients, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("declared", "ufunc"),
    [x for x in UFUNCS if x[0].arity == 1 and any("O" in kind for kind in x[1].types)],
    ids=lambda x: "",
)
def test_functions_of_object_arrays(declared, ufunc):
    number = Taylor([inside(declared)[0], 1.0, 0.5])
    (result,) = ufunc(np.array([number]))
    if isinstance(result, Taylor):
        assert result.equals(ufunc(number))
    else:
        assert result == ufunc(number.value)


def test_parts_of_complex_numbers():
    """They are those of a function of a real variable."""
    x = variable(0.3, 5)
    z = np.exp((0.5 + 2j) * x)
    size = np.exp(0.5 * x)
    for found, expected in [
        (abs(z), size),
        (np.real(z), size * np.cos(2 * x)),
        (np.imag(z), size * np.sin(2 * x)),
        (np.angle(z), 2 * x),
        (z * z.conjugate(), size * size),
    ]:
        np.testing.assert_allclose(found[:], expected[:], rtol=1e-13, atol=1e-15)
    assert abs(z).coefficients.dtype == np.angle(z).coefficients.dtype == np.float64
    with pytest.raises(ta.ArgumentTypeError, match="complex"):
        np.floor(z)


def test_clip_and_where():
    x = variable(0.5, 2)
    assert np.clip(x, 0.0, 1.0).equals(x)
    assert np.clip(x, None, 0.2).equals(Taylor([0.2, 0.0, 0.0]))
    assert np.where(x > 0, x, -x)[()].equals(x)


def test_known_coefficients():
    x = variable(0.5, 16)
    c = np.exp(np.sin(x)) / (1 + x * x)
    expected = {4: 0.27427688102482305, 8: -0.36371201173241204, 16: 0.13679538545883284}
    for k, value in expected.items():
        assert c[k] == pytest.approx(value, rel=1e-13)


def test_high_order():
    geometric = 1 / (1 - variable(0.0, 200))
    assert (geometric * geometric).equals(Taylor(np.arange(1.0, 202.0)))


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])
def test_operators_with_numbers(name):
    """Each operator takes numbers on either side, and agrees on values and slopes."""
    function = getattr(operator, name)
    x, step = variable(1.7, 2), 1e-6
    for other in (2, 0.6, np.float64(0.6), Fraction(1, 2), np.array(0.6)):
        plain = float(other)
        pairs = [
            (function(x, other), [function(1.7 + h, plain) for h in (0, step, -step)]),
            (function(other, x), [function(plain, 1.7 + h) for h in (0, step, -step)]),
        ]
        for number, (value, after, before) in pairs:
            number = number if isinstance(number, Taylor) else [number, 0.0]
            assert number[0] == pytest.approx(value, rel=1e-15)
            assert number[1] == pytest.approx((after - before) / (2 * step), rel=1e-8, abs=1e-8)


def test_orders_meet_at_the_smaller():
    long, short = variable(0.3, 7), variable(0.3, 2)
    for result in (long * short, short + long, long / short):
        assert result.order == 2
    assert (long * 2).order == 7
    assert (long + Taylor(1.0)).order == 0


def test_complex():
    z = variable(0.3 + 0.4j, 5)
    w = np.exp(z) * 2
    np.testing.assert_allclose(w.derivatives(), np.full(6, 2 * np.exp(0.3 + 0.4j)), rtol=1e-14)
    assert (variable(0.3, 2) * 1j).coefficients.dtype == np.complex128
    assert w.real.equals(Taylor(w.coefficients.real))
    assert w.imag.equals(Taylor(w.coefficients.imag))
    assert w.conjugate().equals(Taylor(w.coefficients.conj()))


def test_special_values_come_without_warnings():
    x = variable(0.0, 2)
    assert np.isnan(Taylor([np.nan, 1.0]) * x)
    assert (1 / x).value == np.inf
    assert np.log(x).value == -np.inf
    assert np.isinf(np.log(x)) and not np.isfinite(np.log(x))


# -- comparison, conversion, copies ----------------------------------------------------


def test_comparisons_look_at_the_value():
    x, y = variable(2.0, 3), Taylor([2.0, 5.0])
    assert x == y and x == 2 and x >= y and x <= 2.0 and not x < y
    assert 1 < x < 3 and x > 1
    assert not operator.ne(x, y)
    assert not x.equals(y) and x.equals(variable(2.0, 3)) and not x.equals(2.0)
    assert Taylor([np.nan]).equals(Taylor([np.nan]))
    assert not Taylor([1.0]).equals(Taylor([1.0 + 0j]))
    assert x.__eq__("2") is NotImplemented and x != "2"
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    assert max(variable(1.0, 1), x) is x
    assert bool(x) and not variable(0.0, 3)
    np.testing.assert_array_equal(np.array([1.0, 3.0]) < x, [True, False])


def test_plain_numbers_come_out_only_where_nothing_is_lost():
    x = variable(2.7, 2)
    for convert in (float, math.sin, complex, lambda x: np.asarray(x, float)):
        with pytest.raises(ta.ArgumentTypeError, match=r"np\.sin"):
            convert(x)
    assert float(Taylor(2.5)) == 2.5 and complex(Taylor(1j)) == 1j
    assert (int(x), math.floor(x), math.ceil(x), math.trunc(x), round(x)) == (2, 2, 3, 2, 3)
    assert round(variable(2.345, 1), 1) == 2.3
    with pytest.raises(ta.ArgumentTypeError, match="cannot hold Taylor numbers"):
        array = np.zeros(2)
        array += x


def test_unknown_functions_are_refused():
    x = variable(0.5, 2)
    for call in (np.frexp, np.sort, np.gcd.reduce, np.add.reduce, np.unique):
        with pytest.raises(ta.ArgumentTypeError, match="Taylor"):
            call(x)
    for other in ("a", None, [1.0]):
        with pytest.raises(TypeError, match="unsupported operand"):
            x + other
    with pytest.raises(AttributeError, match="no attribute"):
        _ = x.nothing


@pytest.mark.parametrize("number", [variable(0.3, 4), Taylor([1j, np.nan]), Taylor(2.0)])
def test_copies(number):
    assert pickle.loads(pickle.dumps(number)).equals(number)
    assert copy.copy(number) is number and copy.deepcopy(number) is number


# -- arrays of Taylor numbers ----------------------------------------------------------


def test_arrays_work_elementwise():
    x = variable(0.5, 3)
    a = np.array([x, x * x])
    assert a.shape == (2,) and a.dtype == object
    assert np.array([[x, 1.0], [2.0, x]]).shape == (2, 2)
    assert np.asarray(x).shape == ()
    for product in (a * x, x * a):
        assert product[1].equals(x * x * x)
    assert (np.array([1.0, 2.0]) * x)[1].equals(2 * x)
    assert np.sum(a).equals(x + x * x)
    assert np.dot(a, [1.0, 2.0]).equals(x + 2 * (x * x))
    assert np.stack([x, x]).shape == (2,)
    a += x
    assert a[0].equals(2 * x)


# -- text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coefficients", "text"),
    [
        ([1, 2, -0.5], "1 + 2 t - 0.5 t² + O(t³)"),
        ([0, 1, -1], "t - t² + O(t³)"),
        ([0, -1], "-t + O(t²)"),
        ([0.0, -0.0], "0 + O(t²)"),
        ([3], "3 + O(t)"),
        ([1 / 3, 0, 1e-20], "0.33333333 + 1e-20 t² + O(t³)"),
        ([np.nan, np.inf, -np.inf], "nan + inf t - inf t² + O(t³)"),
        ([1 + 2j, 1j], "(1 + 2j) + (0 + 1j) t + O(t²)"),
        ([0] * 12 + [2], "2 t¹² + O(t¹³)"),
    ],
)
def test_str(coefficients, text):
    assert str(Taylor(coefficients)) == text


def test_long_polynomials_are_cut():
    text = str(Taylor(np.ones(200)))
    assert "…" in text and text.endswith("+ O(t²⁰⁰)") and len(text) < 120


@pytest.mark.parametrize("coefficients", [[0.1, 1e300, -0.0], [1j, 2.0], [1.0]])
def test_repr_is_its_constructor(coefficients):
    number = Taylor(coefficients)
    assert eval(repr(number), {"Taylor": Taylor}).equals(number)


def test_formats():
    x = Taylor([1.5, -1.0, 2.5e-8])
    assert f"{x:.1e}" == "1.5e+00 - t + 2.5e-08 t² + O(t³)"
    assert x._repr_latex_() == (
        r"$1.5 - t + 2.5 \times 10^{-8}\, t^{2} + \mathcal{O}\left(t^{3}\right)$"
    )
    assert x._repr_html_() == (
        "<span>1.5 − <i>t</i> + 2.5×10<sup>-8</sup>&nbsp;<i>t</i><sup>2</sup>"
        " + <i>O</i>(<i>t</i><sup>3</sup>)</span>"
    )
    with np.printoptions(precision=3):
        assert str(Taylor([np.pi])) == "3.14 + O(t)"
