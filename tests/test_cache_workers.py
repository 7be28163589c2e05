"""Derivatives sent to other processes: pickled, and compiled nowhere twice."""

from __future__ import annotations

import multiprocessing

import pytest
from projects import Place

WORK = """
import sys
import numpy as np
from numba import njit
import taylorad as ta

@njit
def helper(x, k):
    return k * x * x

@njit
def f(x, k):
    return np.sum(helper(x, k))

def total(g, x, k):
    return float(np.sum(g(x, k)))
"""
MAIN = """
if __name__ == "__main__":
    x = np.ones(3)
    if sys.argv[-1] != "warm":
        expected = [total(g, x, 2.0) for g in (ta.grad(f), ta.hessian(f))]
        assert expected == [12.0, 12.0]
"""
POOL = """
    import multiprocessing
    context = multiprocessing.get_context("{}")
    with context.Pool(2) as pool:
        found = pool.starmap(total, [(g, x, 2.0) for g in (ta.grad(f), ta.hessian(f))] * 2)
    show(*found)
"""
JOBLIB = """
    from joblib import Parallel, delayed
    tasks = [delayed(total)(g, x, 2.0) for g in (ta.grad(f), ta.hessian(f))] * 2
    show(*Parallel(n_jobs=2)(tasks))
"""
DASK = """
    import dask
    from distributed import Client, LocalCluster
    dask.config.set({"distributed.worker.daemon": False})
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            made = ta.grad(f), ta.hessian(f)
            tasks = [client.submit(total, g, x, 2.0, pure=False) for g in made]
            show(*[task.result() for task in tasks] * 2)
"""
CLOUDPICKLE = """
    import cloudpickle, pickle, subprocess
    def make(scale):
        def f(x, k):
            return scale * helper(x, k)
        return ta.derivative(f)
    d = make(3.0)
    d(1.0, 2.0)
    code = "import pickle, sys; g = pickle.load(sys.stdin.buffer); print(g(1.0, 2.0))"
    done = subprocess.run([sys.executable, "-c", code], input=cloudpickle.dumps(d),
                          capture_output=True, check=True)
    sys.stderr.write(done.stderr.decode())
    show(*[float(done.stdout)] * 4)
"""


def _pool(method):
    available = method in multiprocessing.get_all_start_methods()
    return pytest.param(
        POOL.format(method), None, id=method,
        marks=pytest.mark.skipif(not available, reason="not on this platform"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "send, package",
    [
        _pool("spawn"),
        _pool("fork"),
        _pool("forkserver"),
        pytest.param(JOBLIB, "joblib", id="joblib"),
        pytest.param(DASK, "distributed", id="dask"),
        pytest.param(CLOUDPICKLE, "cloudpickle", id="cloudpickle"),
    ],
)
def test_workers_find_what_is_compiled(tmp_path, send, package):
    if package:
        pytest.importorskip(package)
    place = Place(tmp_path)
    found, compiled = place.run(WORK + MAIN + send, PYTHONWARNINGS="default")
    assert found == [12.0] * 4
    assert compiled == (3 if package == "cloudpickle" else 2), place.messages


def test_workers_that_start_together(tmp_path):
    """Nothing is compiled before: all of them compile, and each writes whole entries."""
    place = Place(tmp_path)
    code = WORK + MAIN.replace('!= "warm"', '== "no"') + POOL.format("spawn")
    found, _ = place.run(code)
    assert found == [12.0] * 4
    assert place.run(code) == (found, 0)
