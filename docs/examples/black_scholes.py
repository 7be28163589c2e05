"""The price of a European call and its sensitivities ("greeks") to third order.

Delta, gamma, vega, theta, vanna, vomma, speed, colour, ...: each is a partial derivative of
one formula, and none of them needs a formula of its own.

    python -m taylorad docs/examples/black_scholes.py:call \\
        --at S=100,sigma=0.2,t=0.5,K=105,r=0.03 --fixed K,r --order 3
"""

import math

from numba import njit

import taylorad as ta


@njit
def normal(x):
    """The distribution function of the standard normal law."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@njit
def call(S, sigma, t, K, r):
    """Price for spot ``S``, volatility ``sigma``, time ``t``, strike ``K`` and rate ``r``."""
    if t <= 0.0:
        return max(S - K, 0.0)
    spread = sigma * math.sqrt(t)
    d1 = (math.log(S / K) + (r + 0.5 * sigma * sigma) * t) / spread
    d2 = d1 - spread
    return S * normal(d1) - K * math.exp(-r * t) * normal(d2)


def main():
    S, sigma, t, K, r = 100.0, 0.2, 0.5, 105.0, 0.03
    greeks = {
        "delta": ta.derivative(call, 1, argnums=0)(S, sigma, t, K, r),
        "gamma": ta.derivative(call, 2, argnums=0)(S, sigma, t, K, r),
        "speed": ta.derivative(call, 3, argnums=0)(S, sigma, t, K, r),
        "vega": ta.derivative(call, 1, argnums=1)(S, sigma, t, K, r),
        "vomma": ta.derivative(call, 2, argnums=1)(S, sigma, t, K, r),
        "theta": -ta.derivative(call, 1, argnums=2)(S, sigma, t, K, r),
        # derivatives nest: the vega is a function, and it is differentiated by the spot
        "vanna": ta.derivative(ta.derivative(call, 1, argnums=1), 1, argnums=0)(S, sigma, t, K, r),
    }
    print(f"price  {call(S, sigma, t, K, r): .12f}")
    for name, value in greeks.items():
        print(f"{name:6s} {value: .12f}")
    return greeks


if __name__ == "__main__":
    main()
