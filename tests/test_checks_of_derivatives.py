"""The checks that users run: they pass what is right, and find and name what is not."""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from time import monotonic
from typing import NamedTuple, get_args

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from numba import njit

import taylorad as ta
from taylorad.graph.formulas import formulas
from taylorad.graph.node import Node
from taylorad.primitives import registry
from taylorad.primitives.functions import digamma, lgamma_coefficient, sinc_coefficient
from taylorad.primitives.registry import (
    Composed,
    Discrete,
    Formula,
    Linear,
    Piecewise,
    Power,
    Quotient,
    Recurrence,
    Slopes,
)
from taylorad.symbolic.limits import OutOfTime, within
from taylorad.testing import strategies
from taylorad.testing.blame import faults

pytest_plugins = ["pytester"]


# -- planted faults --------------------------------------------------------------------------


def wrong(rule):
    """A rule of the same kind that is wrong by a factor from the first coefficient on."""

    def scaled(k, *series):
        found = rule.formula(k, *series)
        if not isinstance(found, tuple):
            return 1.5 * found
        return tuple(1.5 * c if i == rule.result else c for i, c in enumerate(found))

    match rule:
        case Linear():
            return Piecewise(lambda *a: 1.5 * rule.formula(*a), rule.constants)
        case Recurrence():
            return replace(rule, formula=scaled)
        case Slopes():
            return Slopes(tuple(_scaled(s) for s in rule.slopes))
        case Quotient():
            return Quotient(_scaled(rule.divisor))
        case Composed():
            return Composed(_scaled(rule.coefficient))
        case Formula():
            return replace(rule, formula=_scaled(rule.formula))
        case Power():
            return replace(
                rule, general=wrong(rule.general), varying=wrong(rule.varying),
                constant=wrong(rule.constant),
            )  # fmt: skip


def _scaled(function):
    if function in (lgamma_coefficient, sinc_coefficient):
        return lambda n, x: 1.5 * function(n, x)
    return lambda *operands: 1.5 * function(*operands)


@contextmanager
def planted(rules=(), partials=()):
    """Primitives whose rules, or partial derivatives, are wrong for a while."""
    ta.cache.disable()  # what is compiled now must be in no other process
    before = []
    try:
        for name in rules:
            p = registry.named(name)
            before.append((p, dict(p.rules), p.partials))
            p.rules.update({k: wrong(r) for k, r in p.rules.items() if "z" not in k})
        for name in partials:
            p = registry.named(name)
            before.append((p, dict(p.rules), p.partials))
            object.__setattr__(p, "partials", tuple(map(_scaled, p.partials)))
        yield
    finally:
        for p, old, slopes in reversed(before):
            p.rules.clear()
            p.rules.update(old)
            object.__setattr__(p, "partials", slopes)
        ta.cache.enable()


SMOOTH = [
    p
    for p in registry.registered()
    if p.partials and p.name in formulas()
    and not isinstance(p.rule("x" * p.arity), Discrete)
    and p.name not in ("real", "imag", "conjugate", "nextafter", "lgamma_coefficient")
]  # fmt: skip


def graph_of(primitive):
    """A graph of one operation, in the middle of its domain."""
    point = [lo + (0.61 + 0.1 * k) * (hi - lo) for k, (lo, hi) in enumerate(primitive.domain)]

    def one(a):
        return a

    graph = ta.trace(one, 1.0)
    inputs = [Node(None, (), x, f"a{k}", number=k) for k, x in enumerate(point)]
    value = float(primitive.value(*point))
    node = Node(primitive.value, tuple(inputs), value, "", ("<file>", 7), (), len(inputs))
    graph.inputs, graph.nodes, graph.result = inputs, [*inputs, node], node
    return graph


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda p: p.name)
def test_no_rule_is_blamed_without_fault(primitive):
    assert faults(graph_of(primitive), 3) == []


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda p: p.name)
def test_every_rule_at_fault_is_named(primitive):
    with planted(rules=[primitive.name]):
        (fault,) = faults(graph_of(primitive), 3)
    assert fault.primitive == primitive.name and fault.line == ("<file>", 7)
    assert "coefficient" in fault.rule and "its formula gives" in str(fault)


@pytest.mark.parametrize("primitive", SMOOTH, ids=lambda p: p.name)
def test_every_partial_derivative_at_fault_is_named(primitive):
    with planted(partials=[primitive.name]):
        (fault,) = faults(graph_of(primitive), 1)
    assert fault.primitive == primitive.name and "partial derivative" in fault.rule


