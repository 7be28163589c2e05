"""Staged numbers: rules run once on them while Numba lowers the user's function.

Arithmetic on a `Real`, `Complex` or `Jet` writes LLVM instructions, so that a rule
leaves straight-line code for the compile-time order behind.
"""

from .emitter import Emitter
from .numbers import CHUNK, I32, ZERO, Complex, Jet, Operand, Real, Staged, Zero
from .packing import lift, pack, pack_chunks, unpack
from .series import Series

__all__ = [
    "CHUNK",
    "I32",
    "ZERO",
    "Complex",
    "Emitter",
    "Jet",
    "Operand",
    "Real",
    "Series",
    "Staged",
    "Zero",
    "lift",
    "pack",
    "pack_chunks",
    "unpack",
]
