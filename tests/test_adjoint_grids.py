"""Random stencils on grids of one to three dimensions: reverse mode against dual numbers.

Loops over a grid add to neighbouring elements in the reverse sweep, which is gathered, delayed
or split.  Bounds, offsets, steps and what the terms need are drawn, so that some nests may be
treated so and others not; grids may be too small to have any inner points.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from adjoint_programs import Invalid, check, check_compiled
from adjoint_writer import Program

LETTERS = "ijk"


class Writer:
    """Writes a function that sweeps over a grid."""

    def __init__(self, rand: random.Random):
        self.random = rand
        self.depth = rand.choice((1, 2, 2, 2, 2, 3))
        self.shape = [rand.choice((2, 3, 4, 4, 5, 6)) for _ in range(self.depth)]
        self.reach = rand.choice((1, 1, 1, 2))
        #: The first and last axis in this order or the other one.
        self.order = list(range(self.depth))
        if rand.random() < 0.2:
            rand.shuffle(self.order)

    def element(self, array, offsets):
        moved = (LETTERS[k] + (f" {'+-'[offsets[k] < 0]} {abs(offsets[k])}" if offsets[k] else "")
                 for k in self.order)  # fmt: skip
        return f"{array}[{', '.join(moved)}]"

    def offsets(self):
        choices = (0, *range(-self.reach, self.reach + 1))
        return [self.random.choice(choices) for _ in range(self.depth)]

    def along_axes(self):
        """Offsets along each axis in turn, as in the common stencils."""
        axes = range(self.depth)
        return [[step * (k == axis) for k in axes] for axis in axes for step in (-1, 1)]

    def term(self, offsets):
        u, here = self.element("u", offsets), self.element("u", [0] * self.depth)
        factor = self.random.choice(
            ("0.3", "0.25", "c", self.element("w", [0] * self.depth), self.element("w", offsets))
        )
        return self.random.choice(
            (f"{factor} * {u}",) * 4
            + (f"{factor} * {u} * {u}", f"{factor} * {u} * {here}", f"{factor} * math.sin({u})",
               f"{factor} * {u} * {self.element('x', offsets)}")
        )  # fmt: skip

    def bounds(self, axis):
        n = f"n{axis}"
        low, high = self.reach, f"{n} - {self.reach}"
        forms = (f"range({low}, {high})",) * 4
        forms += (f"range({n} - {1 + self.reach}, {low - 1}, -1)", f"range({low}, {high}, 2)")
        forms += (f"range(0, {high})", f"range(-1, {high})")
        if axis:
            forms += (f"range({low}, min({high}, {LETTERS[axis - 1]} + 2))",)
        return self.random.choice(forms)

    def lines(self):
        rand = self.random
        offsets = self.along_axes() if rand.random() < 0.6 else []
        offsets += [self.offsets() for _ in range(rand.randint(0 if offsets else 2, 2))]
        terms = " + ".join(self.term(o) for o in offsets)
        target, indent = self.element("v", [0] * self.depth), ""
        nest = []
        for axis in range(self.depth):
            nest.append(f"{indent}for {LETTERS[axis]} in {self.bounds(axis)}:")
            indent += "    "
            if rand.random() < 0.1:
                nest.append(f"{indent}s += 0.1")
        if rand.random() < 0.3:
            nest.append(f"{indent}r = {terms}")
            terms = "r * r + 0.5 * r" if rand.random() < 0.3 else "0.7 * r"
        nest.append(f"{indent}{target} {rand.choice(('=', '=', '=', '+='))} {terms}")
        if rand.random() < 0.2:
            nest.append(f"{indent}s += {self.element('u', self.offsets())}")
        swap = rand.choice(("u, v = v, u",) * 3 + ("u = v.copy()", "u, v = v, u.copy()"))
        return ["for t in range(sweeps):", *("    " + line for line in [*nest, swap])]

    def program(self, numbers) -> Program:
        body = [
            *(f"n{axis} = x.shape[{self.order.index(axis)}]" for axis in range(self.depth)),
            "u, v = x.copy(), np.zeros_like(x)",
            "s = 0.0",
            *self.lines(),
            "return s + np.sum(u * w) + np.sum(v * v)",
        ]
        text = "def f(x, w, c, sweeps):\n" + "\n".join("    " + line for line in body) + "\n"
        arguments = {name: 0.5 * numbers.normal(size=self.shape) for name in "xw"}
        arguments |= {"c": 0.4, "sweeps": self.random.choice((1, 2, 3))}
        return Program(text, arguments, self.random.choice((("x",), ("x", "w"), ("x", "w", "c"))))


def drawn(seed: int) -> Program:
    return Writer(random.Random(seed)).program(np.random.default_rng(seed))


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_random_grids(start):
    for seed in range(start, start + 20):
        program = drawn(seed)
        try:
            failure = check(program, seed)
        except Invalid:
            continue
        assert failure is None, f"{program.text}\n{program.arguments}\n{failure}"


@pytest.mark.parametrize("seed", (0, 26))  # both are gathered
def test_compiled_grids(seed):
    program = drawn(seed)
    assert check_compiled(program, seed) is None
