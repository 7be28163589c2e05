"""SymPy expressions as Python text that Numba compiles and taylorad differentiates."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..errors import UnsupportedError
from ..graph.formulas import sympy


@cache
def printer_class() -> type:
    """The printer; a class of SymPy's, which is imported only when it is needed."""
    s = sympy()
    from sympy.printing.codeprinter import PrintMethodNotImplementedError
    from sympy.printing.pycode import PythonCodePrinter

    class Printer(PythonCodePrinter):
        """Numbers are floats, and functions those that have rules."""

        def __init__(self, names: dict[Any, str]):
            super().__init__({"allow_unknown_functions": False, "fully_qualified_modules": True})
            self.names = names

        def text(self, expression) -> str:
            if expression.has(s.I):
                raise UnsupportedError(f"{expression} is complex; functions here are real")
            try:
                return self.doprint(expression)
            except PrintMethodNotImplementedError as error:
                named = str(error).splitlines()[0].rpartition(": ")[2]
                raise UnsupportedError(
                    f"{expression}: {named} cannot be compiled; write it with functions of the "
                    "table of primitives"
                ) from None

        def _print_Symbol(self, expr):
            return self.names[expr]

        _print_Dummy = _print_Symbol

        def _print_Indexed(self, expr):
            return self.names.get(expr) or _element(self.names[expr.base], expr.indices)

        def _print_MatrixElement(self, expr):
            return _element(self.names[expr.parent], (expr.i, expr.j))

        def _print_Float(self, expr):
            return repr(float(expr))

        def _print_Integer(self, expr):
            return str(expr.p) if abs(expr.p) < 2**53 else repr(float(expr))

        def _print_Rational(self, expr):
            exact = max(abs(expr.p), expr.q) < 2**53
            return f"{expr.p}/{expr.q}" if exact else repr(float(expr))

        def _print_NaN(self, expr):
            return "math.nan"

        def _print_Infinity(self, expr):
            return "math.inf"

        def _print_NegativeInfinity(self, expr):
            return "(-math.inf)"

        def _function(self, name, *args):
            return f"{name}({', '.join(map(self._print, args))})"

        def _print_sign(self, expr):
            return self._function("np.sign", *expr.args)

        def _print_floor(self, expr):
            return self._function("np.floor", *expr.args)

        def _print_ceiling(self, expr):
            return self._function("np.ceil", *expr.args)

        def _print_sinc(self, expr):
            return self._function("np.sinc", expr.args[0] / s.pi)

        def _print_polygamma(self, expr):
            n, x = expr.args
            if n == 0:
                return self._function("digamma", x)
            if not n.is_Integer:
                raise UnsupportedError(f"{expr}: the order of polygamma must be a known integer")
            scale = self._print(s.factorial(n + 1))
            return f"{scale}*lgamma_coefficient({int(n) + 1}, {self._print(x)})"

        def _print_digamma(self, expr):
            return self._function("digamma", *expr.args)

        def _print_factorial(self, expr):
            return self._function("math.gamma", expr.args[0] + 1)

        def _print_Heaviside(self, expr):
            return f"(0.5*(1.0 + {self._function('np.sign', expr.args[0])}))"

        def _print_sec(self, expr):
            return f"(1/{self._print(s.cos(*expr.args))})"

        def _print_csc(self, expr):
            return f"(1/{self._print(s.sin(*expr.args))})"

        def _print_cot(self, expr):
            return f"(1/{self._print(s.tan(*expr.args))})"

        def _print_sech(self, expr):
            return f"(1/{self._print(s.cosh(*expr.args))})"

        def _print_csch(self, expr):
            return f"(1/{self._print(s.sinh(*expr.args))})"

        def _print_coth(self, expr):
            return f"(1/{self._print(s.tanh(*expr.args))})"

    return Printer


def _element(array: str, indices) -> str:
    if not all(i.is_Integer for i in indices):
        raise UnsupportedError(f"{array}[{', '.join(map(str, indices))}]: indices must be integers")
    return f"{array}[{', '.join(str(int(i)) for i in indices)}]"
