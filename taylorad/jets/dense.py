"""Seeding for functions that store into their seeded arguments.

Along a line seeds have degree 1, and arrays of them can hold nothing of higher degree.
Where a function needs that they can, its driver is compiled with this module in place
of `seeding`: every seed stores all its coefficients.
"""

from .seeding import *  # noqa: F403
from .seeding import level as line  # noqa: F401
