"""The ways in which the library finds partial derivatives, each at the orders that it has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np

from ..errors import ArgumentValueError, UnsupportedError
from ..transforms.forward import directional, taylor
from ..transforms.hessians import hessian
from ..transforms.nested import hvp, taylor_grad
from ..transforms.reverse import value_and_grad
from ..transforms.tensors import derivatives, jacobian
from .flat import Flat, floats_of

#: A result's number, the inputs that are differentiated by, and the derivative.
Entry = tuple[int, tuple[int, ...], float]
#: Name, lowest order, whether only functions that return a number have it.
MODES: dict[str, tuple[int, bool]] = {
    "forward": (0, False),
    "series": (1, False),
    "reverse": (1, False),
    "gradient of the arguments": (1, True),
    "series in a number": (1, False),
    "hessian": (2, True),
    "hvp": (2, True),
    "series of the gradient": (2, True),
    "jets over reverse": (2, False),
    "reverse over series": (2, False),
    "reverse over reverse": (2, False),
    "jets over hvp": (3, True),
}


def chosen(names: Iterable[str]) -> list[str]:
    """The modes that are asked for; all without names."""
    names = list(names) or list(MODES)
    for name in names:
        if name not in MODES:
            raise ArgumentValueError(f"modes: {name!r} is none of {', '.join(MODES)}")
    return names


def modes(
    flat: Flat, f, order: int, is_number: bool, names: list[str], missing: list[str]
) -> Iterator[tuple[str, Callable[[Flat], Iterable[Entry]]]]:
    """Each mode's name and what finds its derivatives at a point.

    Those that the function does not allow are appended to ``missing``.
    """
    made = _Modes(flat, f, order)
    for name in names:
        least, of_numbers = MODES[name]
        if order < least or (of_numbers and not is_number):
            continue
        find: Callable[[Flat], Iterable[Entry]] = getattr(made, name.replace(" ", "_"))()
        if find is None:
            continue
        try:
            list(find(flat))
        except UnsupportedError:
            missing.append(name)
            continue
        yield name, find


class _Modes:
    """For each mode the function of a point that yields its derivatives."""

    def __init__(self, flat: Flat, f, order: int):
        self.flat, self.f, self.order = flat, f, order
        self.n = flat.point.size
        self.units = np.eye(self.n)

    def _tensor(self, tensor, k: int, alone: int = 0) -> Iterator[Entry]:
        """The entries of an array of k-th derivatives, symmetric in all axes but the first ones."""
        rows = _rows(tensor, (self.n,) * k)
        inputs = range(self.n)
        tails = list(combinations_with_replacement(inputs, k - alone))
        for o in range(len(rows)):
            for head in product(inputs, repeat=alone):
                for tail in tails:
                    yield o, head + tail, float(rows[(o, *head, *tail)])

    def forward(self):
        tensors = derivatives(self.flat.function, self.order)

        def find(at):
            for k, tensor in enumerate(at.call(tensors)):
                yield from self._tensor(tensor, k)

        return find

    def series(self):
        along = directional(self.flat.function, self.order)

        def find(at):
            for i, unit in enumerate(self.units):
                columns = _columns(at.call(along, unit), self.order + 1)
                yield from _of_series(columns, (i,), 1)

        return find

    def series_in_a_number(self):
        given = [k for k, x in enumerate(self.flat.args) if isinstance(x, float | np.floating)]
        if self.n != 1 or given != self.flat.argnums:
            return None
        along = taylor(self.f, self.order, argnums=given[0])

        def find(at):
            columns = _columns(along(*at.arguments), self.order + 1)
            yield from _of_series(columns, (0,), 1)

        return find

    def reverse(self):
        rows = jacobian(self.flat.function, mode="reverse")
        return lambda at: self._tensor(at.call(rows), 1)

    def gradient_of_the_arguments(self):
        both = value_and_grad(self.f, argnums=tuple(self.flat.argnums))

        def find(at):
            value, gradient = both(*at.arguments)
            yield 0, (), float(value)
            for i, x in enumerate(floats_of(gradient)):
                yield 0, (i,), x

        return find

    def hessian(self):
        both = hessian(self.flat.function)
        return lambda at: self._tensor(at.call(both), 2)

    def hvp(self):
        times = hvp(self.flat.function)

        def find(at):
            for i, unit in enumerate(self.units):
                for j, x in enumerate(at.call(times, unit)):
                    yield 0, (i, j), float(x)

        return find

    def series_of_the_gradient(self):
        along = taylor_grad(self.flat.function, self.order - 1)

        def find(at):
            for i, unit in enumerate(self.units):
                found = at.call(along, unit)
                for j in range(self.n):
                    for _, index, x in _of_series(found[:, j : j + 1], (i,), 1):
                        yield 0, (*index, j), x

        return find

    def jets_over_reverse(self):
        tensors = derivatives(jacobian(self.flat.function, mode="reverse"), self.order - 1)

        def find(at):
            for k, tensor in enumerate(at.call(tensors)[1:], 2):
                yield from self._tensor(tensor, k, alone=1)

        return find

    def reverse_over_series(self):
        back = jacobian(directional(self.flat.function, self.order - 1), mode="reverse")

        def find(at):
            for i, unit in enumerate(self.units):
                found = at.call(back, unit)
                parts = found if isinstance(found, tuple) else (found,)
                rows = [np.reshape(p, (self.order, -1, self.n)) for p in parts]
                slopes = np.concatenate(rows, axis=1)
                for j in range(self.n):
                    for o, index, x in _of_series(slopes[:, :, j], (i,), 1):
                        yield o, (*index, j), x

        return find

    def reverse_over_reverse(self):
        back = jacobian(jacobian(self.flat.function, mode="reverse"), mode="reverse")
        return lambda at: self._tensor(at.call(back), 2, alone=1)

    def jets_over_hvp(self):
        tensors = jacobian(hvp(self.flat.function), mode="forward")

        def find(at):
            for i, unit in enumerate(self.units):
                found = at.call(tensors, unit)
                for j, k in product(range(self.n), repeat=2):
                    yield 0, (i, j, k), float(found[j, k])

        return find


def _of_series(columns: np.ndarray, by: tuple[int, ...], least: int) -> Iterator[Entry]:
    """The derivatives of normalised coefficients, one a row, from an order on."""
    for k in range(least, len(columns)):
        for o, c in enumerate(columns[k]):
            yield o, by * k, float(c) * math.factorial(k)


def _rows(tensor: Any, inputs: tuple[int, ...]) -> np.ndarray:
    """A tensor, or a tuple of them, of shape ``(numbers, n, ..., n)``."""
    if isinstance(tensor, tuple):
        return np.concatenate([_rows(t, inputs) for t in tensor])
    return np.asarray(tensor, dtype=float).reshape((-1, *inputs))


def _columns(coefficients: Any, count: int) -> np.ndarray:
    """Series, or a tuple of them, of shape ``(count, numbers)``."""
    if isinstance(coefficients, tuple):
        return np.concatenate([_columns(c, count) for c in coefficients], axis=1)
    return np.asarray(coefficients, dtype=float).reshape((count, -1))