def test_every_family_and_every_kind_of_rule_is_among_them():
    """Of kinds, all that have derivatives; of families, all files of rules."""
    kinds = {type(p.rule("x" * p.arity)) for p in SMOOTH}
    assert kinds == set(get_args(registry.Rule)) - {Discrete} | {Piecewise}
    files = {getattr(f, "__module__", "") for p in SMOOTH for f in p.partials}
    files = {f.rpartition(".")[2] for f in files if f.startswith("taylorad.primitives")}
    assert files >= {
        "arithmetic", "exponential", "hyperbolic", "nonsmooth", "powers", "special",
        "trigonometric",
    }  # fmt: skip


def test_limits_of_time_hold():
    def endless():
        while True:
            pass

    with pytest.raises(OutOfTime):
        within(0.05, endless)
    assert within(5.0, lambda: 3) == 3

    def long(x):
        for _ in range(5):
            x = math.sin(x) * x + x / (1 + x)
        return x

    start = monotonic()
    with pytest.raises(ta.ArgumentValueError, match=r"more than 0\.5 seconds"):
        ta.testing.check_symbolic(long, 0.5, order=6, seconds=0.5)
    with pytest.raises(ta.ArgumentValueError, match=r"more than 0\.5 seconds"):
        ta.symbolic.latex(long, 0.5, order=8, seconds=0.5)
    assert monotonic() - start < 60.0


def test_edges_give_no_alarms():
    """What is right beside a kink, on one, where a branch turns, and next to a singularity."""

    def edges(x):
        y = abs(x[0] - 0.50001) + math.floor(3.0 * x[1]) * x[1]
        return y * y if x[2] > 1.0 else 2.0 * y + x[2] * math.sqrt(x[3])

    on, beside = [0.50001, 1 / 3, 2.0, 1.0], [0.5, 0.33334, 1.000001, 1e250]
    for point in ([0.5, 0.3, 1.0, 1e-9], on, beside):
        assert ta.testing.check_derivatives(edges, np.array(point)).passed
    with pytest.raises(ta.ArgumentValueError, match="nothing to compare"):
        ta.testing.check_derivatives(edges, np.array([0.5, 0.3, 0.5, -1.0]))


def test_arguments_that_are_not_differentiated():
    data, x = np.linspace(0.0, 1.0, 60), np.array([0.4, -0.3])

    def loss(w, data):
        data[0] += 1.0  # a fresh copy each time
        return np.sum(np.tanh(w[0] + w[1] * data) ** 2)

    found = ta.testing.check_derivatives(loss, x, data, argnums=0)
    assert [r.direction for r in found.rows[::2]][:2] == ["w[0]", "w[1]"] and data[0] == 0.0
    options = {"order": 2, "random": 0, "hard": False, "argnums": 0}
    assert ta.testing.check_symbolic(loss, x, data[:4], points=[(x, data[4:8])], **options).passed
    with pytest.raises(ta.ArgumentValueError, match="no argument 2 among 2"):
        ta.testing.check_derivatives(loss, x, data, argnums=2)
    with pytest.raises(ta.ArgumentValueError, match="'backward' is none of forward"):
        ta.testing.check_symbolic(loss, x, data, modes=["backward"])


#: One operation of each family of primitives and of each kind of rule.
FAMILIES = {
    "add": Linear, "subtract": Linear,
    "multiply": Recurrence, "divide": Recurrence, "exp": Recurrence, "log": Quotient,
    "tanh": Recurrence, "sin": Recurrence, "sinc": Composed, "power": Power,
    "absolute": Piecewise, "lgamma": Slopes, "digamma": Formula, "erf": Recurrence,
}  # fmt: skip


def of_each_family(x):
    a, b = x[0], x[1]
    y = np.empty(14)
    y[0] = a * b
    y[1] = a / b
    y[2] = math.exp(a)
    y[3] = math.log(b)
    y[4] = math.tanh(a)
    y[5] = math.sin(b)
    y[6] = np.sinc(a)
    y[7] = b**2.5
    y[8] = abs(a)
    y[9] = math.lgamma(b)
    y[10] = digamma(b)
    y[11] = math.erf(a)
    y[12] = a + b
    y[13] = a - b
    return y


def test_a_fault_in_each_family_is_caught_and_named():
    for name, kind in FAMILIES.items():
        p = registry.named(name)
        assert isinstance(p.rule("x" * p.arity), kind)
    x = np.array([0.4, 1.7])
    with planted(rules=FAMILIES, partials=["cos"]), pytest.raises(ta.DerivativeError) as caught:
        ta.testing.check_symbolic(of_each_family, x, order=2, random=1, hard=False)
    report = caught.value.report
    assert {f.primitive for f in report.faults} == set(FAMILIES)
    wrong_outputs = {r.output for r in report.wrong if r.mode == "forward"}
    assert wrong_outputs == set(range(14))
    text = str(caught.value)
    assert "WRONG" in text
    for name in FAMILIES:
        assert f"the rule of {name}(" in text
    assert "sin(1.7) (line" in text


