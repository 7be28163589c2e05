"""The expression parser: what it reads, what it refuses, and that it is no way into Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

import taylorad as ta
from taylorad.cli.expression import parse
from taylorad.cli.functions import functions
from taylorad.cli.values import parse_values
from taylorad.errors import ParseError


def value(text: str, **variables: float) -> float:
    """The expression's value, by evaluating its steps."""
    program = parse(text, variables or None)
    table = {name: function for name, (function, _) in functions().items()}
    lifted = {name: np.float64(x) for name, x in variables.items()}
    with np.errstate(all="ignore"):
        return float(program.evaluate(lifted, np.float64, table))


READ = [
    ("1 + 2*3 - 4/8", 6.5),
    ("2**3**2", 512.0),
    ("-2**2", -4.0),
    ("2**-1", 0.5),
    ("--3", 3.0),
    ("+-+3", -3.0),
    ("(1 + 2) * (3 - 4)", -3.0),
    ("7 // 2 + 7 % 4", 6.0),
    ("1e3 + .5 + 2. + 1.5E-1", 1002.65),
    ("8 / 4 / 2", 1.0),
    ("5 - 3 - 1", 1.0),
    ("pi - tau/2", 0.0),
    ("exp(1) - e", 0.0),
    ("ln(e)", 1.0),
    ("cos(pi)", -1.0),
    ("1/0", math.inf),
    ("1 if 2 < 3 else 0", 1.0),
    ("1 if 2 >= 3 else 5 if 1 != 1 else 7", 7.0),
    ("-inf", -math.inf),
    ("9007199254740993", 9007199254740992.0),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_reads(text, expected):
    assert value(text) == pytest.approx(expected, rel=1e-15, abs=1e-15)


def test_the_sign_of_zero_is_kept():
    assert math.copysign(1, value("-0")) == -1


def test_variables_by_appearance_and_hiding_of_constants():
    assert parse("y*sin(x) + y").variables == ["y", "x"]
    assert value("e + 1", e=2.0) == 3.0


def test_equal_steps_are_kept_once():
    program = parse("sin(x*y) + sin(x*y)")
    assert [s[0] for s in program.steps].count("call") == 1


REFUSED = [
    ("2x", 1, "products need a *"),
    ("2(x)", 1, "products need a *"),
    ("x y", 2, "products need a *"),
    ("x^2", 1, "write **"),
    ("sni(x)", 0, "did you mean 'sin'"),
    ("sin(x", 5, "expected ')', found the end"),
    ("sin()", 0, "takes 1 argument, not 0"),
    ("sin(x, x)", 0, "takes 1 argument, not 2"),
    ("sin + x", 0, "sin is a function"),
    ("", 0, "found the end"),
    ("x +", 3, "found the end"),
    ("x < 1", 2, "a comparison belongs into a condition"),
    ("1 if x else 2", 7, "expected a comparison"),
    ("1 if x < 1 < 2 else 2", 11, "do not chain"),
    ("1 if x < 1", 10, "expected 'else'"),
    ("x; y", 1, "unexpected character ';'"),
    ("x.real", 1, "unexpected character '.'"),
    ("'a'", 0, "unexpected character"),
    ("x[0]", 1, "unexpected '['"),
    ("x = 1", 2, "unexpected '='"),
    ("__import__(x)", 0, "unknown function"),
    ("eval(x)", 0, "unknown function"),
    ("lambda: x", 6, "unexpected character ':'"),
    ("x)", 1, "unexpected ')'"),
    ("(" * 5000 + "x", 100, "levels of nesting"),
    ("2**" * 5000 + "x", None, "levels of nesting"),
    ("x²", 1, "unexpected character '²'"),
    ("x\u0660", 1, "unexpected character"),
]


@pytest.mark.parametrize(("text", "position", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refuses_with_the_place_marked(text, position, message):
    with pytest.raises(ParseError) as caught:
        parse(text)
    first, shown, caret = str(caught.value).split("\n")
    assert message in first
    if position is not None and position < 60:
        assert shown[2:] == text[: position + 60]
        assert caret.index("^") - 2 == position


def test_unknown_names_are_refused_where_values_are_given():
    with pytest.raises(ParseError, match="unknown name 'alhpa'; did you mean 'alpha'"):
        parse("alhpa + 1", ["alpha"])


def test_long_chains_do_not_recurse():
    assert value(" + ".join(["1"] * 20000)) == 20000


def test_the_text_that_is_compiled_holds_nothing_typed():
    program = parse("os*system**2 + max(os, 1, -2) if os < 3 else atan2(os, 1e400)")
    text = program.source(program.variables)
    assert "os" not in text.replace("f_", "") and "system" not in text
    assert "x[0]" in text and "x[1] ** 2" in text and "inf" in text


def test_compiled_and_evaluated_agree():
    text = "x**3 - 2*x**-2 + exp(-x)/y - sin(x*y) + (x if x < y else y)*0.5"
    program = parse(text)
    found = program.compiled(["x", "y"])(np.array([0.7, 1.3]))
    assert found == pytest.approx(value(text, x=0.7, y=1.3), rel=1e-15)


VALUES = [
    ("0.3,2", [0.3, 2], {}),
    ("x=0.3,y=2", [], {"x": 0.3, "y": 2}),
    ("[1,2,3]", [[1, 2, 3]], {}),
    ("x = [1, 2., 3], mu = 0.5", [], {"x": [1, 2.0, 3], "mu": 0.5}),
    ("-1, flag=True", [-1], {"flag": True}),
    ("[[1,2],[3,4]]", [[[1, 2], [3, 4]]], {}),
    ("pi/4", [math.pi / 4], {}),
    ("[]", [[]], {}),
    ("-inf, nan", [-math.inf, pytest.approx(math.nan, nan_ok=True)], {}),
]


@pytest.mark.parametrize(("text", "positional", "named"), VALUES)
def test_values(text, positional, named):
    assert parse_values(text) == (positional, named)


def test_integers_stay_integers_in_values():
    (whole, point), _ = parse_values("2, 2.0")
    assert type(whole) is int and type(point) is float


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x=1,x=2", "x has a value already"),
        ("x=1,2", "values without a name come first"),
        ("x=", "found the end"),
        ("x=1 y=2", "an operator is missing"),
        ("[1,2", "found the end"),
        ("x=y", "unknown name 'y'"),
        ("1,,2", "found ','"),
    ],
)
def test_values_refused(text, message):
    with pytest.raises(ParseError, match=message):
        parse_values(text)


def test_errors_belong_to_the_library():
    assert issubclass(ParseError, ta.errors.TayloradError)
