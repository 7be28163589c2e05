"""Parts of complex numbers.

They are not analytic: a series through them is that of the composition with a *real*
parameter, which is what derivatives of real variables need, whatever complex numbers
appear between.  With respect to a complex variable what is returned is the derivative
along the real direction, not a complex derivative, which does not exist.
"""

from __future__ import annotations

import numpy as np

from .registry import Linear, Piecewise, primitive

_NOT_ANALYTIC = (
    "not analytic: exact for real parameters; by a complex variable the derivative along the "
    "real axis"
)

primitive(
    "real",
    (np.real,),
    rule=Linear(lambda z: z.real),
    partials=(lambda z: 1.0,),
    nonsmooth=_NOT_ANALYTIC,
    complex=True,
    result="real",
)

primitive(
    "imag",
    (np.imag,),
    rule=Linear(lambda z: z.imag),
    partials=(lambda z: 0.0,),
    nonsmooth=_NOT_ANALYTIC,
    complex=True,
    result="real",
)

primitive(
    "conjugate",
    (np.conjugate,),
    rule=Linear(lambda z: z.conjugate()),
    partials=(lambda z: 1.0,),
    nonsmooth=_NOT_ANALYTIC,
    complex=True,
)

primitive(
    "complex",
    (complex,),
    rule=Piecewise(lambda a, b: a + 1j * b),
    partials=(lambda a, b: 1.0, lambda a, b: 1j),
    result="complex",
)
