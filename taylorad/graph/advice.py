"""What to write instead of operations whose derivatives are known to hurt."""

from __future__ import annotations

import math

from .node import Node


def advice(node: Node, kind: str) -> str:
    """A line of advice for a finding, or nothing."""
    if kind == "cancellation":
        return _of_cancellation(node)
    name = node.operation
    if name == "sqrt" and node.operands()[0] == 0:
        return "sqrt has no slope at 0: branch there, or add a small number under the root"
    if name in ("hypot", "cbrt") and not any(node.operands()):
        return f"{name} has no slope at 0: branch there"
    if name == "power" and node.operands()[0] == 0:
        return "x ** r has no derivatives at 0 beyond order r, unless r is whole: branch there"
    if name in ("log", "log2", "log10") and node.operands()[0] <= 0:
        return "a logarithm needs a positive operand: branch before it, not by np.where behind it"
    if name in ("arcsin", "arccos", "arctanh", "arccosh") and kind in ("nan", "inf"):
        return f"{name} is at the end of its domain, or beyond: clip its operand before"
    if name in ("divide", "reciprocal"):
        return "guard the divisor by a branch: np.where evaluates both of its parts"
    if name == "exp":
        return "exp overflows above 709: subtract the largest exponent first"
    if name in ("multiply", "square", "power") and all(map(math.isfinite, node.operands())):
        return "the result is too large for a float: scale, or compute with logarithms"
    if name == "multiply":
        return "0 times inf: the part that is not taken of np.where still has a slope"
    return ""


def _of_cancellation(node: Node) -> str:
    """The stable forms of common differences."""
    made = {a.operation for a in node.args if isinstance(a, Node)}
    constants = {abs(a) for a in node.args if not isinstance(a, Node)}
    if constants == {1}:
        if "cos" in made:
            return "1 - cos(x) = 2 * sin(x / 2) ** 2"
        if "exp" in made:
            return "exp(x) - 1 = np.expm1(x)"
        if "erf" in made:
            return "1 - erf(x) = math.erfc(x)"
        if "sqrt" in made:
            return "sqrt(1 + x) - 1 = x / (sqrt(1 + x) + 1)"
        if "tanh" in made:
            return "1 - tanh(x) = 2 / (exp(2 * x) + 1)"
        if "square" in made or "power" in made or "multiply" in made:
            return "1 - x**2 = (1 - x) * (1 + x)"
    if node.operation in ("log", "log2", "log10"):
        return "log(1 + x) = np.log1p(x), which keeps the digits of a small x"
    if made == {"sqrt"}:
        return "sqrt(a) - sqrt(b) = (a - b) / (sqrt(a) + sqrt(b))"
    if made == {"log"}:
        return "log(a) - log(b) = log(a / b), or log1p((a - b) / b) where a is near b"
    if made and made <= {"square", "multiply", "power", "divide"}:
        return "a**2 - b**2 = (a - b) * (a + b); of a variance, subtract the mean first"
    if "sqrt" in made:
        return "sqrt(a) - b = (a - b**2) / (sqrt(a) + b)"
    if made == {"exp"}:
        return "exp(a) - exp(b) = exp(b) * np.expm1(a - b)"
    return ""
