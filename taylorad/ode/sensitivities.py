"""Derivatives of the solution by its inputs: which lifts there are, and their memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .lifted import Lifts
from .lifting import UNROLLED, Layout, lanes_for, unrolled
from .linearising import Linear
from .reading import Equations
from .rolled import program, rolled


@dataclass
class Lift:
    """One lift: the inputs ``I``, and the first input of its lanes."""

    prefix: tuple[int, ...]
    block: int


class Sensitivities:
    """The derivatives by inputs, up to a degree.

    Parameters
    ----------
    equations : Equations
        Its ``watched`` columns are set: make the system after this.
    order : int
        The highest coefficient of a step.
    components : bool
        Whether the components of the initial state are inputs.
    parameters : sequence of int
        The parameters that are.
    degree : int
    first : {"components", "parameters"}
        Which inputs come first.
    """

    def __init__(self, equations: Equations, order: int, components: bool,
                 parameters: Sequence[int], degree: int, first: str = "components"):  # fmt: skip
        if equations.switches and degree > 1:
            raise UnsupportedError(
                "the right-hand side has kinks or jumps: derivatives of the solution beyond the "
                "first are not known behind them. Ask for sensitivity_order=1"
            )
        self.dimension, self.order, self.degree = equations.dimension, order, degree
        n, p = equations.dimension, len(parameters)
        inputs = [("parameter", i) for i in range(p)]
        states = [("component", i) for i in range(n)] if components else []
        self.inputs = states + inputs if first == "components" else inputs + states
        self.linear = Linear(equations, parameters, degree, order)
        layout = Layout(self.linear, lanes_for(len(self.inputs)))
        self._written = [layout.products(r) <= UNROLLED for r in range(1, degree + 1)]
        if not all(self._written):
            layout = Layout(self.linear, 8)
        self.layout, self.lanes = layout, layout.lanes
        equations.watched = layout.watched
        self.lifts = [
            Lift(prefix, block)
            for r in range(1, degree + 1)
            for prefix in combinations_with_replacement(range(len(self.inputs)), r - 1)
            for block in range(0, len(self.inputs), self.lanes)
            if not prefix or block + self.lanes > prefix[-1]
        ]
        self._index = {(x.prefix, x.block): i for i, x in enumerate(self.lifts)}
        self._compile()

    def _compile(self) -> None:
        """The native lifts to each order."""
        self._native: list[tuple[int, int]] = []
        self.owners: list[Any] = []
        for r, written in enumerate(self._written, start=1):
            if written:
                address, owner = unrolled(self.layout, r)
                self._native.append((address, 0))
            else:
                header, owner = program(self.layout, r)
                self._native.append((rolled(), header.ctypes.data))
            self.owners.append(owner)

    @property
    def rows(self) -> int:
        """Rows of each lift that are wanted: components of the state, and roots."""
        return len(self.layout.kept)

    @property
    def shape(self) -> np.ndarray:
        """Lifts, rows, coefficients and lanes."""
        return np.array([len(self.lifts), self.rows, self.order + 1, self.lanes], dtype=np.int64)

    def memory(self) -> Lifts:
        """Memory for one integration, with the derivatives of the initial state."""
        n, p = self.dimension, len(self.linear.parameters)
        count, lanes, size = len(self.lifts), self.lanes, self.layout.tape
        own = [i for i, lift in enumerate(self.lifts) if len(lift.prefix) + 1 < self.degree]
        tapes = _aligned((len(own) + 1) * size)
        at = {i: k * size for k, i in enumerate(own)}
        places = np.zeros((count, 4), dtype=np.int64)
        states, rests = np.zeros((count, n, lanes)), np.zeros((count, p, lanes))
        bases: list[int] = []
        for i, lift in enumerate(self.lifts):
            places[i] = len(bases), i * n * lanes, i * p * lanes, at.get(i, len(own) * size)
            bases += self._bases(lift, tapes, at)
            if not lift.prefix:
                for lane, (kind, index) in enumerate(self._lanes(lift)):
                    (states if kind == "component" else rests)[i, index, lane] = 1.0
        addresses = [self._native[len(x.prefix)][0] for x in self.lifts]
        now = np.zeros((count, self.rows, lanes))
        now[:, :n] = states
        parts = np.array(bases, dtype=np.int64)
        flat, rest = states.reshape(-1), np.append(rests.reshape(-1), 0.0)
        starts = [array.ctypes.data for array in (parts, flat, rest, tapes)]
        return Lifts(
            np.array(addresses, dtype=np.int64), 8 * places + starts, parts, flat,
            np.zeros(states.size), rest, tapes,
            np.array(self.layout.kept, dtype=np.int64),
            self.shape, np.zeros(self.shape.prod()), now.reshape(-1),
            np.zeros(count * lanes),
            np.zeros((0 if all(self._written) else self.layout.width, self.order + 1)),
            np.ones(1, dtype=np.int64), np.zeros(n + 1),
        )  # fmt: skip

    def _lanes(self, lift: Lift):
        return self.inputs[lift.block : lift.block + self.lanes]

    def _bases(self, lift: Lift, tapes: np.ndarray, at) -> list[int]:
        """Addresses for each part of the prefix: of its own lane, and of the rest's vectors."""
        prefix = lift.prefix
        found = [self._native[len(prefix)][1], 0]
        for part in range(1, 2 ** len(prefix)):
            inside = tuple(x for b, x in enumerate(prefix) if part >> b & 1)
            outside = tuple(x for b, x in enumerate(prefix) if not part >> b & 1)
            *before, last = inside
            block = last // self.lanes * self.lanes
            numbers = at[self._index[tuple(before), block]]
            vectors = at[self._index[outside, lift.block]]
            start = tapes.ctypes.data
            found += [start + 8 * (numbers + last - block), start + 8 * vectors]
        return found

    def tensors(self, found: np.ndarray) -> list[np.ndarray]:
        """The derivatives of each order from what lifts have found.

        Parameters
        ----------
        found : float array ``(..., count * rows * lanes)``

        Returns
        -------
        list of arrays
            Of shape ``(..., rows) + (m,) * r`` for ``r`` up to the degree, symmetric; the rows
            are the components of the state, and roots.
        """
        m = len(self.inputs)
        before = found.shape[:-1]
        parts = found.reshape(*before, len(self.lifts), self.rows, self.lanes)
        made = [np.zeros((*before, self.rows, *(m,) * r)) for r in range(1, self.degree + 1)]
        for i, lift in enumerate(self.lifts):
            target = made[len(lift.prefix)]
            for lane in range(min(self.lanes, m - lift.block)):
                j = lift.block + lane
                if lift.prefix and j < lift.prefix[-1]:
                    continue
                for index in set(permutations((*lift.prefix, j))):
                    place: Any = (..., *index)
                    target[place] = parts[..., i, :, lane]
        return made


def _aligned(size: int) -> np.ndarray:
    raw = np.zeros(size + 8)
    first = -(raw.ctypes.data // 8) % 8
    return raw[first : first + size]