@njit
def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


def test_a_user_s_wrong_rule_is_named():
    """Without a formula, by differences of the primitive's value."""
    p = registry.primitive(
        "logistic of these tests", (logistic,),
        partials=(lambda x: logistic(x) * (1.0 - logistic(x)),),
    )  # fmt: skip
    right = p.partials
    graph = ta.trace(lambda x: logistic(x) * x, 0.4)
    assert faults(graph, 3) == []
    with planted(partials=[p.name]):
        (fault,) = faults(graph, 3)
    assert "partial derivative 0" in str(fault) and "differences of its value" in str(fault)
    with planted(partials=[p.name]):
        object.__setattr__(p, "partials", right)
        p.rules["x"] = Slopes((lambda x: 1.5 * logistic(x) * (1.0 - logistic(x)),))
        (fault,) = faults(graph, 3)
    assert "Taylor coefficient 1" in str(fault) and fault.primitive == p.name


# -- check_symbolic ---------------------------------------------------------------------------


def greeks(S, sigma, t, K, r):
    spread = sigma * math.sqrt(t)
    d1 = (math.log(S / K) + (r + 0.5 * sigma * sigma) * t) / spread
    d2 = d1 - spread
    low = math.exp(-r * t) * math.erfc(-d2 / math.sqrt(2.0))
    return 0.5 * (S * math.erfc(-d1 / math.sqrt(2.0)) - K * low)


@pytest.fixture(scope="module")
def report():
    return ta.testing.check_symbolic(greeks, 100.0, 0.2, 0.5, 105.0, 0.03, order=2)


def test_what_is_right_passes(report):
    assert report.passed and report.faults == []
    modes = {r.mode for r in report.rows}
    per_point = {m: sum(r.mode == m and r.point == 0 for r in report.rows) for m in modes}
    assert per_point == {
        "forward": 1 + 5 + 15, "series": 5 + 5, "reverse": 5, "gradient of the arguments": 1 + 5,
        "hessian": 15, "hvp": 25, "series of the gradient": 25, "jets over reverse": 25,
        "reverse over series": 25, "reverse over reverse": 25,
    }  # fmt: skip
    assert len(report.points) >= 4 and any("left out" in note for note in report.notes)
    assert report.worst < 500


def test_reports_are_text_json_and_html(report):
    assert "against SymPy to 50 digits" in str(report) and "worst ulps" in str(report)
    document = json.loads(report.to_json())
    assert document["passed"] and len(document["rows"]) == len(report.rows)
    assert len(document["rows"][0]["expected"].replace(".", "")) >= 48
    assert document["rows"][1]["by"] == ["S"]
    parser = _Balance()
    parser.feed(report.to_html())
    assert parser.open == [] and parser.rows > 4


class _Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.rows = [], 0

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.rows += tag == "tr"


def test_the_user_s_own_formula_is_the_truth_where_it_is_given():
    S, sigma, t, K, r = s = sympy.symbols("S sigma t K r", positive=True)
    spread = sigma * sympy.sqrt(t)
    d1 = (sympy.log(S / K) + (r + sigma**2 / 2) * t) / spread
    normal = lambda d: (1 + sympy.erf(d / sympy.sqrt(2))) / 2  # noqa: E731
    price = S * normal(d1) - K * sympy.exp(-r * t) * normal(d1 - spread)
    args = 100.0, 0.2, 0.5, 105.0, 0.03
    options = {"order": 2, "random": 0, "hard": False, "symbols": s}
    found = ta.testing.check_symbolic(greeks, *args, expression=price, **options)
    assert found.passed
    found = ta.testing.check_symbolic(
        greeks, *args, expression=price * (1 + S / 1000), raises=False, **options
    )
    assert not found.passed and found.faults == []
    assert "no primitive's rule is at fault" in str(found)


def cancelling(x):
    return (1.0 - math.cos(x)) / (x * x)


def test_lost_digits_are_told_from_wrong_derivatives():
    """At 1e-4 the derivative has no digit left, and yet no rule is wrong."""
    found = ta.testing.check_symbolic(cancelling, 1e-4, order=1, random=0, hard=False)
    assert found.passed
    assert {r.verdict for r in found.rows} == {"loses digits"}
    assert "lost to cancellation" in str(found)


def rooted(x):
    table = np.ones(4)
    return math.sqrt(x) + abs(x - 1.0) * table[int(x / 2.0)]


def test_kinks_and_points_without_values_are_left_out():
    found = ta.testing.check_symbolic(
        rooted, 2.0, points=[(-1.0,), (1.0,), (9.0,)], order=1, random=0, hard=False
    )
    assert found.passed and len(found.points) == 1
    assert "2 points left out: the program gives no finite number" in str(found)
    assert "1 point left out: the function is not smooth" in str(found)


