"""The graph: its numbers against the plain program, reverse mode and dual numbers."""

from __future__ import annotations

import copy
import math
import shutil
import warnings
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import NamedTuple

import adjoint_cases
import numpy as np
import pytest
from adjoint_help import product
from adjoint_programs import PLAIN, directions_of, truth
from adjoint_writer import write
from numba import njit
from programs import Invalid, run_text

import taylorad as ta
from taylorad.graph import timing
from taylorad.graph.folding import Fold, View, flows
from taylorad.graph.forms import mapped, numbers_of
from taylorad.graph.node import Node
from taylorad.primitives.registry import registered


def flat(thing) -> np.ndarray:
    return np.array([float(x) for x in numbers_of(thing)])


# -- on everything that the front end reads ------------------------------------------------


@pytest.mark.parametrize("name", list(adjoint_cases.CASES))
def test_values_and_adjoints_of_the_language(name):
    """The same numbers as the plain function and the text of reverse mode."""
    f, args = adjoint_cases.CASES[name]
    try:
        graph = ta.trace(f, *copy.deepcopy(args))
    except ta.UnsupportedError as error:
        assert "cannot be recorded" in str(error)  # derivatives inside
        pytest.skip(str(error).splitlines()[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = f(*copy.deepcopy(args))
    np.testing.assert_allclose(flat(graph.value), flat(_plain(value)), rtol=1e-13, atol=1e-13)
    numbers = np.random.default_rng(3)
    weights = mapped(lambda _: float(numbers.normal()), graph.result)
    try:
        wrt = list(graph.arguments)
        _, found, _ = product(f, args, weights, wrt)
    except (ta.UnsupportedError, KeyError, TypeError):
        wrt = []  # results or arguments of a form that this way of calling does not know
    bars = graph.adjoints(weights)
    for argument, theirs in zip(wrt, found if wrt else (), strict=True):
        ours = graph.arguments[argument].filled(bars)
        np.testing.assert_allclose(flat(ours), flat(theirs), rtol=1e-9, atol=1e-9)
    _forward_meets_reverse(graph, bars, weights)


def _plain(value):
    return tuple(map(_plain, value)) if isinstance(value, tuple) else (
        value if isinstance(value, np.ndarray) or value is None else float(value)
    )  # fmt: skip


def _forward_meets_reverse(graph, bars, weights):
    """``u . (J v) = (u J) . v``."""
    numbers = np.random.default_rng(4)
    along = {n: float(numbers.normal()) for n in graph.inputs}
    direction = [form.filled(along) for form in graph.arguments.values()]
    dots = graph.tangents(*direction)
    pairs = zip(numbers_of(graph.result), flat(weights), strict=True)
    forward = sum(dots[o] * w for o, w in pairs if isinstance(o, Node))
    reverse = sum(bars[n] * along[n] for n in graph.inputs)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("first", [0, 60])
def test_random_programs(first):
    """Values and tangents against dual numbers, which share nothing with the graph."""
    good = 0
    for seed in range(first, first + 60):
        program = write(seed, arrays=seed % 2 == 1)
        directions = directions_of(program, seed)
        try:
            value, tangents = truth(program, directions)
        except Invalid:
            continue
        f = run_text(program.text, **PLAIN, np=np, math=math)
        try:
            graph = ta.trace(f, *copy.deepcopy(tuple(program.arguments.values())))
        except ta.UnsupportedError:  # what reverse mode refuses, too
            continue
        assert flat(graph.value) == pytest.approx(flat(_plain(value)), rel=1e-12, abs=1e-12)
        along = dict.fromkeys(graph.inputs, 0.0)
        for name, direction in directions.items():
            along |= graph.arguments[name].read(name, direction)
        dots = graph.tangents(*(form.filled(along) for form in graph.arguments.values()))
        ours = [dots[o] if isinstance(o, Node) else 0.0 for o in numbers_of(graph.result)]
        assert ours == pytest.approx(flat(_plain(tangents)), rel=1e-8, abs=1e-8), program.text
        good += 1
    assert good > 30


# -- against the transforms ------------------------------------------------------------------


class Model(NamedTuple):
    mass: float
    rates: np.ndarray


def mixed(x, p, n, A):
    total = 0.0
    for i in range(n):
        total += p.mass * np.exp(-p.rates[i] * x[i]) if x[i] > 0 else x[i] ** 3
    y = np.linalg.solve(A, x)
    y[0] = np.where(y[1] > 0, y[0], -y[1])
    return total * np.sum(y) + np.linalg.norm(A) * math.erf(total)


X, P = np.array([0.3, -0.7, 1.2]), Model(1.5, np.array([0.2, 0.4, 0.9]))
MATRIX = np.array([[2.0, 0.3, -0.4], [0.1, 1.7, 0.6], [0.5, -0.2, 3.0]])


@pytest.fixture(scope="module")
def graph():
    return ta.trace(mixed, X, P, 3, MATRIX)


def test_gradient_is_that_of_reverse_mode(graph):
    ours = graph.gradient()
    theirs = ta.grad(mixed, argnums=(0, 1, 3))(X, P, 3, MATRIX)
    assert isinstance(ours[1], Model)
    np.testing.assert_allclose(flat(ours), flat(theirs), rtol=1e-12, atol=1e-12)


def test_tangent_is_that_of_forward_mode(graph):
    v = np.array([1.0, -2.0, 0.5]), Model(0.4, np.array([1.0, 0.0, 2.0])), MATRIX.T.copy()
    value, tangent = ta.jvp(mixed, argnums=(0, 1, 3))(X, P, 3, MATRIX, v)
    assert graph.value == pytest.approx(value, rel=1e-14)
    assert graph.tangents(*v)[graph.result] == pytest.approx(tangent, rel=1e-12)


@pytest.mark.parametrize("primitive", list(registered()), ids=lambda p: p.name)
def test_local_partials_are_the_registry_s(primitive):
    """Against differences; there are pairs of operands for operations of two."""
    if not primitive.partials or primitive.name in ("complex", "conjugate", "real", "imag"):
        return
    point = [low + (0.3 + 0.1 * k) * (high - low) for k, (low, high) in enumerate(primitive.domain)]
    inputs = tuple(Node(None, (), x) for x in point)
    node = Node(primitive.value, inputs, 0.0)
    for k, slope in enumerate(node.partials()):
        if primitive.name in ("nextafter", "lgamma_coefficient", "sinc_coefficient"):
            continue

        def along(h, k=k):
            return float(primitive.value(*(x + h * (i == k) for i, x in enumerate(point))))

        h = 1e-5
        difference = (8 * (along(h) - along(-h)) - along(2 * h) + along(-2 * h)) / (12 * h)
        assert slope == pytest.approx(difference, rel=1e-7, abs=1e-7)


# -- what is shown -----------------------------------------------------------------------------


def textbook(x, y):
    return math.log(x) + x * y - math.sin(y)


def test_the_table_is_that_of_textbooks():
    """Griewank and Walther, and Baydin and others, JMLR 18 (2018), tables 2 and 3."""
    text = str(ta.trace(textbook, 2.0, 5.0))
    line = textbook.__code__.co_firstlineno + 1
    rows = [row.split() for row in text.splitlines()[2:]]
    assert rows[0] == ["v0", "x", "input", "2", "1", "5.5"]
    assert rows[1] == ["v1", "y", "input", "5", "0", "1.71634"]
    assert rows[3] == ["v3", "x", "*", "y", "10", "5", "1", str(line)]
    assert rows[-1] == ["v6", "textbook", "v4", "-", "v5", "11.6521", "5.5", "1", str(line)]


def looped(x, n):
    s = 0.0
    for i in range(n):
        s = s + math.sin(x * i)
    return s


def test_loops_are_folded_for_display():
    graph = ta.trace(looped, 0.5, 30)
    assert len(str(graph).splitlines()) < 14
    assert "28 rounds of the loop at line" in str(graph)
    assert len(graph.table(fold=False).splitlines()) == len(graph) + 2
    assert graph.labels[graph.result] == "s'30"


def test_counts():
    def f(x, unused):
        a = x[0] * x[1]
        b = x[0] * x[1] + a
        return math.exp(a) + b

    counts = ta.trace(f, np.array([2.0, 3.0]), 1.0).counts()
    assert counts.inputs == 3 and counts.unused == 1
    assert counts.by_operation == {"multiply": 2, "add": 2, "exp": 1}
    assert counts.depth == 3 and counts.largest_fan_out == 2 and counts.largest_fan_in == 2
    assert counts.live == 4  # both factors and both products
    assert counts.kept == 3 and counts.repeated == 1
    assert "2, of x[0]" in str(counts)


def test_costs():
    costs = ta.trace(looped, 0.5, 30).costs()
    assert 1 < costs.tangent <= costs.gradient_forward
    assert 1 < costs.gradient < 5
    wide = ta.trace(lambda x: np.sum(x * x), np.ones(50)).costs()
    assert wide.gradient < 3 < 30 < wide.gradient_forward


def square(x):
    return x * x


def test_measured_costs():
    def squares(x):
        for i in range(x.size):
            x[i] = square(0.5 * x[i])
        return np.sum(x)

    x = np.ones(500)
    costs = ta.trace(squares, x).costs(measure=True)
    assert costs.seconds > 0 and costs.measured_gradient > 0 and costs.measured_tangent > 0
    assert "measured" in str(costs) and np.all(x == 1.0)
    short = replace(costs, seconds=1e-10, measured_tangent=None, measured_gradient=None)
    assert "too short to be compared" in str(short)
    with pytest.raises(ta.ArgumentValueError, match="without a float"):
        ta.trace(lambda: 1.0).costs(measure=True)


def test_arguments_of_loops_that_are_timed():
    def f(p, x, name, n):
        x[0] += p.mass
        return p.rates[n], name

    x = np.zeros(3)
    given = timing.Arguments((P, x, "a", 2))
    assert given.text == "g0(a0, a1), a2, g1, a3" and given.scope == {"g0": Model, "g1": "a"}
    result, written = given.tried(f)
    assert result == (0.9, "a") and written == [2]
    assert np.all(given.leaves[2] == 0) and np.all(x == 0)


def test_plain_svg_is_a_picture():
    graph = ta.trace(textbook, 2.0, 5.0)
    root = ElementTree.fromstring(graph.to_svg("plain"))
    space = "{http://www.w3.org/2000/svg}"
    nodes = [g for g in root.iter(f"{space}g") if "node" in g.get("class", "")]
    assert len(nodes) == len(graph)
    boxes = [next(g.iter(f"{space}rect")).attrib for g in nodes]
    spans = [tuple(float(b[k]) for k in ("x", "y", "width", "height")) for b in boxes]
    for i, (x, y, w, h) in enumerate(spans):  # boxes do not overlap
        for u, v, s, t in spans[:i]:
            assert x + w <= u or u + s <= x or y + h <= v or v + t <= y
    slopes = {t.text for t in root.iter(f"{space}text") if t.get("class") == "slope"}
    assert slopes == {"0.5", "5", "2", "1", "0.2837", "-1"}
    assert "tangent 5.5" in graph.to_svg("plain")


def test_svg_by_graphviz(monkeypatch, tmp_path):
    if shutil.which("dot"):
        assert ta.trace(textbook, 2.0, 5.0).to_svg("dot").startswith("<svg")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ta.MissingExtraError, match="engine='plain'"):
        ta.trace(textbook, 2.0, 5.0).to_svg("dot")
    assert ta.trace(textbook, 2.0, 5.0).to_svg().startswith("<svg")


def test_long_loops_have_pictures():
    graph = ta.trace(looped, 0.5, 400)
    for text in (graph.to_svg("plain"), graph.to_mermaid(), graph.to_dot(), graph._repr_html_()):
        assert "398 rounds of the loop at line" in text and "like the first, 1194 steps" in text
    assert len(graph.to_mermaid().splitlines()) < 40
    with pytest.raises(ta.ArgumentValueError, match="leave loops folded"):
        graph.to_svg(fold=False)
    assert graph.to_dot(fold=False).count("->") > 1000


def test_pictures_that_folding_leaves_large_are_refused():
    text = "def f(x):\n    y = x\n" + "    y = y * x\n" * 500 + "    return y\n"
    graph = ta.trace(run_text(text, **PLAIN, np=np, math=math), 1.0)
    with pytest.raises(ta.ArgumentValueError, match="501 nodes; of more than 400"):
        graph.to_svg()
    assert graph._repr_svg_() is None and "<svg" not in graph._repr_html_()


def layered(W, x, n):
    for _ in range(n):
        x = np.tanh(W @ x)
        if n > 1:
            x[0] = x[0] * x[1]
    return np.sum(x)


@pytest.mark.parametrize("f, args", [
    (layered, (np.arange(36.0).reshape(6, 6) / 36, np.ones(6), 7)),
    (looped, (0.5, 30)),
    (mixed, (X, P, 3, MATRIX)),
    (lambda x: np.linalg.solve(x, x[0])[1] + np.linalg.norm(x), (np.eye(9) + 0.1,)),
    (lambda x: x[3], (np.ones(40),)),
    (lambda x: x[1:-1, 1:-1] + x[2:, 1:-1] * x[1:-1, 2:], (np.ones((7, 7)),)),
    (lambda x: np.cumsum(x), (np.ones(0),)),
], ids=["matrices", "loop", "mixed", "linear", "element", "grid", "empty"])  # fmt: skip
def test_folds_hide_nodes_and_no_ways(f, args):
    """Every node stands in one item; what leads to an item comes before it; nothing is cut off."""
    graph = ta.trace(f, *args)
    view = View(graph)
    shown = [n for item in view.items for n in (item.nodes if isinstance(item, Fold) else [item])]
    assert sorted(shown, key=lambda n: n.number) == graph.nodes
    place = {item: i for i, item in enumerate(view.items)}
    edges = view.edges()
    assert all(place[e.source] < place[e.target] for e in edges)
    inside = sum(view.place[a] is view.place[b] for a, b, _ in flows(graph))
    assert sum(e.count for e in edges) + inside == sum(len(n.parents) for n in graph.nodes)
    assert len(view.items) <= 100
    boxes = [what for what, _, _ in view.boxes()]
    assert boxes.count("open") == boxes.count("close")
    assert boxes.count("item") == len(view.items)
    ElementTree.fromstring(graph.to_svg("plain"))


def repeating(x, n):
    d1 = x[0] / (x[1] * math.sqrt(x[2]))
    d2 = d1 - x[1] * math.sqrt(x[2])
    s = 0.0
    for i in range(n):
        s = s + math.exp(x[0] + 1.0) * i + (1.0 + x[0])
    return d2 * s


def test_what_is_computed_again_is_named():
    graph = ta.trace(repeating, np.array([0.5, 2.0, 3.0]), 5)
    line = repeating.__code__.co_firstlineno
    repeats = graph.repeats()
    assert repeats.saves == graph.counts().repeated == 2 + 4 * 2 + 5
    by = {r.expression: r for r in repeats}
    assert set(by) == {"x[1] * sqrt(x[2])", "exp(x[0] + 1)", "x[0] + 1"}
    spread, shifted = by["x[1] * sqrt(x[2])"], by["x[0] + 1"]
    exponential = by["exp(x[0] + 1)"]
    assert spread.first.line[1] == line + 1 and spread.lines == [line + 2] and spread.saves == 2
    assert len(exponential.again) == 4 and exponential.loop == line + 4 and spread.loop is None
    assert len(shifted.again) == 5 and shifted.lines == [line + 5]
    assert f"may stand before the loop at line {line + 4}" in str(repeats)
    assert "computed again: v6 is v3, v7 is v4" in str(graph)
    assert 'class="node again"' in graph.to_svg("plain")
    assert "computed before as v4" in graph.to_dot() and "#cb6e17" in graph.to_mermaid()
    assert not ta.trace(textbook, 2.0, 5.0).repeats()


def test_fans():
    fans = list(ta.trace(textbook, 2.0, 5.0).fans())
    line = textbook.__code__.co_firstlineno + 1
    assert [(f.node.name, f.fan_in, f.fan_out, f.lines) for f in fans[:2]] == [
        ("x", 0, 2, [line]), ("y", 0, 2, [line])
    ]  # fmt: skip
    assert fans[-1].node.name == "textbook" and fans[-1].fan_out == 0


def test_mermaid_and_dot():
    graph = ta.trace(looped, 0.5, 2)
    mermaid, dot = graph.to_mermaid(), graph.to_dot()
    assert mermaid.startswith("flowchart TD") and mermaid.count("subgraph") == 2
    assert '-- "1" -->' in mermaid
    assert dot.count("subgraph cluster_") == 2 and dot.count("->") == mermaid.count("-->")
    assert dot.count("{") == dot.count("}")


def test_notebook_shows_picture_table_and_counts():
    page = ta.trace(textbook, 2.0, 5.0)._repr_html_()
    assert page.count("<details") == 2 and page.count("<svg") == 1 and page.count("<script") == 1
    assert '<td class="left">x * y</td>' in page


# -- what is refused ---------------------------------------------------------------------------


def test_limits_and_refusals():
    with pytest.raises(ta.ArgumentValueError, match="in the loop at line"):
        ta.trace(looped, 0.5, 10**9)
    with pytest.raises(ta.ArgumentTypeError, match=r"pass np.array\(x\)"):
        ta.trace(lambda x: x[0], [1.0])
    with pytest.raises(ta.ArgumentTypeError, match="real numbers"):
        ta.trace(lambda x: x, 1j)
    with pytest.raises(ta.UnsupportedError, match="trace the function itself"):
        ta.trace(ta.grad(textbook), 1.0, 2.0)
    with pytest.raises(ta.ShapeError):
        ta.trace(lambda x: np.sum(x), np.ones(3)).tangents(np.ones(2))
    with pytest.raises(ta.ArgumentTypeError, match="textbook"):
        ta.trace(textbook, 1.0)


def test_what_a_program_raises_is_raised():
    def f(x):
        if x < 0:
            raise ValueError("negative")
        return 1.0 / x

    with pytest.raises(ValueError, match="negative"):
        ta.trace(f, -1.0)
    with pytest.raises(ZeroDivisionError):
        ta.trace(f, 0.0)
    assert ta.trace(njit(error_model="numpy")(f), 0.0).value == math.inf
    assert [d.outcome for d in ta.trace(f, 2.0).decisions] == [False]


def test_arguments_are_left_as_they_are():
    def f(x):
        x[0] = x[1] * x[1]
        return x[0] + x[1]

    x = np.array([1.0, 2.0])
    before = copy.copy(x)
    assert ta.trace(f, x).gradient() == pytest.approx([0.0, 5.0])
    np.testing.assert_array_equal(x, before)


def test_results_that_are_constant_or_inputs():
    assert ta.trace(lambda x: 3.0, 1.0).gradient() == 0.0
    assert ta.trace(lambda x: x, 2.0).gradient() == 1.0
    graph = ta.trace(lambda x, n: (x * n, n), 2.0, 3)
    assert graph.value == (6.0, 3) and "result: v1, 3" in str(graph)
