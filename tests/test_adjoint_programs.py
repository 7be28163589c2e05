"""Reverse mode on random programs, and on every program that it once got wrong."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from adjoint_programs import Invalid, check, check_compiled, main, read, truth
from adjoint_scope import Program
from adjoint_writer import write
from shrinking import shrunk

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.txt"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_programs_that_failed_once(path):
    failure = check(read(path.read_text()), 1)
    assert failure is None, f"{failure.kind}: {failure.detail}"


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_random_programs(first):
    """More of them: ``python tests/adjoint_programs.py --count 10000 --seed 1000``."""
    for seed in range(first, first + 50):
        program = write(seed, arrays=seed % 2 == 1)
        try:
            failure = check(program, seed)
        except Invalid:
            continue
        if failure is not None and not failure.kind.startswith("refused"):
            pytest.fail(f"seed {seed}, {failure.kind}: {failure.detail}\n{program.text}")


def test_few_programs_are_refused_or_say_nothing():
    good = 0
    for seed in range(400, 500):
        try:
            good += check(write(seed, arrays=True), seed) is None
        except Invalid:
            continue
    assert good >= 90


@pytest.mark.parametrize("seed", [9032, 9050])  # recursion; a loop over checkpoints
def test_compiled_random_program(seed):
    program = write(seed)
    assert ("deep_" if seed == 9032 else "ta.checkpoint") in program.text
    failure = check_compiled(program, seed)
    assert failure is None, f"{failure.kind}: {failure.detail}"


@pytest.mark.long
@pytest.mark.parametrize("options", ["--count 4000", "--count 4000 --arrays"])
def test_many_random_programs(options):
    assert main(f"{options} --seed 1000 --compiled 100".split()) == 0


# -- the means of these tests ------------------------------------------------------------------


def test_programs_are_the_same_every_time():
    assert write(7).text == write(7).text != write(8).text


def test_dual_numbers_agree_with_differences():
    for seed in range(20):
        program = write(seed, arrays=True)
        numbers = np.random.default_rng(seed)
        directions = {}
        for name in program.wrt:
            a = program.arguments[name]
            directions[name] = None if isinstance(a, tuple) else numbers.normal(size=np.shape(a))
        try:
            _, tangents = truth(program, directions)
            ends = [truth(_moved(program, directions, h), {})[0] for h in (1e-6, -1e-6)]
        except Invalid:
            continue
        for slope, high, low in zip(*map(_flat, (tangents, *ends)), strict=True):
            assert slope == pytest.approx((high - low) / 2e-6, rel=1e-4, abs=1e-5)


def _moved(program, directions, h):
    moved = {n: a if directions.get(n) is None else a + h * directions[n]
             for n, a in program.arguments.items()}  # fmt: skip
    return Program(program.text, moved, program.wrt)


def _flat(thing):
    if isinstance(thing, tuple):
        return [x for item in thing for x in _flat(item)]
    return list(np.ravel(thing))


def test_shrinking_keeps_what_fails():
    text = write(11).text + "\ndef g(x):\n    if x > 2:\n        x = x / (x - x)\n"
    small = shrunk(text, lambda t: any(isinstance(n, ast.Div) for n in ast.walk(ast.parse(t))))
    assert len(small.splitlines()) <= 4 and "/" in small
