"""Time to the first answer: imports and first calls, each in a fresh process.

Absolute milliseconds of a quiet machine matter here; the least of a few processes is shown.

``cold``
    the first process, which finds nothing compiled;
``warm``
    a later one, which loads what the first has kept on disk;
``beyond numba``
    all that a warm program adds to ``import numba``: the import of taylorad, the definition of
    the function and the first call.

The yardstick is the plain function itself, under ``@njit`` and under ``@njit(cache=True)``.  Beside
them stand the first calls of other libraries on the same functions, their imports not counted;
each is optional.

    python benchmarks/first_call.py [REPEATS]
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _timing import machine, table

_FUNCTIONS = """
@njit
def series(t):
    return np.exp(np.sin(t)) * np.log(2 + np.cos(t) * np.cos(t)) / (1 + t * t)

@njit
def rosenbrock(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total += 100.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2
    return total

@njit
def lennard_jones(p):
    atoms = p.shape[0] // 3
    energy = 0.0
    for i in range(atoms):
        for j in range(i + 1, atoms):
            dx = p[3 * i] - p[3 * j]
            dy = p[3 * i + 1] - p[3 * j + 1]
            dz = p[3 * i + 2] - p[3 * j + 2]
            s = 1.0 / (dx * dx + dy * dy + dz * dz)
            s6 = s * s * s
            energy += 4.0 * (s6 * s6 - s6)
    return energy

t = 0.3
x = np.linspace(0.5, 1.5, 10)
p = np.random.default_rng(0).normal(size=39) * 3.0
"""
_START = """
import json, time
a = time.perf_counter()
import numba
b = time.perf_counter()
import numpy as np
from numba import njit
"""
_CALL = (
    _START
    + "import taylorad as ta\n"
    + "c = time.perf_counter()"
    + _FUNCTIONS
    + """
d = time.perf_counter()
{call}
e = time.perf_counter()
print(json.dumps({{"import numba": b - a, "import": c - b, "call": e - d, "beyond": e - b}}))
"""
)
#: The examples of the documentation: what is made ready, and the arguments.
_EXAMPLES = {
    "chain of springs": (
        "from spring_chain import energy as f",
        "np.linspace(0.1, 0.9, 20), np.array([[0.0, 0.0], [1.0, 0.0]]), 0.2, 200.0, 0.1",
    ),
    "logistic regression": (
        "from logistic_regression import loss as f, patients\nX, y, _ = patients(200)",
        "np.full(4, 0.1), X, y, 1e-6",
    ),
    "fit of a Runge-Kutta method": (
        "from rk4_fit import misfit as f",
        "np.array([1.0, 0.45, 0.08, 0.35]), np.ones((3, 2)), 0.005",
    ),
    "Lennard-Jones minimum": (
        "from lennard_jones_minimum import energy as f, icosahedron",
        "icosahedron().ravel()",
    ),
}
_EXAMPLE = f"""
import json, sys, time
sys.path.insert(0, {str(Path(__file__).parent.parent / "docs" / "examples")!r})
import numpy as np
import taylorad as ta
{{start}}
x, *others = ({{args}},)
a = time.perf_counter()
{{call}}
print(json.dumps({{{{"call": time.perf_counter() - a}}}}))
"""
_PLAIN = _START + "{functions}\nd = time.perf_counter()\n{call}\n" + """
print(json.dumps({{"call": time.perf_counter() - d}}))
"""
#: Other libraries: what is run before the clock starts, and what is timed.
_PEER = "import json, time\nimport numpy as np\n{start}\na = time.perf_counter()\n{call}\n" + """
print(json.dumps({{"call": time.perf_counter() - a}}))
"""

_VALUES = _FUNCTIONS[_FUNCTIONS.index("t = 0.3") :]
_JAX = f"""
import jax, jax.numpy as jnp
from jax.experimental.jet import jet
jax.config.update("jax_enable_x64", True)
{_VALUES}
(jnp.ones(3) + 1.0).block_until_ready()
def series(t):
    return jnp.exp(jnp.sin(t)) * jnp.log(2 + jnp.cos(t) * jnp.cos(t)) / (1 + t * t)
def rosenbrock(x):
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
def lennard_jones(p):
    q = p.reshape(-1, 3)
    i, j = np.triu_indices(q.shape[0], 1)
    s6 = jnp.sum((q[i] - q[j]) ** 2, axis=1) ** -3
    return jnp.sum(4.0 * (s6 * s6 - s6))
def hvp(f):
    return lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1]
