"""The graph of a problem in a file, and its formulas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import taylorad as ta

from .problem import Problem
from .tables import label
from .usage import UsageError

#: What is written, by the ending of the file.
FORMATS: dict[str, Callable[[ta.Graph], str]] = {
    ".svg": lambda graph: graph.to_svg(),
    ".dot": lambda graph: graph.to_dot(),
    ".gv": lambda graph: graph.to_dot(),
    ".mmd": lambda graph: graph.to_mermaid(),
    ".html": lambda graph: f'<!doctype html><meta charset="utf-8">{graph._repr_html_()}',
    ".txt": lambda graph: f"{graph}\n\n{graph.counts()}\n",
}


def write_graph(problem: Problem, file: str) -> None:
    """Write the computational graph in the form that the file's name asks for."""
    path = Path(file)
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"--graph: {file} must end in one of {', '.join(FORMATS)}")
    names = [*problem.names, *_held_floats(problem)]
    given = problem.point, *problem.constants
    text = write(ta.trace(problem.function, *given, name=_name(problem), names=names))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--graph: {file} cannot be written: {error.strerror}") from None


def latex(problem: Problem, order: int) -> str:
    """The formulas of the function and of its derivatives."""
    held = _held_floats(problem)
    if held:
        raise UsageError(
            f"--latex: {held[0]} is held fixed, and would be a number in the formulas: "
            "differentiate by it, or make it an integer"
        )
    given = problem.point, *problem.constants
    names = problem.names
    return ta.symbolic.latex(
        problem.function, *given, order=order, name=_name(problem), names=names
    )


def _name(problem: Problem) -> str:
    """The function's name; an expression is ``f``."""
    return "f" if problem.program is not None else problem.title.partition("(")[0]


def _held_floats(problem: Problem) -> list[str]:
    """The names of floats that are not differentiated by: inputs of the graph, too."""
    names: list[str] = []
    for name, value in problem.held.items():
        array = np.asarray(value)
        if array.dtype.kind == "f":
            names += [name + label(index) for index in np.ndindex(array.shape)]
    return names
