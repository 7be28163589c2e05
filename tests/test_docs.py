"""The documentation is true: its code runs, its examples give what physics says."""

from __future__ import annotations

import doctest
import importlib
import re
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import refresh_docs

import taylorad as ta
from taylorad.primitives import registry
from taylorad.testing import strategies

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
EXAMPLES = ROOT / "docs" / "examples"


def blocks(page: Path):
    """The Python blocks of a page and their first lines."""
    text = page.read_text()
    for found in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield found.group(1), text.count("\n", 0, found.start(1)) + 1


@pytest.mark.parametrize("page", PAGES, ids=[p.name for p in PAGES])
def test_code_runs(page):
    """Blocks of one page are one session: definitions run, prompts are compared."""
    scope: dict = {"__name__": f"docs_{page.stem}"}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    for code, line in blocks(page):
        if code.startswith(">>>"):
            test = parser.get_doctest(code, scope, page.name, str(page), line)
            runner.run(test, clear_globs=False)
            scope.update(test.globs)
        else:
            padded = "\n" * (line - 1) + code
            exec(compile(padded, str(page), "exec"), scope)
    assert runner.failures == 0


@pytest.mark.parametrize("name", [n for n in ta.__all__ if callable(getattr(ta, n))])
def test_docstrings_run(name, module=ta):
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder().find(getattr(module, name), name):
        runner.run(test)
    assert runner.failures == 0


@pytest.mark.parametrize(
    ("module", "name"),
    [(m, n) for m in (ta.symbolic, ta.testing, strategies) for n in vars(m)
     if getattr(vars(m)[n], "__module__", "").startswith(m.__name__)],
)  # fmt: skip
def test_docstrings_of_parts_run(module, name):
    test_docstrings_run(name, module)


@pytest.mark.parametrize("page", PAGES, ids=[p.name for p in PAGES])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_generated_text_is_shown_as_it_is():
    """If not: ``python -m tests.refresh_docs``, and see that what is said of it still holds."""
    page = ROOT / "docs" / "reverse.md"
    assert refresh_docs.refreshed(page) == page.read_text()


@pytest.mark.parametrize("name", ["graph", "gallery"])
def test_pages_and_pictures_are_those_of_the_program(name):
    """If not: ``python -m tests.refresh_docs``."""
    page = ROOT / "docs" / f"{name}.md"
    text, pictures = refresh_docs.rerun(page)
    assert rounded(text) == rounded(page.read_text()) and pictures
    for file, picture in pictures.items():
        assert rounded((ROOT / "docs" / file).read_text()) == rounded(picture)


def rounded(text: str) -> str:
    """Numbers to few digits: the last ones are the machine's."""

    def number(found: re.Match) -> str:
        x = float(found.group())
        return f"{0.0 if abs(x) < 1e-9 else x:.3g}"

    return re.sub(r"-?\d+\.\d+(e[-+]\d+)?|-?\d+e[-+]\d+", number, text)


def test_every_kind_of_rule_is_explained():
    text = (ROOT / "docs" / "extending.md").read_text()
    assert [kind for kind in get_args(registry.Rule) if f"`{kind.__name__}(" not in text] == []


@pytest.fixture
def example(monkeypatch):
    """Import an example by name, as its reader would."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name):
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    return load


def test_van_der_waals(example):
    isotherm = example("van_der_waals").main()
    assert isotherm[:4] == pytest.approx([1.0, 0.0, 0.0, -1.5], abs=1e-14)


def test_kepler(example):
    slope, exact = example("kepler").main()
    assert slope == pytest.approx(exact, rel=1e-14)


def test_pendulum(example):
    series, nearby = example("pendulum").main()
    assert np.polynomial.Polynomial(series)(0.1) == pytest.approx(nearby, abs=1e-9)


def test_black_scholes(example):
    greeks = example("black_scholes").main()
    S, sigma, t, K, r = 100.0, 0.2, 0.5, 105.0, 0.03
    spread = sigma * np.sqrt(t)
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * t) / spread
    density = np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi)
    gamma = density / (S * spread)
    assert greeks["gamma"] == pytest.approx(gamma, rel=1e-12)
    assert greeks["speed"] == pytest.approx(-gamma / S * (d1 / spread + 1), rel=1e-11)
    assert greeks["vega"] == pytest.approx(S * density * np.sqrt(t), rel=1e-12)
    assert greeks["vanna"] == pytest.approx(-density * (d1 - spread) / sigma, rel=1e-12)


def test_lennard_jones(example):
    energy, squares = example("lennard_jones").main()
    assert energy == pytest.approx(-6.0, abs=1e-12)
    assert np.sum(np.abs(squares) < 1e-8) == 6 and squares[6] > 1


def test_lagrangian(example):
    before, after = example("lagrangian").main()
    assert after == pytest.approx(before, abs=1e-4)


def test_lennard_jones_minimum(example):
    runs, squares = example("lennard_jones_minimum").main()
    for run in runs.values():
        assert run.success and run.fun == pytest.approx(-44.326801, abs=1e-6)
    assert np.sum(np.abs(squares) < 1e-3) == 6 and squares[6] > 1


def test_logistic_regression(example):
    module = example("logistic_regression")
    w, errors, truth = module.main()
    X, y, _ = module.patients()
    p = 1.0 / (1.0 + np.exp(-X @ w))
    assert X.T @ (p - y) == pytest.approx(-1e-6 * w, abs=1e-9)
    information = X.T @ (X * (p * (1.0 - p))[:, None])
    assert errors == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-6)
    assert np.all(np.abs(w - truth) < 3 * errors)


def test_spring_chain(example):
    shape, forces, weight = example("spring_chain").main()
    assert shape[:, 1] == pytest.approx(shape[::-1, 1], abs=1e-7)
    assert forces[:, 1] == pytest.approx(-weight / 2, abs=1e-7)
    assert forces[0, 0] == pytest.approx(-forces[1, 0], abs=1e-7)


def test_rk4_fit(example):
    found, truth, plain, segments = example("rk4_fit").main()
    assert found == pytest.approx(truth, rel=1e-5)
    assert segments == pytest.approx(plain, rel=1e-13)