"""
_CASADI = f"""
import casadi as ca
{_VALUES}
def rosenbrock(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total += 100.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2
    return total
{_FUNCTIONS[_FUNCTIONS.index("def lennard_jones") : _FUNCTIONS.index("t = 0.3")]}
def made(f, x, kind):
    s, v = ca.SX.sym("x", x.size), ca.SX.sym("v", x.size)
    g = ca.gradient(f(s), s)
    results = {{"grad": lambda: [g], "hvp": lambda: [ca.jtimes(g, s, v)],
               "hessian": lambda: [ca.hessian(f(s), s)[0]]}}
    return ca.Function("made", [s, v], results[kind]())
"""
_HEYOKA = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import heyoka as hy
import _peers
{_VALUES}
def rosenbrock(x):
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))
def lennard_jones(p):
    terms = []
    for i in range(len(p) // 3):
        for j in range(i + 1, len(p) // 3):
            s = sum((p[3 * i + k] - p[3 * j + k]) ** 2 for k in range(3))
            terms.append(4.0 * (s ** -6 - s ** -3))
    return hy.sum(terms)
def gradient(f, x):
    s = hy.make_vars(*[f"x{{i}}" for i in range(x.size)])
    tensors = hy.diff_tensors([f(s)], diff_args=s, diff_order=1)
    return hy.cfunc(tensors.gradient, s, compact_mode=True)(x)
"""


def _rows() -> dict[str, tuple[str, dict[str, tuple[str, str]]]]:
    """By the name of a derivative its call, and those of other libraries: start and call."""
    rows = {
        "Taylor coefficients, order 10": (
            "ta.taylor(series, 10)(t)",
            {
                "jax": (_JAX, "[c.block_until_ready() for c in jax.jit(lambda t: jet(series, (t,), "
                        "([1.0] + [0.0] * 9,)))(t)[1]]"),
                "heyoka": (_HEYOKA, "_peers.heyoka(10, t)"),
            },
        ),
        "the same, order 40": (
            "ta.taylor(series, 40)(t)",
            {"heyoka": (_HEYOKA, "_peers.heyoka(40, t)")},
        ),
    }  # fmt: skip
    for name, f, x in (("Rosenbrock", "rosenbrock", "x"), ("Lennard-Jones", "lennard_jones", "p")):
        for kind, what, args in (
            ("grad", "gradient", x),
            ("hvp", "Hessian-vector product", f"{x}, {x}"),
            ("hessian", "Hessian", x),
        ):
            jax = f"hvp({f})" if kind == "hvp" else f"jax.{kind}({f})"
            peers = {
                "jax": (_JAX, f"jax.jit({jax})({args}).block_until_ready()"),
                "casadi": (_CASADI, f"made({f}, {x}, {kind!r})({x}, {x})"),
            }
            if kind == "grad":
                peers["heyoka"] = _HEYOKA, f"gradient({f}, {x})"
            rows[f"{name}, {what}"] = f"ta.{kind}({f})({args})", peers
    return rows


def fresh(code: str, folder: str) -> dict[str, float]:
    """What the code prints, run in a process of its own that keeps compiled code in a folder."""
    script = Path(folder) / "script.py"
    script.write_text(code)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path[1:])),
        "TAYLORAD_CACHE_DIR": folder,
        "NUMBA_CACHE_DIR": folder,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody runs taylorad from its sources
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def best(code: str, repeats: int, warm=False) -> dict[str, float]:
    """The least of each figure over a few processes, in milliseconds."""
    runs = []
    with tempfile.TemporaryDirectory() as kept:
        if warm:
            fresh(code, kept)
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as empty:
                runs.append(fresh(code, kept if warm else empty))
    return {key: 1e3 * min(run[key] for run in runs) for key in runs[0]}


def main(repeats):
    print(machine())
    rows, imports = [], {}
    cached = _FUNCTIONS.replace("@njit", "@njit(cache=True)")
    for name, call in (("plain series", "series(t)"), ("plain Rosenbrock", "rosenbrock(x)")):
        cold = best(_PLAIN.format(functions=_FUNCTIONS, call=call), repeats)
        warm = best(_PLAIN.format(functions=cached, call=call), repeats, warm=True)
        rows.append((name, [cold["call"], warm["call"], *[math.nan] * 4]))
    for name, (call, peers) in _rows().items():
        code = _CALL.format(call=call)
        cold, warm = best(code, repeats), best(code, repeats, warm=True)
        imports = {key: min(imports.get(key, math.inf), warm[key]) for key in warm}
        found = [cold["call"], warm["call"], warm["beyond"]]
        for peer in ("jax", "casadi", "heyoka"):
            found.append(math.nan)
            if peer in peers:
                start, timed = peers[peer]
                try:
                    found[-1] = best(_PEER.format(start=start, call=timed), repeats)["call"]
                except RuntimeError as error:
                    print(f"skipped {peer}, {name}: {error}")
        rows.append((name, found))
    for example, (start, args) in _EXAMPLES.items():
        for what, call in (
            ("gradient", "ta.grad(f)(x, *others)"),
            ("Hessian-vector product", "ta.hvp(f)(x, x, *others)"),
            ("Hessian", "ta.hessian(f)(x, *others)"),
        ):
            code = _EXAMPLE.format(start=start, args=args, call=call)
            times = best(code, repeats)["call"], best(code, repeats, warm=True)["call"]
            rows.append((f"{example}, {what}", [*times, *[math.nan] * 4]))
    names = {"import numba": "numba", "import": "taylorad, beyond numba"}
    shown = [(title, [imports[key]]) for key, title in names.items()]
    table("milliseconds", ["import"], shown)
    columns = ["cold", "warm", "beyond numba", "jax", "casadi", "heyoka"]
    table("milliseconds to the first answer", columns, rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