def test_a_check_of_nothing_is_an_error():
    with pytest.raises(ta.ArgumentValueError, match="nothing to compare"):
        ta.testing.check_symbolic(lambda x: abs(x), 0.0, order=1, random=0, hard=False)


def test_what_is_too_large_for_sympy_is_refused_at_once():
    def long(x, n):
        for _ in range(n):
            x = math.sin(x) * x
        return x

    with pytest.raises(ta.ArgumentValueError, match="check_derivatives"):
        ta.testing.check_symbolic(long, 0.5, 40)
    with pytest.raises(ta.ArgumentValueError, match="too much for SymPy"):
        ta.testing.check_symbolic(lambda x: np.sum(x * x), np.ones(40))
    with pytest.raises(ta.ArgumentValueError, match="seconds"):
        ta.testing.check_symbolic(long, 0.5, 6, order=3, seconds=0.0)


# -- check_derivatives ------------------------------------------------------------------------


class Pair(NamedTuple):
    a: float
    b: np.ndarray


def several(x, p, n):
    y = np.exp(x * p.b)
    return np.sin(y) * n, p.a * np.sum(y)


ARGS = np.array([1.0, 2.0]), Pair(0.7, np.array([0.3, -0.4])), 3


def test_all_ways_agree():
    found = ta.testing.check_derivatives(several, *ARGS)
    assert found.passed
    first = found.rows[0]
    ways = first.forward, first.reverse, first.complex_step, first.differences, first.precise
    assert all(w == pytest.approx(first.forward, rel=1e-7) for w in ways)
    assert len(found.rows) == 2 * (5 + 3)
    assert json.loads(found.to_json())["rows"][0]["direction"] == "x[0]"
    assert "50 digits" in str(found) and "<table" in found.to_html()


def test_complex_steps_are_left_out_where_nothing_is_analytic():
    found = ta.testing.check_derivatives(lambda x: x.real * x, 0.7, order=1)
    assert found.passed and found.rows[0].complex_step is None


def test_wrong_derivatives_raise_with_a_table():
    def f(x):
        return np.exp(np.cos(x[0])) * x[1]

    with planted(rules=["cos"]), pytest.raises(AssertionError, match="the rule of cos"):
        ta.testing.check_derivatives(f, np.array([0.5, 2.0]))


def test_large_inputs_go_along_random_directions():
    found = ta.testing.check_derivatives(lambda x: np.sum(np.sin(x) ** 2), np.linspace(0, 1, 50))
    assert [r.direction for r in found.rows[::2]] == ["random 1", "random 2", "random 3"]


def test_functions_that_reverse_mode_refuses_are_checked_without_it():
    def f(x):
        items = [x, x * x]
        items.append(x**3)
        total = 0.0
        for item in items:
            total += item
        return total

    found = ta.testing.check_derivatives(f, 0.7, order=2)
    assert found.passed and found.rows[0].reverse is None and found.rows[0].precise is None
    assert any("without reverse mode" in note for note in found.notes)


# -- pytest and hypothesis ----------------------------------------------------------------------


def test_the_fixture(pytester):
    pytester.makeconftest('pytest_plugins = ["taylorad.testing.plugin"]')
    pytester.makepyfile(
        """
        import math

        def f(x):
            return x * math.sin(x)

        def test_right(check_derivatives):
            assert check_derivatives(f, 0.3, order=1).passed

        def test_shown(check_derivatives):
            check_derivatives(f, 0.3, order=1)
            assert False
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*derivatives*", "*along directions, to order 1*"])


@settings(max_examples=20, deadline=None)
@given(strategies.points(ARGS[0], ARGS[1], 4, low=0.5, high=3.0))
def test_strategies_draw_points_of_the_form_of_arguments(args):
    x, p, n = args
    assert x.shape == (2,) and np.all((x >= 0.5) & (x <= 3.0))
    assert isinstance(p, Pair) and 0.5 <= p.a <= 3.0 and p.b.shape == (2,) and n == 4
    graph = ta.trace(several, *args)
    assert graph.gradient()[0].shape == (2,)


def test_derivatives_that_are_zero_are_no_fault():
    """Steps leave something there that is large in proportion, and so do terms that cancel."""

    def waves(x):
        return np.sum(np.cos(x)) + x[0] ** 3

    def balanced(x):
        return (x[0] - 0.3) ** 2 * (1.0 + x[1] ** 3) + math.cos(x[1])

    ta.testing.check_derivatives(waves, np.zeros(3), order=2)
    ta.testing.check_derivatives(balanced, np.array([0.1 + 0.2, 0.0]), order=2)
