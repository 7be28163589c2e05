"""Arrays of jets in compiled code: what Numba's own arrays do not do for them."""

from __future__ import annotations

from .. import lowering  # noqa: F401  (declares each primitive first: it makes the stand-ins)
from . import (  # noqa: F401  (each makes itself known to Numba)
    construction,
    elementwise,
    linear,
    methods,
    products,
    reductions,
    selection,
    sorting,
    stores,
)
