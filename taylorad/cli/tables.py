"""Results as tables, each symmetric entry once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np

from ..tables import Table
from .result import Result

WIDTH = 100
#: Lists that are longer leave entries that are zero out, then cut.
LONGEST = 60
_ORDINALS = {3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth"}


def report(result: Result, digits: int = 12) -> Iterator[str | Table]:
    """The whole report; with formulas instead of numbers where they are there."""
    yield from result.latex.splitlines() or _numbers(result, digits)
    for checked in result.checks.values():
        yield ""
        yield from checked.parts()


def _numbers(result: Result, digits: int) -> Iterator[str | Table]:
    problem = result.problem
    values = [number(v, 17) for v in problem.point]
    at = ", ".join(f"{n} = {v}" for n, v in zip(problem.names, values, strict=True))
    short = len(problem.title) + len(at) + 6 <= WIDTH
    yield f"{problem.title}  at  {at}" if short else problem.title
    for name, value in problem.held.items():
        yield f"  held fixed: {name} = {value}"
    if not short:
        yield ""
        yield "Point"
        yield from grid(problem.names, [], [problem.point], 17)
    if result.coefficients is not None:
        yield from _one_variable(result, digits)
    else:
        yield from _several_variables(result, digits)


def _one_variable(result: Result, digits: int) -> Iterator[str | Table]:
    """Derivatives and coefficients, order by order."""
    assert result.coefficients is not None
    for index in np.ndindex(result.shape):
        yield ""
        if index:
            yield f"component {label(index)}"
        orders = [str(k) for k in range(result.order + 1)]
        derivatives = [float(d[index]) for d in result.tensors]
        columns = [derivatives, result.coefficients[(slice(None), *index)].tolist()]
        yield from grid(
            ["value", *orders[1:]], ["derivative", "Taylor coefficient"], columns, digits, "order"
        )


def _several_variables(result: Result, digits: int) -> Iterator[str | Table]:
    names = result.problem.names
    outputs = list(np.ndindex(result.shape))
    yield ""
    yield "Value"
    yield from grid([label(i) for i in outputs], [], [result.tensors[0].ravel()], digits)
    if result.order >= 1:
        yield ""
        first = result.tensors[1]
        if result.shape:
            yield "Jacobian"
            columns = [[first[(*i, j)] for i in outputs] for j in range(len(names))]
            yield from grid([label(i) for i in outputs], names, columns, digits)
        else:
            yield "Gradient"
            yield from grid(names, [], [list(first)], digits)
    for index in outputs:
        of = f" of component {label(index)}" if index else ""
        if result.order >= 2:
            yield ""
            yield "Hessian" + of
            yield from grid(names, names, list(result.tensors[2][index].T), digits)
        for k in range(3, result.order + 1):
            yield from _tensor(result.tensors[k][index], names, k, of, digits)


def _tensor(tensor: np.ndarray, names: Sequence[str], k: int, of: str, digits: int):
    """The distinct entries of a symmetric tensor, by multi-index."""
    entries = [
        (index, float(tensor[index]))
        for index in combinations_with_replacement(range(len(names)), k)
    ]
    yield ""
    note = f"{len(entries)} distinct"
    if len(entries) > LONGEST:
        kept = [e for e in entries if e[1] != 0]
        note += f", {len(entries) - len(kept)} of them zero and left out"
        if len(kept) > LONGEST:
            note += f"; the first {LONGEST} follow, --json has all"
        entries = kept[:LONGEST]
    yield f"{_ORDINALS.get(k, f'{k}th').capitalize()} derivatives{of} ({note})"
    rows = [partial(index, names) for index, _ in entries]
    yield from grid(rows, [], [[value for _, value in entries]], digits)


def partial(index: Sequence[int], names: Sequence[str]) -> str:
    """``d3/dx2 dy`` for the index ``(0, 0, 1)``."""
    powers = Counter(index)
    below = " ".join(f"d{names[i]}{n if n > 1 else ''}" for i, n in sorted(powers.items()))
    return f"d{len(index)}/{below}"


def label(index: Sequence[int]) -> str:
    """``[0,1]``; nothing for the index of a number."""
    return f"[{','.join(map(str, index))}]" if index else ""


def number(value: float, digits: int) -> str:
    """A number with so many significant digits, the fewest that show it."""
    value = float(value)
    text = repr(value) if digits >= 17 else f"{value:.{digits}g}"
    return text.removesuffix(".0")


def column(values: Iterable[float], digits: int) -> list[str]:
    """Numbers aligned at the decimal point."""
    texts = [number(v, digits) for v in values]
    heads = [t.partition(".")[0] if math.isfinite(float(t)) and "." in t else t for t in texts]
    heads = [h.partition("e")[0] for h in heads]
    left = max(map(len, heads))
    texts = [" " * (left - len(h)) + t for h, t in zip(heads, texts, strict=True)]
    right = max(map(len, texts))
    return [t.ljust(right) for t in texts]


def grid(
    rows: Sequence[str],
    heads: Sequence[str],
    columns: Sequence[Iterable[float]],
    digits: int,
    corner: str = "",
) -> Iterator[Table]:
    """A table with names for rows and columns, cut into blocks where it is too wide."""
    if not rows:
        return
    first = max(map(len, [corner, *rows]))
    cells = [column(c, digits) for c in columns]
    heads = heads or [""] * len(cells)
    widths = [max(len(c[0]), len(h)) for c, h in zip(cells, heads, strict=True)]
    start = 0
    while start < len(cells):
        stop, used = start + 1, first + 4 + widths[start]
        while stop < len(cells) and used + 2 + widths[stop] <= WIDTH:
            used += 2 + widths[stop]
            stop += 1
        block = range(start, stop)
        titles = [heads[j].center(widths[j]) if heads[j] else "" for j in block]
        lines = [[name, *(cells[j][i] for j in block)] for i, name in enumerate(rows)]
        # the only row of a number has no name
        shift = 0 if first else 1
        table = [corner, *titles][shift:], [line[shift:] for line in lines]
        yield Table(*table, left=range(len(table[0])), indent=2)
        start = stop
