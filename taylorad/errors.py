"""The library's errors: one hierarchy under :class:`TayloradError`."""

from __future__ import annotations


class TayloradError(Exception):
    """Base class of every error that taylorad raises itself."""


class UnsupportedError(TayloradError, NotImplementedError):
    """A construct that cannot be differentiated.

    The message names the construct, the file and the line in the user's
    function, and what to write instead.
    """


class ArgumentTypeError(TayloradError, TypeError):
    """An argument of the wrong type: a list for an array, an integer to differentiate by."""


class ArgumentValueError(TayloradError, ValueError):
    """An argument of the right type with an impossible value: a negative order."""


class ShapeError(ArgumentValueError):
    """Arrays whose shapes do not fit together."""


class ParseError(TayloradError, ValueError):
    """An expression on the command line that is not understood."""


class MissingExtraError(TayloradError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""


class DerivativeError(TayloradError, AssertionError):
    """A check found a derivative that is wrong; ``report`` has all comparisons."""

    report: object = None


class SolverError(TayloradError, ArithmeticError):
    """A solution that does not reach the end, where a derivative of the end is wanted."""


class CacheWarning(UserWarning):
    """Compiled derivatives cannot be kept on disk."""
