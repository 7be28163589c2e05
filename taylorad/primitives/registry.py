"""The registry of primitives: every elementary operation, declared once.

A declaration holds what each engine needs: the functions that the operation
answers to, its value, its rule for Taylor coefficients, its local partial
derivatives, and what it does where it is not smooth.  Jets, adjoints, the graph,
the tests and the documentation's table are all made from the declarations alone.

Coefficients are normalised everywhere: ``c[k] = f^(k)(x) / k!``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ArgumentTypeError, ArgumentValueError


@dataclass(frozen=True)
class Linear:
    """A rule with the same formula for every coefficient: ``c[k] = formula(a[k], ...)``.

    Plain operands take part as constant series.  ``constants`` are functions of the
    primal operands whose values are passed after the coefficients (the sign for `abs`).
    """

    formula: Callable
    constants: tuple[Callable, ...] = ()


@dataclass(frozen=True)
class Piecewise(Linear):
    """A linear rule for coefficients from the first on; coefficient 0 is the function's value.

    For functions that are linear between kinks: ``constants`` tell the piece.
    """


@dataclass(frozen=True)
class Recurrence:
    """A rule that computes coefficient ``k >= 1`` from earlier ones.

    ``formula(k, *outputs, *operands)`` returns coefficient ``k`` of each output;
    ``outputs`` are the functions of the primal operands that start each output.
    Output ``result`` is the value of the primitive, the others are auxiliary; one whose
    coefficients beyond 0 are returned as ``0.0`` is a constant.
    A plain operand is passed as a constant series.  With ``inner``, functions of the
    operands, the series of their values are passed in place of the operands.
    Where a polynomial gives a polynomial, ``degree(*degrees)`` tells of which degree
    (that of a plain operand is 0).
    """

    formula: Callable
    outputs: tuple[Callable, ...]
    result: int = 0
    inner: tuple[Callable, ...] = ()
    degree: Callable[..., int] | None = None


@dataclass(frozen=True)
class Slopes:
    """``c' = sum of slope_i(a, ...) * a_i'``: the rule that follows from local partials."""

    slopes: tuple[Callable, ...]


@dataclass(frozen=True)
class Quotient:
    """``c' = a' / divisor(a)``: the rule of logarithms and inverse functions."""

    divisor: Callable


@dataclass(frozen=True)
class Composed:
    """``c = sum of f_n (a - a_0)^n`` with the function's own Taylor coefficients ``f_n``.

    For functions that solve no differential equation.  ``coefficient(n, *operands)`` is
    ``f_n`` at the primal operands; the last operand is the one that varies.
    """

    coefficient: Callable


@dataclass(frozen=True)
class Formula:
    """A composition of other primitives; coefficient 0 is the function's own value.

    With ``ordered`` the order of the series is passed as the last argument, for formulas
    whose length depends on it.  Text with branches and loops is compiled as it stands.
    """

    formula: Callable
    ordered: bool = False


@dataclass(frozen=True)
class Power:
    """``c = a^r`` with a plain ``r``: repeated multiplication where ``r`` is a whole number.

    That is exact at ``a = 0`` and stable near it; ``general`` is the rule for other ``r``,
    with ``vanishing(k, r, a_1)`` for the coefficients at ``a_0 = 0``.  With a series ``r``,
    ``varying`` is the rule where ``a_0`` is not zero, ``constant`` that for a plain ``a``.
    """

    general: Recurrence
    vanishing: Callable
    varying: Recurrence
    constant: Recurrence


@dataclass(frozen=True)
class Discrete:
    """Locally constant (floor, sign, comparisons): acts on primals, gives a plain number."""


Rule = Linear | Recurrence | Slopes | Quotient | Composed | Formula | Power | Discrete


@dataclass(frozen=True, eq=False)
class Primitive:
    """One elementary operation; see `primitive` for the meaning of the fields."""

    name: str
    functions: tuple[Any, ...]
    value: Callable
    arity: int
    rules: dict[str, Rule]
    partials: tuple[Callable, ...]
    domain: tuple[tuple[float, float], ...]
    nonsmooth: str
    complex: bool
    result: str = "joint"
    doc: str = field(repr=False, default="")

    def rule(self, pattern: str, complex: bool = False) -> Rule:
        """The rule for an activity pattern: ``"x"`` for a series, ``"c"`` for a plain operand."""
        own = self.rules.get(pattern.replace("x", "z")) if complex else None
        return own or self.rules.get(pattern) or self.rules["x" * self.arity]


_by_name: dict[str, Primitive] = {}
_by_function: dict[Any, Primitive] = {}
_listeners: list[Callable[[Primitive], None]] = []


def primitive(
    name: str,
    functions: Sequence[Any],
    *,
    rule: Rule | None = None,
    rules: dict[str, Rule] | None = None,
    partials: Sequence[Callable] = (),
    value: Callable | None = None,
    domain: Sequence[tuple[float, float]] = (),
    nonsmooth: str = "",
    complex: bool = False,
    result: str = "joint",
) -> Primitive:
    """Declare an elementary operation.

    Parameters
    ----------
    name : str
        Unique name.
    functions : sequence
        The callables that it answers to in compiled code, such as ``(math.sin, np.sin)``.
    rule : Rule, optional
        How Taylor coefficients are computed: `Linear`, `Recurrence`, `Quotient`,
        `Slopes` or `Discrete`.  Without it the rule follows from ``partials``.
    rules : dict, optional
        Further rules for activity patterns in which some operands are plain numbers,
        such as ``{"xc": ...}`` for a power with a constant exponent; ``"z"`` in place of
        ``"x"`` gives the rule for complex series where it is another.
    partials : sequence of callables
        Local partial derivatives, one for each operand, written with arithmetic, NumPy
        functions and other primitives.
    value : callable, optional
        The operation on numbers; by default the first of ``functions``.
    domain : sequence of (low, high), optional
        For each operand the range over which the tests sample it; its length gives the
        number of operands where ``partials`` is empty.
    nonsmooth : str
        Where the operation is not differentiable and what its derivative is there.
    complex : bool
        Whether the rule holds for complex operands (the operation is analytic).
    result : {"joint", "real", "complex"}
        The kind of number that comes out: that in which the operands meet, or always one.

    Returns
    -------
    Primitive

    Raises
    ------
    ArgumentValueError
        If the name is taken or nothing says how to differentiate.
    ArgumentTypeError
        If one of the functions is not callable.
    """
    functions = tuple(functions)
    for fn in functions:
        if not callable(fn):
            raise ArgumentTypeError(f"primitive {name!r}: {fn!r} is not callable")
        if fn in _by_function:
            raise ArgumentValueError(
                f"primitive {name!r}: {fn!r} belongs to {_by_function[fn].name!r} already"
            )
    if name in _by_name:
        raise ArgumentValueError(f"there is a primitive named {name!r} already")
    arity = len(partials) or len(domain)
    if arity == 0:
        raise ArgumentValueError(f"primitive {name!r}: give partials or a domain, one an operand")
    if rule is None:
        if not partials:
            raise ArgumentValueError(f"primitive {name!r}: give a rule or partials")
        rule = Slopes(tuple(partials))
    table = {"x" * arity: rule, **(rules or {})}
    for pattern in table:
        if len(pattern) != arity or set(pattern) - {"x", "c", "z"}:
            raise ArgumentValueError(
                f"primitive {name!r}: pattern {pattern!r} must be {arity} letters 'x', 'z' or 'c'"
            )
    declared = Primitive(
        name=name,
        functions=functions,
        value=value or functions[0],
        arity=arity,
        rules=table,
        partials=tuple(partials),
        domain=tuple(domain) or ((-2.0, 2.0),) * arity,
        nonsmooth=nonsmooth,
        complex=complex,
        result=result,
    )
    _by_name[name] = declared
    for fn in functions:
        _by_function[fn] = declared
    for listener in _listeners:
        listener(declared)
    return declared


def lookup(function: Any) -> Primitive | None:
    """The primitive that answers to ``function``, if any."""
    try:
        return _by_function.get(function)
    except TypeError:  # unhashable: certainly not a registered function
        return None


def named(name: str) -> Primitive:
    """The primitive called ``name``."""
    return _by_name[name]


def registered() -> Iterator[Primitive]:
    """All primitives, in the order of their declaration."""
    return iter(tuple(_by_name.values()))


def subscribe(listener: Callable[[Primitive], None]) -> None:
    """Call ``listener`` for every primitive declared so far and from now on."""
    for declared in registered():
        listener(declared)
    _listeners.append(listener)
