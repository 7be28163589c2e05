"""The command line: reports, JSON, checks, exit statuses and messages."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from taylorad.cli import tables
from taylorad.cli.main import main
from taylorad.cli.problem import from_file
from taylorad.cli.result import Result, to_json
from taylorad.tables import plain

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"

MODEL = '''
import math
import numpy as np
from numba import njit
from helper import square

@njit
def several(x, A, mu, n: int = 2, flag=False):
    total = mu * x[0] * x[1] * x[1]
    for i in range(A.shape[0]):
        total += A[i, i] * square(x[i]) * n
    return -total if flag else total

@njit
def vector(x, y):
    out = np.zeros(2)
    out[0] = x * y * y
    out[1] = math.exp(x)
    return out

def plain(x, y):
    return x * y

@njit
def pair(x):
    return x, x

@njit
def raises(x):
    if x > 0.0:
        raise ValueError("x is positive")
    return x

def starred(*x):
    return x[0]

number = 3
'''


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    (folder / "helper.py").write_text(
        "from numba import njit\n\n@njit\ndef square(x):\n    return x * x\n"
    )
    (folder / "model.py").write_text(MODEL)
    return str(folder / "model.py")


@pytest.fixture
def run(capsys):
    """Run the command line: status, standard output, standard error."""

    def call(*arguments: str):
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def report(run, *arguments):
    status, out, err = run(*arguments, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_expression_of_two_variables(run):
    found = report(run, "--expr", "exp(sin(x))*y", "--at", "x=0.3,y=2", "--order", "4")
    e, s, c = math.exp(math.sin(0.3)), math.sin(0.3), math.cos(0.3)
    assert found["names"] == ["x", "y"] and found["point"] == [0.3, 2.0] and found["shape"] == []
    assert found["value"] == pytest.approx(2 * e, rel=1e-15)
    assert found["gradient"] == pytest.approx([2 * e * c, e], rel=1e-15)
    second = e * (c * c - s)
    assert np.array(found["hessian"]) == pytest.approx(np.array([[2 * second, e * c], [e * c, 0]]))
    third = e * (c**3 - 3 * s * c - c)
    tensor = np.array(found["tensors"]["3"])
    assert tensor[0, 0, 0] == pytest.approx(2 * third, rel=1e-14)
    assert tensor[0, 1, 0] == tensor[1, 0, 0] == pytest.approx(second, rel=1e-14)
    assert np.array(found["tensors"]["4"]).shape == (2,) * 4


def test_one_variable_has_coefficients_at_any_order(run):
    found = report(run, "--expr", "1/(1-x)", "--at", "0.5", "--order", "40")
    assert found["coefficients"] == [2.0 ** (k + 1) for k in range(41)]
    assert found["gradient"] == [4.0] and found["hessian"] == [[16.0]]
    status, out, _ = run("--expr", "1/(1-x)", "--at", "0.5", "--order", "3")
    lines = [line.split() for line in out.splitlines()[3:]]
    assert status == 0
    assert lines == [["value", "2", "2"], ["1", "4", "4"], ["2", "16", "8"], ["3", "96", "16"]]


def test_infinities_and_nans_are_strings_in_json(run):
    found = report(run, "--expr", "1/x", "--at", "0", "--order", "1")
    assert found["value"] == "inf"
    assert found["gradient"][0] in ("-inf", "nan")


def test_order_zero_is_the_value(run):
    found = report(run, "--expr", "x*y", "--at", "2,3", "--order", "0")
    assert found["value"] == 6.0 and "gradient" not in found and found["tensors"] == {}


def test_file_with_arrays_fixed_values_and_a_neighbour(run, model):
    at = "x=[1,2],A=[[3,0],[0,4]],mu=0.5,n=2"
    found = report(run, f"{model}:several", "--at", at, "--order", "2")
    names = ["x[0]", "x[1]", "A[0,0]", "A[0,1]", "A[1,0]", "A[1,1]", "mu"]
    assert found["names"] == names and found["fixed"] == {"n": 2}
    assert found["gradient"] == pytest.approx([2 + 12, 2 + 32, 2, 0, 0, 8, 4])
    assert np.array(found["hessian"])[1, 1] == pytest.approx(2 * 0.5 + 16)
    held = report(run, f"{model}:several", "--at", at, "--fixed", "A,mu", "--order", "1")
    assert held["names"] == ["x[0]", "x[1]"] and held["gradient"] == pytest.approx([14, 34])
    assert held["fixed"] == {"A": [[3, 0], [0, 4]], "mu": 0.5, "n": 2}


def test_vector_result_has_a_jacobian(run, model):
    found = report(run, f"{model}:vector", "--at", "0,2", "--order", "2")
    assert found["shape"] == [2]
    assert found["gradient"] == [[4.0, 0.0], [1.0, 0.0]]
    status, out, _ = run(f"{model}:vector", "--at", "0,2", "--order", "3")
    assert status == 0
    assert "Jacobian" in out and "Hessian of component [1]" in out
    assert "Third derivatives of component [0] (4 distinct)" in out


def test_plain_function_and_its_table(run, model):
    status, out, _ = run(f"{model}:plain", "--at", "2,3", "--order", "3")
    assert status == 0
    assert out == (
        "plain(x, y)  at  x = 2, y = 3\n"
        "\nValue\n  6\n"
        "\nGradient\n  x  3\n  y  2\n"
        "\nHessian\n     x  y\n  x  0  1\n  y  1  0\n"
        "\nThird derivatives (4 distinct)\n"
        "  d3/dx3     0\n  d3/dx2 dy  0\n  d3/dx dy2  0\n  d3/dy3     0\n"
    )


def test_checks_are_those_of_testing(run, model):
    found = report(run, "--expr", "exp(x)*y**2", "--at", "0.5,3", "--order", "3", "--check")
    check = found["check"]["derivatives"]
    assert check["passed"] and check["function"] == "exp(x)*y**2"
    assert {row["direction"] for row in check["rows"]} >= {"x", "y", "random 1"}
    assert {row["order"] for row in check["rows"]} == {1, 2, 3}
    at = ("--at", "0.1,2", "--order", "2")
    found = report(run, f"{model}:vector", *at, "--check-symbolic")["check"]
    assert list(found) == ["symbolic"] and found["symbolic"]["passed"]
    assert found["symbolic"]["rows"][-1]["by"] == ["y", "y"]
    status, out, _ = run(f"{model}:vector", *at, "--check", "--check-symbolic")
    assert status == 0 and "Jacobian" in out
    assert "vector(x, y): derivatives along directions" in out
    assert "1 point, against SymPy to 50 digits" in out


def test_held_values_are_not_checked(run, model):
    at = ("--at", "x=[1,2],A=[[3,0],[0,4]],mu=0.5,n=2", "--fixed", "A,mu", "--order", "1")
    found = report(run, f"{model}:several", *at, "--check")["check"]["derivatives"]
    assert [r["direction"] for r in found["rows"][:2]] == ["x[0]", "x[1]"] and found["passed"]


def test_a_check_that_fails_gives_status_one(run, model, tmp_path):
    text = (
        "import math\nfrom numba import njit\nimport taylorad as ta\n\n@njit\ndef cube(x):\n"
        "    return x * x * x\n\nta.primitive('NAME', (cube,), partials=(lambda x: 2 * x * x,))\n\n"
        "def f(x):\n    return cube(x) + x\n"
    )
    one, several, table = (tmp_path / name for name in ("one.py", "several.py", "points.csv"))
    one.write_text(text.replace("NAME", "wrong cube"))
    status, out, _ = run(f"{one}:f", "--at", "2", "--check", "--order", "1")
    assert status == 1 and "WRONG" in out and "the rule of wrong cube(2) (line 12)" in out
    several.write_text(text.replace("NAME", "wrong cube again"))
    table.write_text("x\n1\n2\n")
    status, out, err = run(f"{several}:f", "--points", str(table), "--check", "--order", "1")
    assert status == 1 and out.splitlines()[1].endswith(",WRONG")
    assert "the rule of wrong cube again(1)" in err


def test_a_missing_extra_is_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    status, out, err = run("--expr", "x", "--at", "1", "--check-symbolic")
    assert status == 1 and out == "" and "taylorad[symbolic]" in err


WRONG = [
    (["--expr", "x"], ["--at", "y=1"], "unknown name 'x'"),
    (["--expr", "x"], ["--at", "x=1,y=2"], "y is not in the expression"),
    (["--expr", "x*y"], ["--at", "1"], "1 values for the 2 variables x, y"),
    (["--expr", "x"], ["--at", "x=[1]"], "expressions take numbers"),
    (["--expr", "2"], ["--at", "1"], "no variables"),
    (["--expr", "x"], ["--at", "1", "--order", "-1"], "must not be negative"),
    (["--expr", "x"], ["--at", "1", "--digits", "0"], "from 1 to 17"),
    (["--expr", "x"], ["--at", "1", "--order", "0", "--check"], "an --order of at least 1"),
    (["--expr", "x"], ["--at", "1", "--fixed", "x"], "--fixed goes with"),
    (["--expr", "x"], ["--at", "1", "--graph", "g.png"], "must end in one of .svg, .dot"),
    (["--expr", "x"], ["--at", "1", "--graph", "/nowhere/g.svg"], "cannot be written"),
    (["--expr", "x"], [], "give the point with --at"),
    (["--expr", "x"], ["--points", "nowhere.csv"], "cannot be read"),
    (["--expr", "x"], ["--points", "nowhere.csv", "--at", "3"], "give values by name"),
    (["--expr", "x"], ["--points", "nowhere.csv", "--latex"], "go with one point"),
    ([], ["--at", "1"], "give either"),
    (["nowhere.py:f"], ["--at", "1"], "no such file: nowhere.py"),
    (["{model}"], ["--at", "1"], "expected FILE.py:FUNCTION"),
    (["{model}:vektor"], ["--at", "1"], "did you mean 'vector'"),
    (["{model}:number"], ["--at", "1"], "is no function but of type int"),
    (["{model}:starred"], ["--at", "1"], "has no fixed place"),
    (["{model}:vector"], ["--at", "1"], "no value for y"),
    (["{model}:vector"], ["--at", "1,2,3"], "vector takes 2: x, y"),
    (["{model}:vector"], ["--at", "1,z=3"], "z is no argument"),
    (["{model}:vector"], ["--at", "1,x=3"], "x has a value already"),
    (["{model}:vector"], ["--at", "1,2", "--fixed", "x,y"], "no value is left"),
    (["{model}:vector"], ["--at", "1,2", "--fixed", "z"], "z is not given"),
    (["{model}:several"], ["--at", "x=[[1],[2,3]],A=[[1]],mu=1"], "rows of x differ"),
    (["{model}:several"], ["--at", "x=[],A=[[1]],mu=1"], "x is empty"),
    (["{model}:several"], ["--at", "[1],[1],1,flag=True"], "give n too"),
    (["{model}:pair"], ["--at", "1"], "returns a tuple"),
]


@pytest.mark.parametrize(("target", "options", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_usage_gives_status_two_and_one_message(run, model, target, options, message):
    status, out, err = run(*[t.format(model=model) for t in target], *options)
    assert (status, out) == (2, "")
    assert err.startswith("taylorad: ") and message in err and "Traceback" not in err


def test_errors_of_the_function_give_status_one(run, model):
    status, out, err = run(f"{model}:raises", "--at", "1")
    assert (status, out, err) == (1, "", "taylorad: ValueError: x is positive\n")
    status, _, err = run(f"{model}:raises", "--at", "1", "--debug")
    assert status == 1 and "Traceback" in err


def test_a_file_that_does_not_parse(run, tmp_path):
    (tmp_path / "broken.py").write_text("def f(x:\n")
    status, _, err = run(f"{tmp_path / 'broken.py'}:f", "--at", "1")
    assert status == 2 and "line 1" in err


def test_a_value_may_start_with_a_sign(run):
    assert report(run, "--expr", "-x*y", "--at", "-1,2", "--order", "0")["value"] == 2.0


def test_integers_by_annotation_and_default(model):
    problem = from_file(f"{model}:several", "[1,2],[[1]],1,3,True")
    assert problem.held == {"n": 3, "flag": True}
    problem = from_file(f"{model}:several", "[1,2],[[1]],1,3.0")
    assert problem.names[-1] == "n" and not problem.held


def test_columns_align_at_the_point():
    assert tables.column([1.0, -22.25, 1e-300, math.inf], 12) == [
        "  1     ",
        "-22.25  ",
        "  1e-300",
        "inf     ",
    ]


def test_wide_tables_are_cut_into_blocks():
    names = [f"x{i}" for i in range(20)]
    lines = plain(tables.grid(names, names, np.full((20, 20), math.pi), 12)).splitlines()
    assert max(map(len, lines)) <= tables.WIDTH
    assert sum(line.split()[0] == "x19" for line in lines) == len(lines) // 21


def test_long_lists_leave_zeros_out():
    problem = from_file(f"{EXAMPLES / 'van_der_waals.py'}:pressure", "1,1")
    problem.names, problem.point = list("abcdefgh"), np.zeros(8)
    third = np.zeros((8, 8, 8))
    third[0, 0, 0] = 5.0
    result = Result(problem, 3, [np.array(0.0), np.zeros(8), np.zeros((8, 8)), third])
    text = plain(tables.report(result))
    assert "Third derivatives (120 distinct, 119 of them zero and left out)\n  d3/da3  5" in text
    assert json.loads(to_json(result))["tensors"]["3"] == third.tolist()


def test_the_module_runs_on_the_first_example():
    target = f"{EXAMPLES / 'van_der_waals.py'}:pressure"
    command = [sys.executable, "-m", "taylorad", target, "--at", "T=1,v=1", "--order", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert {"Value", "Gradient", "Hessian", "Third derivatives (4 distinct)"} <= set(lines)
    assert "  d3/dv3     -9" in lines


# -- graphs, formulas, several points -------------------------------------------------------------


def test_graphs_are_written_with_the_names_of_the_values(run, model, tmp_path):
    starts = {"svg": "<svg", "dot": "digraph", "mmd": "flowchart", "html": "<!", "txt": "f at"}
    for ending, start in starts.items():
        file = tmp_path / f"steps.{ending}"
        at = ("--at", "rate=0.3,y=2", "--order", "1", "--graph", str(file))
        status, out, _ = run("--expr", "exp(sin(rate))*y", *at)
        text = file.read_text()
        assert status == 0 and "Gradient" in out
        assert text.startswith(start) and "rate" in text and "x[0]" not in text
    file = tmp_path / "steps.txt"
    status, _, err = run(f"{model}:plain", "--at", "2,3", "--fixed", "y", "--graph", str(file))
    assert status == 0, err
    assert [row.split()[1] for row in file.read_text().splitlines()[2:4]] == ["x", "plain"]


def test_formulas_as_latex(run):
    status, out, _ = run("--expr", "exp(2*a)*b", "--at", "a=0.3,b=2", "--latex", "--order", "2")
    assert status == 0 and out.count("&=") == 6
    assert r"\frac{\partial^{2} f}{\partial a \partial b} &= 2 e^{2 a}" in out
    options = ("--latex", "--json", "--check", "--order", "1")
    found = report(run, "--expr", "exp(2*a)*b", "--at", "a=0.3,b=2", *options)
    assert found["latex"].startswith("\\begin{aligned}") and found["check"]["derivatives"]["passed"]
    options = ("--latex", "--check", "--order", "1")
    status, out, _ = run("--expr", "exp(2*a)*b", "--at", "a=0.3,b=2", *options)
    assert "along directions" in out and "Gradient" not in out


def test_points_of_a_table(run, model, tmp_path):
    table = tmp_path / "points.csv"
    table.write_text("# a comment\nx, y\n0.5, 3\n\npi/4, 2\n")
    status, out, _ = run("--expr", "sin(x)*y", "--points", str(table), "--order", "2")
    head, *rows = [line.split(",") for line in out.splitlines()]
    assert status == 0
    assert head == ["x", "y", "value", "d1/dx", "d1/dy", "d2/dx2", "d2/dx dy", "d2/dy2"]
    x, y = np.pi / 4, 2.0
    truth = [x, y, np.sin(x) * y, np.cos(x) * y, np.sin(x), -np.sin(x) * y, np.cos(x), 0.0]
    assert [float(c) for c in rows[1]] == pytest.approx(truth, rel=1e-11)
    options = ("--points", str(table), "--json", "--check", "--order", "1")
    status, out, _ = run("--expr", "sin(x)*y", *options)
    assert status == 0 and json.loads(out)[0]["point"] == [0.5, 3.0]
    assert json.loads(out)[1]["check"]["derivatives"]["passed"]


def test_columns_of_arrays_and_values_beside_the_table(run, model, tmp_path, monkeypatch):
    table = 'x[1],x[0],"A[0,0]"\n2,1,3\n5,4,6\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(table))
    at = ("--points", "-", "--at", "mu=0.5", "--order", "1")
    status, out, err = run(f"{model}:several", *at)
    assert status == 0, err
    rows = list(csv.DictReader(io.StringIO(out)))
    points = "x=[1,2],A=[[3]],mu=0.5", "x=[4,5],A=[[6]],mu=0.5"
    for row, point in zip(rows, points, strict=True):
        one = report(run, f"{model}:several", "--at", point, "--order", "1")
        assert float(row["value"]) == pytest.approx(one["value"])
        found = [float(row[f"d1/d{name}"]) for name in one["names"]]
        assert found == pytest.approx(one["gradient"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1\n", "line 2: 1 values under 2 names"),
        ("x,y\n1,z\n", "line 2: "),
        ("x,3\n1,2\n", "'3' in the first row"),
        ("x,y\n", "has no rows"),
        ("x,y,y\n1,2,3\n", "two columns"),
        ("x,y[1]\n1,2\n", "not those of one array"),
        ("x,w\n1,2\n", "line 2: unknown name 'y'"),
    ],
)
def test_tables_of_points_that_are_none(run, tmp_path, text, message):
    table = tmp_path / "points.csv"
    table.write_text(text)
    status, _, err = run("--expr", "x*y", "--points", str(table))
    assert status == 2 and message in err
