"""CasADi on the functions of `peers`: as generated C, and on its virtual machine.

A function is written in one of CasADi's two ways: ``SX`` unrolls every loop, ``MX`` maps one
term over all.  `Function.generate` writes C, which gcc compiles; a loop in C calls it.
"""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

FLAGS = ("-O3", "-march=native", "-fPIC", "-w")
WANTED = ("gradient", "product", "hessian")

_LOOP = """
int {name}(const double **arg, double **res, long long *iw, double *w, int mem);
static long long iw[{iw} + 1];
static double w[{w} + 1];
double loop(long n, double *x, const double *v, double *out) {{
  double total = 0;
  for (long i = 0; i < n; i++) {{
    const double *arg[{args}] = {{x, v}};
    double *res[{results}] = {{out}};
    x[0] += 1e-13;
    {name}(arg, res, iw, w, 0);
    total += out[0];
  }}
  return total;
}}
"""


class Casadi:
    """Derivatives of one function of a vector of length ``n``, in one of the two ways."""

    def __init__(self, name: str, n: int, way: str):
        import casadi

        self.casadi, self.way, self.n = casadi, way, n
        kind = getattr(casadi, way)
        x, v = kind.sym("x", n), kind.sym("v", n)
        f = getattr(self, name)(x)
        gradient = casadi.gradient(f, x)
        results = {
            "gradient": gradient,
            "product": casadi.jtimes(gradient, x, v),
            "hessian": casadi.hessian(f, x)[0],
        }
        self.functions = {k: casadi.Function(k, [x, v], [r]) for k, r in results.items()}

    def _sum(self, term, *operands):
        """The sum of terms, one for each column of the operands."""
        casadi = self.casadi
        columns = operands[0].shape[1]
        if self.way == "MX":
            symbols = [casadi.SX.sym(f"a{k}", o.shape[0]) for k, o in enumerate(operands)]
            mapped = casadi.Function("term", symbols, [term(*symbols)]).map(columns)
            return casadi.sum2(mapped(*operands))
        return sum(term(*(o[:, k] for o in operands)) for k in range(columns))

    def rosenbrock(self, x):
        return self._sum(
            lambda a, b: 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2, x[:-1].T, x[1:].T
        )

    def lennard_jones(self, x):
        def energy(a, b):
            d = a - b
            s = 1.0 / self.casadi.dot(d, d)
            return 4.0 * (s**6 - s**3)

        atoms = self.casadi.reshape(x, 3, self.n // 3)
        i, j = (k.tolist() for k in np.triu_indices(self.n // 3, 1))
        return self._sum(energy, atoms[:, i], atoms[:, j])

    def value(self, wanted: str, x, v) -> np.ndarray:
        """The derivative in full."""
        found = np.asarray(self.functions[wanted](x, v).full())
        return found if wanted == "hessian" else found[:, 0]

    def in_virtual_machine(self, wanted: str, x, v) -> Callable[[int], None]:
        """A candidate that has CasADi interpret the function, without its conversions."""
        f = self.functions[wanted]
        buffer, evaluate = f.buffer()
        memory = x.copy(), v.copy(), np.empty(f.nnz_out(0))
        buffer.set_arg(0, memoryview(memory[0]))
        buffer.set_arg(1, memoryview(memory[1]))
        buffer.set_res(0, memoryview(memory[2]))

        def repeat(n, _kept=(buffer, memory)):
            for _ in range(n):
                evaluate()

        return repeat

    def in_c(self, wanted: str, x, v, folder: Path) -> Callable[[int], float]:
        """A candidate that calls the generated C in a loop in C; its entries are checked."""
        f = self.functions[wanted]
        label = f"{wanted}_{self.way}_{self.n}"
        code = self.casadi.CodeGenerator(f"{label}.c")
        code.add(f)
        code.generate(f"{folder}/")
        loop, library = folder / f"{label}_loop.c", folder / f"{label}.so"
        sizes = dict(iw=f.sz_iw(), w=f.sz_w(), args=f.sz_arg(), results=f.sz_res())
        loop.write_text(_LOOP.format(name=wanted, **sizes))
        # two files: the function is not to be moved into the loop
        sources = folder / f"{label}.c", loop
        subprocess.run(["gcc", *FLAGS, "-shared", "-o", library, *sources, "-lm"], check=True)
        called = ctypes.CDLL(str(library)).loop
        pointer = ctypes.POINTER(ctypes.c_double)
        called.argtypes = [ctypes.c_long, pointer, pointer, pointer]
        called.restype = ctypes.c_double
        memory = x.copy(), v.copy(), np.empty(f.nnz_out(0))
        pointers = [a.ctypes.data_as(pointer) for a in memory]
        called(1, *pointers)
        expected = np.array(f(x, v).nonzeros())
        np.testing.assert_allclose(memory[2], expected, rtol=1e-9, atol=1e-9)
        return lambda n, _kept=memory: called(n, *pointers)
