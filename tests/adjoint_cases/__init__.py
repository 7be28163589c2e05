"""Functions that show the language of reverse mode, one module for each family of constructs.

A case is an ordinary function and its arguments, the first of which is differentiated.
"""

from . import combinations, effects, functions, kept, loops, names, state, tuples  # noqa: F401
from .register import CASES, COMPILED  # noqa: F401
