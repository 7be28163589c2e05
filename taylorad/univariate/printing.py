"""Taylor numbers as text: plain, LaTeX and HTML, from one list of terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Terms shown in full; of a longer series the first `HEAD` are.
LONGEST, HEAD = 16, 12


@dataclass(frozen=True)
class Style:
    """How the parts of a polynomial are written."""

    variable: str
    power: Callable[[str, int], str]
    scientific: Callable[[str, str], str]
    space: str
    minus: str
    dots: str
    rest: Callable[[str], str]


def _plain_power(variable: str, k: int) -> str:
    return variable + str(k).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


PLAIN = Style(
    variable="t",
    power=_plain_power,
    scientific=lambda mantissa, exponent: f"{mantissa}e{exponent}",
    space=" ",
    minus="-",
    dots="…",
    rest=lambda power: f"O({power})",
)

LATEX = Style(
    variable="t",
    power=lambda variable, k: f"{variable}^{{{k}}}",
    scientific=lambda mantissa, exponent: rf"{mantissa} \times 10^{{{int(exponent)}}}",
    space=r"\, ",
    minus="-",
    dots=r"\cdots",
    rest=lambda power: rf"\mathcal{{O}}\left({power}\right)",
)

HTML = Style(
    variable="<i>t</i>",
    power=lambda variable, k: f"{variable}<sup>{k}</sup>",
    scientific=lambda mantissa, exponent: f"{mantissa}×10<sup>{int(exponent)}</sup>",
    space="&nbsp;",
    minus="−",
    dots="…",
    rest=lambda power: f"<i>O</i>({power})",
)


def polynomial(coefficients: Sequence[Any], style: Style = PLAIN, spec: str = "") -> str:
    """``c0 + c1 t + ... + O(t^n)`` without the terms that are zero.

    ``spec`` is a format specification for the coefficients; by default they are rounded
    to the significant digits of ``numpy.set_printoptions(precision=...)``.
    """
    spec = spec or f".{np.get_printoptions()['precision']}g"
    terms = list(_terms(coefficients, style, spec))
    if not terms:
        terms = [(False, _number(0.0, style, spec))]
    parts = [(style.minus if terms[0][0] else "") + terms[0][1]]
    shown = terms[1:] if len(terms) <= LONGEST else terms[1:HEAD]
    parts += [f"{style.minus if negative else '+'} {text}" for negative, text in shown]
    if len(terms) > LONGEST:
        parts.append(f"+ {style.dots}")
    parts.append(f"+ {style.rest(_power(style, len(coefficients)))}")
    return " ".join(parts)


def _terms(coefficients, style, spec) -> Iterator[tuple[bool, str]]:
    """The sign and the text of every term that is not zero."""
    for k, c in enumerate(coefficients):
        if c == 0:
            continue
        if isinstance(c, complex):
            negative, text = False, f"({_complex(c, style, spec)})"
        else:
            negative, text = c < 0, _number(abs(c), style, spec)
        if k > 0:
            power = _power(style, k)
            unit = abs(c) == 1 and not isinstance(c, complex)
            text = power if unit else text + style.space + power
        yield negative, text


def _power(style: Style, k: int) -> str:
    return style.variable if k == 1 else style.power(style.variable, k)


def _number(x: float, style: Style, spec: str) -> str:
    text = format(x, spec)
    mantissa, e, exponent = text.partition("e")
    return style.scientific(mantissa, exponent) if e else text.replace("-", style.minus)


def _complex(z: complex, style: Style, spec: str) -> str:
    sign = style.minus if math.copysign(1.0, z.imag) < 0 else "+"
    real, imaginary = _number(z.real, style, spec), _number(abs(z.imag), style, spec)
    return f"{real} {sign} {imaginary}{'i' if style is not PLAIN else 'j'}"
