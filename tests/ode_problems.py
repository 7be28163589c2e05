"""Initial value problems, as users write them, with what is known of their solutions.

The right-hand sides are in `ode_fields`.  `reference` gives the state at the end for exactly these
doubles, to 30 digits; ``python -m tests.ode_reference`` computed it.  ``published`` is what others
found.

DETEST: Hull, Enright, Fellen, Sedgwick (1972), Comparing numerical methods for ordinary
differential equations; end values from Enright and Pryce (1987), ACM Algorithm 648.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import ode_fields as of

REFERENCES = Path(__file__).with_name("ode_reference.json")


@dataclass(frozen=True)
class Problem:
    """``y' = fun(t, y, *args)``, ``y(span[0]) = y0``."""

    fun: Callable
    span: tuple[float, float]
    y0: np.ndarray
    args: tuple = ()
    #: y(span[1]) as others found it, and how many of their digits are good
    published: tuple[float, ...] | None = None
    good: float = 2e-13


@cache
def _references():
    return json.loads(REFERENCES.read_text())


def digits_of(name: str) -> list[str]:
    """The state at the end, 30 digits as text."""
    return _references()["end"][name]


def reference(name: str) -> np.ndarray:
    """The state at the end, rounded to doubles."""
    return np.array([float(x) for x in digits_of(name)])


