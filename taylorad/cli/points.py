"""Derivatives at several points: a table of points in, a table of derivatives out."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np

from ..errors import ParseError
from .check import complain, passed, run_checks
from .problem import Problem
from .result import Result, differentiate, to_json
from .tables import label, partial
from .usage import UsageError
from .values import Value, parse_values

_ELEMENT = re.compile(r"^\s*([^\W\d]\w*)\s*((?:\[\s*\d+(?:\s*,\s*\d+)*\s*\])?)\s*$")


def run_points(options, problem_at: Callable) -> int:
    """Print the derivatives at every point of a file; the exit status."""
    if options.graph is not None or options.latex:
        raise UsageError("--graph and --latex go with one point: --at")
    results = []
    first: Problem | None = None
    for line, named in _rows(options.points, options.at):
        try:
            problem = problem_at(([], named))
        except (ParseError, UsageError) as error:
            raise UsageError(f"{options.points}, line {line}: {error}") from None
        if first is not None and first.names == problem.names and _same_held(first, problem):
            problem = replace(first, point=problem.point)  # compiled already
        first = problem
        result = differentiate(problem, options.order)
        result.checks = run_checks(problem, options)
        complain(result.checks)
        results.append(result)
    if not results:
        raise UsageError(f"--points: {options.points} has no rows below its names")
    if options.json:
        print(json.dumps([json.loads(to_json(r)) for r in results]))
    else:
        print(_table(results, options.digits), end="")
    return 0 if all(passed(r.checks) for r in results) else 1


def _same_held(a: Problem, b: Problem) -> bool:
    return a.held.keys() == b.held.keys() and all(
        type(a.held[k]) is type(b.held[k]) and np.array_equal(a.held[k], b.held[k]) for k in a.held
    )


def _rows(file: str, at: str | None) -> Iterator[tuple[int, dict[str, Value]]]:
    """Line and values of each row; those of ``--at`` hold where there is no column."""
    positional, common = parse_values(at) if at else ([], {})
    if positional:
        raise UsageError("--at beside --points: give values by name")
    try:
        text = sys.stdin.read() if file == "-" else _read(file)
    except OSError as error:
        raise UsageError(f"--points: {file} cannot be read: {error.strerror}") from None
    reader = csv.reader(io.StringIO(text), skipinitialspace=True)
    names: list[tuple[str, tuple[int, ...]]] | None = None
    for row in reader:
        if not any(cell.strip() for cell in row) or row[0].startswith("#"):
            continue
        if names is None:
            names = [_column(file, cell) for cell in row]
            continue
        if len(row) != len(names):
            raise UsageError(
                f"{file}, line {reader.line_num}: {len(row)} values under {len(names)} names"
            )
        cells = [_number(file, reader.line_num, cell) for cell in row]
        yield reader.line_num, {**common, **_gathered(file, names, cells)}


def _read(file: str) -> str:
    with open(file, encoding="utf-8-sig", newline="") as opened:
        return opened.read()


def _column(file: str, cell: str) -> tuple[str, tuple[int, ...]]:
    """``x`` or ``x[0,1]``."""
    found = _ELEMENT.match(cell)
    if found is None:
        raise UsageError(f"--points: {cell!r} in the first row of {file} is no name: x or x[0]")
    name, index = found.groups()
    return name, tuple(int(i) for i in re.findall(r"\d+", index))


def _number(file: str, line: int, cell: str) -> Value:
    try:
        positional, named = parse_values(cell)
    except ValueError as error:
        raise UsageError(f"{file}, line {line}: {error}") from None
    if named or len(positional) != 1:
        raise UsageError(f"{file}, line {line}: {cell!r} is no value")
    return positional[0]


def _gathered(file: str, names, cells) -> dict[str, Value]:
    """Columns ``x[0]``, ``x[1]`` as one list."""
    values: dict[str, Value] = {}
    elements: dict[str, dict[tuple[int, ...], Value]] = {}
    for (name, index), cell in zip(names, cells, strict=True):
        if index:
            elements.setdefault(name, {})[index] = cell
        elif name in values:
            raise UsageError(f"--points: two columns of {file} are named {name}")
        else:
            values[name] = cell
    for name, found in elements.items():
        shape = tuple(max(i) + 1 for i in zip(*found, strict=False))
        if name in values or set(found) != set(np.ndindex(shape)):
            raise UsageError(f"--points: the columns of {name} are not those of one array")
        array = np.empty(shape, dtype=object)
        for index, cell in found.items():
            array[index] = cell
        values[name] = array.tolist()
    return values


def _table(results: list[Result], digits: int) -> str:
    """A table in CSV: the point, the value, and each distinct derivative."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head: list[str] = []
    for result in results:
        names = result.problem.names
        columns: list[tuple[str, float]] = list(
            zip(names, result.problem.point.tolist(), strict=True)
        )
        for index in np.ndindex(result.shape):
            columns.append((f"value{label(index)}", float(result.tensors[0][index])))
            for k in range(1, result.order + 1):
                tensor = result.tensors[k][index]
                for by in combinations_with_replacement(range(len(names)), k):
                    one = tensor if result.coefficients is not None else tensor[by]
                    columns.append((partial(by, names) + label(index), float(one)))
        row = [f"{x:.{digits}g}" for _, x in columns]
        titles = [name for name, _ in columns]
        if result.checks:
            titles.append("check")
            row.append("agrees" if passed(result.checks) else "WRONG")
        if titles != head:
            head = titles
            writer.writerow(head)
        writer.writerow(row)
    return out.getvalue()
