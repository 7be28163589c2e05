"""Checks of derivatives, for the test suites of those who use them.

`check_derivatives` compares every way of differentiating a function with the others,
`check_symbolic` all partial derivatives with SymPy's; both name the primitive at fault.
"""

from .derivatives import check_derivatives
from .report import DerivativeReport, Report, SymbolicReport
from .symbolic import check_symbolic

__all__ = ["DerivativeReport", "Report", "SymbolicReport", "check_derivatives", "check_symbolic"]