def sensitivities(name: str) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivatives of the end by initial values and arguments, as doubles.

    Shapes ``(n, m)`` and ``(n, m, m)``, m counting initial values, then arguments.
    """
    stored = _references()["sensitivities"][name]
    return tuple(
        np.array([float(x) for x in stored[key]["digits"]]).reshape(stored[key]["shape"])
        for key in ("first", "second")
    )


ARENSTORF = np.array([0.994, 0.0, 0.0, -2.00158510637908252240537862224])
PERIOD = 17.0652165601579625588917206249
MU = 0.012277471
LORENZ = (10.0, 28.0, 8 / 3)
PENDULUM = (1.0, 1.0, 1.0, 1.0, 9.81)

# Hairer, Lubich, Wanner (2006), Geometric Numerical Integration, section I.2.4: au, days; sun,
# Jupiter, Saturn, Uranus, Neptune, Pluto
GM = 2.95912208286e-4 * np.array([
    1.00000597682, 0.000954786104043, 0.000285583733151,
    0.0000437273164546, 0.0000517759138449, 1 / 1.3e8,
])  # fmt: skip
PLANETS = np.array([
    0, 0, 0, -3.5023653, -3.8169847, -1.5507963, 9.0755314, -3.0458353, -1.6483708,
    8.3101420, -16.2901086, -7.2521278, 11.4707666, -25.7294829, -10.8169456,
    -15.5387357, -25.2225594, -3.1902382,
    0, 0, 0, 0.00565429, -0.00412490, -0.00190589, 0.00168318, 0.00483525, 0.00192462,
    0.00354178, 0.00137102, 0.00055029, 0.00288930, 0.00114527, 0.00039677,
    0.00276725, -0.00170702, -0.00136504,
])  # fmt: skip

# Simo's digits of the orbit of Chenciner and Montgomery (2000), A remarkable periodic solution
# of the three-body problem in the case of equal masses
EIGHT = np.array([
    0.97000436, -0.24308753, -0.97000436, 0.24308753, 0.0, 0.0,
    0.466203685, 0.43236573, 0.466203685, 0.43236573, -0.93240737, -0.86473146,
])  # fmt: skip
EIGHT_PERIOD = 6.32591398

PLEIADES = np.array([
    3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4,
    0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0,
])  # fmt: skip

# DETEST C5
JOVIAN = np.array([
    3.42947415189, 3.35386959711, 1.35494901715, 6.64145542550, 5.97156957878, 2.18231499728,
    11.2630437207, 14.6952576794, 6.27960525067, -30.1552268759, 1.65699966404, 1.43785752721,
    -21.1238353380, 28.4465098142, 15.3882659679,
    -0.557160570446, 0.505696783289, 0.230578543901, -0.415570776342, 0.365682722812,
    0.169143213293, -0.325325669158, 0.189706021964, 0.0877265322780, -0.0240476254170,
    -0.287659532608, -0.117219543175, -0.176860753121, -0.216393453025, -0.0148647893090,
])  # fmt: skip
JOVIAN_ARGS = (2.95912208286, 1.00000597682, np.array([
    0.000954786104043, 0.000285583733151, 0.0000437273164546, 0.0000517759138449,
    0.00000277777777778,
]))  # fmt: skip

MATRIX = np.array([
    [-0.1, 2.0, 0.0, 0.3], [-2.0, -0.1, 0.5, 0.0], [0.0, -0.5, -0.2, 1.0], [0.1, 0.0, -1.0, 0.05],
])  # fmt: skip


def kepler_start(e):
    return np.array([1 - e, 0.0, 0.0, np.sqrt((1 + e) / (1 - e))])



def ones_first(n):
    return np.array([1.0] + [0.0] * (n - 1))


def detest(fun, y0, *published, args=(), good=2e-13):
    """A problem of DETEST, from 0 to 20."""
    return Problem(fun, (0.0, 20.0), np.array(y0, dtype=float), args, published or None, good)


PROBLEMS = {
    "kepler_0.5": Problem(of.kepler, (0.0, 50.0), kepler_start(0.5)),
    "kepler_0.9": Problem(of.kepler, (0.0, 20.0), kepler_start(0.9)),
    "kepler_0.999": Problem(of.kepler, (0.0, 10.0), kepler_start(0.999)),
    "kepler_backward": Problem(of.kepler, (3.0, -9.0), kepler_start(0.5)),
    "kepler_100_orbits": Problem(of.kepler, (0.0, 200 * np.pi), kepler_start(0.5)),
    "lorenz": Problem(of.lorenz, (0.0, 20.0), np.ones(3), LORENZ),
    "arenstorf": Problem(of.restricted, (0.0, PERIOD), ARENSTORF, (MU,), tuple(ARENSTORF), 1e-9),
    "double_pendulum": Problem(
        of.double_pendulum, (0.0, 10.0), np.radians([120.0, -10.0, 0.0, 0.0]), PENDULUM
    ),
    "van_der_pol_1": Problem(of.van_der_pol, (0.0, 20.0), np.array([2.0, 0.0]), (1.0,)),
    "van_der_pol_2": Problem(of.van_der_pol, (0.0, 20.0), np.array([2.0, 0.0]), (2.0,)),
    "van_der_pol_5": Problem(of.van_der_pol, (0.0, 20.0), np.array([2.0, 0.0]), (5.0,)),
    # Mazzia and Magherini (2008), Test Set for Initial Value Problem Solvers, problem Pleiades
    "pleiades": Problem(of.pleiades, (0.0, 3.0), PLEIADES, (), (
        0.3706139143970502, 3.237284092057233, -3.222559032418324, 0.6597091455775310,
        0.3425581707156584, 1.562172101400631, -0.7003092922212495, -3.943437585517392,
        -3.271380973972550, 5.225081843456543, -2.590612434977470, 1.198213693392275,
        -0.2429682344935824, 1.091449240428980, 3.417003806314313, 1.354584501625501,
        -2.590065597810775, 2.025053734714242, -1.155815100160448, -0.8072988170223021,
        0.5952396354208710, -3.741244961234010, 0.3773459685750630, 0.9386858869551073,
        0.3667922227200571, -0.3474046353808490, 2.344915448180937, -1.947020434263292,
    ), 1e-12),
    "six_bodies": Problem(of.bodies, (0.0, 365250.0), PLANETS, (GM,)),
    "six_bodies_short": Problem(of.bodies, (0.0, 20000.0), PLANETS, (GM,)),
    "brusselator": Problem(of.brusselator, (0.0, 20.0), np.array([1.5, 3.0]), (1.0, 3.0)),
    "duffing": Problem(of.duffing, (0.0, 30.0), np.array([1.0, 0.0]), (0.3, 0.5)),
    "roessler": Problem(of.roessler, (0.0, 30.0), np.array([1.0, 1.0, 0.0]), (0.2, 0.2, 5.7)),
    "figure_eight": Problem(
        of.planar_bodies, (0.0, EIGHT_PERIOD), EIGHT, (), tuple(EIGHT), 1e-6
    ),
    "elementary": Problem(of.elementary, (0.0, 4.0), np.array([0.2, 0.9, -0.4, 0.5]), (0.7,)),
    "linear": Problem(of.linear, (0.0, 12.0), np.array([1.0, -0.5, 0.25, 2.0]), (MATRIX,)),
    "detest_A1": detest(lambda t, y: -y, [1]),
    "detest_A2": detest(lambda t, y: -(y**3) / 2, [1]),
    "detest_A3": detest(lambda t, y: y * np.cos(t), [1]),
    "detest_A4": detest(of.logistic, [1]),
    "detest_A5": detest(of.spiral, [4]),
    "detest_B1": detest(of.b1, [1, 3], 0.6761876008576667, 0.1860816099640036),
    "detest_B2": detest(of.b2, [2, 0, 1], 1.000000001030576, 1.0, 0.9999999989694235),
    "detest_B3": detest(
        of.b3, [1, 0, 0], 2.061153488557776e-9, 5.257228022048349e-2, 0.9474277177183630
    ),
    "detest_B4": detest(
        of.torus, [3, 0, 0], 0.9826950928005993, 2.198447081694832, 0.9129452507276399
    ),
    "detest_B5": detest(
        of.b5, [0, 1, 1], -0.9396570798729192, -0.3421177754000779, 0.7414126596199957
    ),
    "detest_C1": detest(
        of.chain, ones_first(10), 2.061153622240064e-9, 4.122307244619555e-8,
        4.122307244716968e-7, 2.748204829855288e-6, 1.374102414941961e-5, 5.496409659803266e-5,
        1.832136553274552e-4, 5.234675866508716e-4, 1.308668966628220e-3, 0.9979127409508656,
        args=(np.ones(9),),
    ),
    "detest_C2": detest(
        of.chain, ones_first(10), 2.061153577984930e-9, 2.061153573736588e-9,
        2.061153569488245e-9, 2.061153565239902e-9, 2.061153560991560e-9, 2.061153556743217e-9,
        2.061153552494874e-9, 2.061153548246532e-9, 2.061153543998189e-9, 0.9999999814496180,
        args=(np.arange(1.0, 10.0),),
    ),
    "detest_C3": detest(
        of.diffusion, ones_first(10), 2.948119211022058e-3, 5.635380154844266e-3,
        7.829072515926013e-3, 9.348257908594937e-3, 1.007943610301970e-2, 9.982674171429909e-3,
        9.088693332766085e-3, 7.489115195185912e-3, 5.322964130953349e-3, 2.762434379029886e-3,
    ),
    # the first of 51
    "detest_C4": detest(of.diffusion, ones_first(51), 3.124111453721466e-3, 6.015416842150318e-3),
    "detest_C5": detest(
        of.outer_planets, JOVIAN, -4.792730224323733, -2.420550725448973, -0.9212509306014886,
        -4.217310404035213, 7.356202947498970, 3.223785985421212, 4.035559443262270,
        17.19865528670555, 7.478910794233703, -29.98759326324844, -4.107310937550929,
        -0.9277008321754407, -24.42125302518482, 23.81459045746554, 14.92096306951359,
        0.3499208963063806, -0.5748487687912825, -0.2551694020879149, -0.5237040978903326,
        -0.2493000463579661, -8.045341642044464e-2, -0.3875289237334110, 5.648603288767891e-2,
        3.023606472143342e-2, 4.133856546712445e-2, -0.2862393029841379, -0.1183032405136207,
        -0.1511986457359206, -0.2460068894318766, -3.189687411323877e-2,
        args=JOVIAN_ARGS,
    ),
    "detest_D1": detest(
        of.kepler, kepler_start(0.1), 0.2198835352008397, 0.9427076846341813,
        -0.9787659841058176, 0.3287977990962036,
    ),
    "detest_D2": detest(
        of.kepler, kepler_start(0.3), -0.1777027357140412, 0.9467784719905892,
        -1.030294163192969, 0.1211074890053952,
    ),
    "detest_D3": detest(
        of.kepler, kepler_start(0.5), -0.5780432953035361, 0.8633840009194193,
        -0.9595083730380727, -6.504915126712089e-2,
    ),
    "detest_D4": detest(
        of.kepler, kepler_start(0.7), -0.9538990293416394, 0.6907409024219432,
        -0.8212674270877433, -0.1539574259125825,
    ),
    "detest_D5": detest(
        of.kepler, kepler_start(0.9), -1.295266250987574, 0.4003938963792321,
        -0.6775390924707566, -0.1270838154278686,
    ),
    "detest_E1": detest(
        of.bessel, [0.6713967071418030, 0.09540051444747446], 0.1456723600728308,
        -9.883500195574063e-2,
    ),
    "detest_E2": detest(
        of.van_der_pol, [2, 0], 2.008149762174948, -4.250887527320057e-2, args=(1.0,)
    ),
    "detest_E3": detest(of.e3, [0, 0], -0.1004178858647128, 0.2411400132095954),
    "detest_E4": detest(of.e4, [30, 0], 33.95091444646555, 0.2767822659672869),
    "detest_E5": detest(of.pursuit, [0, 0], 14.11797390542629, 2.400000000000002),
    "kepler_short": Problem(of.kepler, (0.0, 5.0), kepler_start(0.5)),
    "lorenz_short": Problem(of.lorenz, (0.0, 2.0), np.ones(3), LORENZ),
    "arenstorf_short": Problem(of.restricted, (0.0, 5.0), ARENSTORF, (MU,)),
    "van_der_pol_short": Problem(of.van_der_pol, (0.0, 6.0), np.array([2.0, 0.0]), (1.5,)),
    "duffing_short": Problem(of.duffing, (0.0, 6.0), np.array([1.0, 0.0]), (0.3, 0.5)),
    "elementary_short": Problem(
        of.elementary, (0.0, 1.0), np.array([0.2, 0.9, -0.4, 0.5]), (0.7,)
    ),
}

#: Those with sensitivities of first and second order.
SENSITIVE = tuple(name for name in PROBLEMS if name.endswith("_short") and "six" not in name)
