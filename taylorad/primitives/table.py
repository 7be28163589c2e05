"""The table of all primitives for the documentation: ``python -m taylorad.primitives.table``.

Written from the registry to ``docs/primitives.md``; with ``--check`` only compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from .registry import (
    Composed,
    Discrete,
    Formula,
    Linear,
    Piecewise,
    Power,
    Primitive,
    Quotient,
    Recurrence,
    Slopes,
    registered,
)

HEAD = """# Primitives

Every elementary operation that taylorad differentiates, in all its spellings, with what it
returns where it is not smooth. This page is made from the registry by
`python -m taylorad.primitives.table`; [extending](extending.md) tells how to add to it.

Coefficient 0 is always the plain program's value, to the bit, and raises what the program
raises. Further coefficients never raise: where a derivative does not exist they are inf or
nan, or what the last column says. *Complex* marks operations that also take complex numbers.
`max` and `min` take any number of operands; `round` (also with digits), `divmod`,
`math.ldexp`, `np.angle`, `np.float64`, `complex` and the attributes `.real`, `.imag` and
`.conjugate()` are made of the operations below.

| operation | spellings | rule | complex | where it is not smooth |
|---|---|---|---|---|
"""

RULES = {
    Piecewise: "linear in pieces",
    Linear: "linear",
    Recurrence: "recurrence",
    Quotient: "c' = a' / d(a)",
    Slopes: "c' = sum of s(a) a'",
    Composed: "composition with the function's series",
    Power: "recurrence",
    Formula: "composition",
    Discrete: "constant in pieces",
}

#: Operators as they are written.
SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "neg": "-x", "pos": "+x", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
    "ne": "!=", "not_": "not", "iadd": "+=", "isub": "-=", "imul": "*=", "itruediv": "/=",
    "ifloordiv": "//=", "imod": "%=", "ipow": "**=",
}  # fmt: skip


def spelling(function) -> str:
    """How a function is written in a program."""
    name = getattr(function, "__name__", repr(function))
    if isinstance(function, np.ufunc):
        return f"np.{name}"
    module = (getattr(function, "__module__", None) or "builtins").partition(".")[0]
    if module == "_operator":
        return SIGNS[name]
    if module == "taylorad":
        return f"functions.{name}"
    return name if module == "builtins" else f"{ {'numpy': 'np'}.get(module, module) }.{name}"


def row(primitive: Primitive) -> str:
    """A primitive's line of the table."""
    spellings = ", ".join(f"`{spelling(f)}`" for f in primitive.functions)
    rule = RULES[type(primitive.rule("x" * primitive.arity))]
    cells = (primitive.name, spellings, rule, "yes" if primitive.complex else "")
    return "| " + " | ".join((*cells, primitive.nonsmooth.replace("|", "\\|"))) + " |"


def table() -> str:
    """The page."""
    own = (p for p in registered() if _is_own(p))
    return HEAD + "\n".join(map(row, own)) + "\n"


def _is_own(primitive: Primitive) -> bool:
    """Whether the library itself declared the primitive, not a user."""
    rule = primitive.rule("x" * primitive.arity)
    if isinstance(rule, Discrete):
        return any(not hasattr(f, "py_func") for f in primitive.functions)
    return all(f.__module__.startswith("taylorad") for f in primitive.partials)


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` tell whether it is up to date."""
    page = Path(__file__).parents[2] / "docs" / "primitives.md"
    if "--check" in arguments:
        return 0 if page.read_text() == table() else 1
    page.write_text(table())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
