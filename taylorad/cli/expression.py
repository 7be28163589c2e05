"""A parser for expressions, of its own: text to a `Program`, never Python evaluation.

::

    conditional = comparison ["if" comparison "else" conditional]
    comparison  = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
    sum         = product {("+" | "-") product}
    product     = signed {("*" | "/" | "//" | "%") signed}
    signed      = {"+" | "-"} power
    power       = atom ["**" signed]
    atom        = number | name | name "(" conditional {"," conditional} ")" | "(" conditional ")"
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from .functions import CONSTANTS, POWERS, VARIADIC, functions
from .program import Program
from .tokens import Cursor, Token
from .usage import suggestion

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
#: Parentheses within parentheses; well below Python's own limit of recursion.
DEEPEST = 100


class Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, cursor: Cursor, variables: Collection[str] | None):
        self.cursor = cursor
        self.variables = variables
        self.program = Program()
        self._depth = 0

    def conditional(self) -> int:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.cursor.error(f"more than {DEEPEST} levels of nesting")
        yes = self.comparison(wanted=False)
        if self.cursor.at("if"):
            self.cursor.advance()
            condition = self.comparison(wanted=True)
            self.cursor.expect("else")
            yes = self.program.add("if", condition, yes, self.conditional())
        self._depth -= 1
        return yes

    def comparison(self, wanted: bool) -> int:
        """A comparison where a condition is ``wanted``, a number elsewhere."""
        cursor = self.cursor
        left = self.sum()
        if not wanted:
            if cursor.at(*COMPARISONS):
                raise cursor.error("a comparison belongs into a condition: a if x < y else b")
            return left
        if not cursor.at(*COMPARISONS):
            raise cursor.error(f"expected a comparison such as x < y, found {cursor.token}")
        symbol = cursor.advance().text
        right = self.sum()
        if cursor.at(*COMPARISONS):
            raise cursor.error("comparisons do not chain; nest two conditions")
        return self.program.add(symbol, left, right)

    def sum(self) -> int:
        return self._chain(("+", "-"), self.product)

    def product(self) -> int:
        return self._chain(("*", "/", "//", "%"), self.signed)

    def _chain(self, symbols, operand) -> int:
        left = operand()
        while self.cursor.at(*symbols):
            symbol = self.cursor.advance().text
            left = self.program.add(symbol, left, operand())
        return left

    def signed(self) -> int:
        negative = False
        while self.cursor.at("+", "-"):
            negative ^= self.cursor.advance().text == "-"
        operand = self.power()
        if not negative:
            return operand
        number = self.program.number(operand)
        if number is None or number == 0:  # the sign of zero needs a float
            return self.program.add("negative", operand)
        return self.program.add("number", -number)

    def power(self) -> int:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.cursor.error(f"more than {DEEPEST} levels of nesting")
        base = self.atom()
        cursor = self.cursor
        if cursor.at("^"):
            raise cursor.error("'^' is no operator here; write ** for powers")
        if cursor.at("**"):
            cursor.advance()
            base = self.program.add("**", base, self.signed())
        operand = cursor.token.kind in ("number", "name") and not cursor.at("if", "else")
        if operand or cursor.at("("):
            raise cursor.error(f"an operator is missing before {cursor.token}; products need a *")
        self._depth -= 1
        return base

    def atom(self) -> int:
        cursor = self.cursor
        token = cursor.token
        if token.kind == "number":
            cursor.advance()
            return self.program.add("number", numeral(token.text))
        if token.kind == "name" and token.text not in ("if", "else"):
            cursor.advance()
            return self.call(token) if cursor.at("(") else self.name(token)
        if cursor.at("("):
            cursor.advance()
            inner = self.conditional()
            cursor.expect(")")
            return inner
        raise cursor.error(f"expected a number, a name or '(', found {token}")

    def name(self, token: Token) -> int:
        name = token.text
        if self.variables is not None and name in self.variables:
            return self.program.variable(name)
        if name in CONSTANTS:
            return self.program.add("number", CONSTANTS[name])
        if name in functions():
            raise self.cursor.error(f"{name} is a function; write {name}(...)", token)
        if self.variables is None:
            return self.program.variable(name)
        message = f"unknown name {name!r}{suggestion(name, [*self.variables, *CONSTANTS])}"
        if self.variables:
            message += f" (there are values for {', '.join(self.variables)})"
        raise self.cursor.error(message, token)

    def call(self, token: Token) -> int:
        name, table = token.text, functions()
        if name not in table and name not in POWERS:
            raise self.cursor.error(f"unknown function {name!r}{suggestion(name, table)}", token)
        self.cursor.expect("(")
        operands = [] if self.cursor.at(")") else [self.conditional()]
        while self.cursor.at(","):
            self.cursor.advance()
            operands.append(self.conditional())
        self.cursor.expect(")")
        arity = 2 if name in POWERS else table[name][1]
        if len(operands) < arity or (len(operands) > arity and name not in VARIADIC):
            expected = f"{arity} argument" + "s" * (arity > 1)
            raise self.cursor.error(f"{name} takes {expected}, not {len(operands)}", token)
        if name in POWERS:
            return self.program.add("**", *operands)
        result = self.program.add("call", name, *operands[:arity])
        for operand in operands[arity:]:
            result = self.program.add("call", name, result, operand)
        return result


def numeral(text: str) -> int | float:
    """An int where the text is one that a float holds exactly, else a float."""
    if text.isdigit() and int(text[:20]) <= 2**53 and len(text) <= 16:
        return int(text)
    return float(text)


def parse(text: str, variables: Collection[str] | None = None) -> Program:
    """The program of an expression.

    Parameters
    ----------
    text : str
        The expression.
    variables : collection of str, optional
        The names that have values; without it every name that is no constant is a
        variable, in the order of appearance.

    Raises
    ------
    ParseError
        With the place marked, and a suggestion where there is one.
    """
    cursor = Cursor(text)
    parser = Parser(cursor, variables)
    parser.program.result = parser.conditional()
    if cursor.token.kind != "end":
        raise cursor.error(f"unexpected {cursor.token}")
    return parser.program


def constant(cursor: Cursor) -> int | float:
    """The value of an expression without variables, read where ``cursor`` stands."""
    start = cursor.token
    parser = Parser(cursor, ())
    program = parser.program
    program.result = parser.conditional()
    number = program.number(program.result)
    if number is not None:
        return number
    table = {name: function for name, (function, _) in functions().items()}
    try:
        with np.errstate(all="ignore"):
            return float(program.evaluate({}, np.float64, table))
    except (ArithmeticError, ValueError) as error:
        raise cursor.error(f"no value: {error}", start) from None
