"""What is kept on disk, seen from other processes: found again, and never out of date."""

from __future__ import annotations

import doctest
import os
import shutil
from pathlib import Path

import pytest
from projects import CALL, Place

import taylorad as ta


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A place where the model's derivatives have been compiled."""
    place = Place(tmp_path_factory.mktemp("kept"))
    assert place.run() == ([24.0, 24.0], 2)
    return place


@pytest.fixture
def place(kept, tmp_path):
    """A copy of it: a project that has moved."""
    shutil.copytree(kept.project, tmp_path / "copy" / "project")
    shutil.copytree(kept.folder, tmp_path / "copy" / "cache")
    copied = Place(tmp_path / "new")
    copied.project, copied.folder = tmp_path / "copy" / "project", tmp_path / "copy" / "cache"
    return copied


def test_second_process_compiles_nothing(place):
    assert place.run() == ([24.0, 24.0], 0)
    assert place.run("import sys, model, taylorad as ta; y = ta.grad(model.f)(2.0)\n"
                     "show(y, 'taylorad.adjoint.frontend' in sys.modules)") == ([24.0, False], 0)


@pytest.mark.parametrize(
    "file, old, new, result",
    [
        ("model.py", "* TABLE[1]", "* TABLE[1] + x", 25.0),
        ("model.py", "SCALE = 3.0", "SCALE = 5.0", 40.0),
        ("model.py", "2.0]", "4.0]", 48.0),
        ("model.py", "@njit\n", "@njit(fastmath=True)\n", 24.0),
        ("helper.py", "x * x", "x * x * x", 72.0),
    ],
    ids=["body", "constant", "array", "option", "callee"],
)
def test_an_edit_is_seen(place, file, old, new, result):
    place.edit(file, old, new)
    assert place.run() == ([result, result], 2)
    assert place.run() == ([result, result], 0)
    place.edit(file, new, old)
    assert place.run() == ([24.0, 24.0], 0)  # as it was


def test_what_functions_capture_is_seen(place):
    code = """
import taylorad as ta

def make(scale, power):
    def inner(x):
        return scale * x**power
    def outer(x):
        return inner(x) + 1.0
    return outer

show(*[ta.derivative(make(s, p))(2.0) for s, p in {}])
"""
    assert place.run(code.format("((1.0, 2), (3.0, 2))")) == ([4.0, 12.0], 2)
    assert place.run(code.format("((3.0, 2), (1.0, 3), (1.0, 2))")) == ([12.0, 12.0, 4.0], 1)


def test_order_types_and_arguments_are_seen(place):
    code = "import numpy as np, taylorad as ta\nfrom model import f\n"
    one = code + "show(len(ta.taylor(f, 3)(2.0)), ta.derivative(f)(1j).imag)"
    assert place.run(one) == ([4, 12.0], 2)
    assert place.run(one.replace("3", "5")) == ([6, 12.0], 1)
    assert place.run(one) == ([4, 12.0], 0)


@pytest.mark.parametrize(
    "change",
    [
        "import taylorad.compiler.stored as s; s.__version__ = 'other'",
        "import numba; numba.__version__ = 'other'",
        "import sys, taylorad; sys.version = 'other'",
        "import os, taylorad.compiler.stored as s\n"
        "s.__file__ = os.path.join('a', 'b', 'c'); os.mkdir('a'); open('a/x.py', 'x').close()",
    ],
    ids=["taylorad", "numba", "python", "sources"],
)
def test_versions_are_seen(place, change):
    assert place.run(change + CALL) == ([24.0, 24.0], 2)
    assert place.run() == ([24.0, 24.0], 0)


def test_settings_of_numba_are_seen(place):
    assert place.run(NUMBA_BOUNDSCHECK="1") == ([24.0, 24.0], 2)
    assert place.run(NUMBA_OPT="1") == ([24.0, 24.0], 2)
    assert place.run(NUMBA_NUM_THREADS="1") == ([24.0, 24.0], 0)


SAME_NAME = """
import math
import taylorad as ta
from numba import njit

def make(k):
    # long, and called twice: it stays a function in the compiled code
    @njit
    def square(x, skipped):
        if skipped:
            x = math.sin(x) * math.exp(x) + math.cos(x) * math.log(x) / math.atan(x)
            x = math.sin(x) * math.exp(x) + math.cos(x) * math.log(x) / math.atan(x)
            x = math.sin(x) * math.exp(x) + math.cos(x) * math.log(x) / math.atan(x)
        return k * x * x
    @njit
    def f(x, skipped):
        return 0.5 * square(x, skipped) + 0.5 * square(x, skipped)
    return f
{}
"""


def test_functions_of_one_name_are_told_apart(place):
    """Also their callees, in code that comes from processes that counted them alike."""
    for k, compiled in ((1.0, 1), (3.0, 1)):
        found = place.run(SAME_NAME.format(f"show(ta.derivative(make({k}))(2.0, False))"))
        assert found == ([4.0 * k], compiled)
    both = "show(*[ta.derivative(make(k))(2.0, False) for k in (5.0, 3.0, 1.0)])"
    assert place.run(SAME_NAME.format(both)) == ([20.0, 12.0, 4.0], 1)


def test_processes_at_once(tmp_path):
    place = Place(tmp_path)
    running = [place.start(CALL) for _ in range(3)]
    for process in running:
        result, _ = place.finish(process)
        assert result == [24.0, 24.0]
    assert not list(place.folder.glob("*.part"))
    assert place.run() == ([24.0, 24.0], 0)


def test_a_folder_that_cannot_be_written(tmp_path):
    place = Place(tmp_path)
    place.folder.write_text("a file")
    assert place.run("import warnings; warnings.simplefilter('always')" + CALL) == ([24.0, 24.0], 2)
    assert place.messages.count("CacheWarning") == 1
    assert place.folder.read_text() == "a file"


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_truncate, _damage, _empty])
def test_spoilt_entries_are_compiled_anew(place, spoil):
    for path in place.entries():
        spoil(path)
    assert place.run() == ([24.0, 24.0], 2)
    assert place.run() == ([24.0, 24.0], 0)


def test_entries_that_cannot_be_read_by_this_process_are_compiled_anew(place):
    """Whole, but not what they should be: of another key."""
    one, other = place.entries()
    content = one.read_bytes()
    shutil.copy(other, one)
    other.write_bytes(content)
    assert place.run() == ([24.0, 24.0], 2)


def test_cells_and_prompts(place):
    """Functions of notebooks, whose files have other names in each process, and of none."""
    cell = """
import linecache, taylorad as ta
def run(text, name):
    linecache.cache[name] = len(text), None, text.splitlines(True), name
    exec(compile(text, name, "exec"), globals())
text = "def f(x):\\n    return {} * x * x"
run(text.format(3), "/tmp/ipykernel_{}/1.py")
first = ta.grad(f)(2.0)
run(text.format(5), "/tmp/ipykernel_{}/2.py")
show(first, ta.grad(f)(2.0))
"""
    assert place.run(cell.replace("/tmp/ipykernel_{}", "/tmp/ipykernel_1")) == ([12.0, 20.0], 2)
    assert place.run(cell.replace("/tmp/ipykernel_{}", "/tmp/ipykernel_2")) == ([12.0, 20.0], 0)
    prompt = "import taylorad as ta\nshow(ta.derivative(lambda x: x * x)(3.0))"
    assert place.run(prompt) == ([6.0], 1)
    assert place.run(prompt) == ([6.0], 0)


def test_values_that_change_while_the_program_runs(place):
    """What was compiled first holds in a process; it is not kept as something else."""
    code = """
import helper, model, taylorad as ta
from numba import njit
first = ta.jvp(model.f)(2.0, 1.0)
@njit
def g(x):
    return x**4
helper.g = g
show(first[1], ta.hessian(model.f)(2.0), ta.derivative(model.f, 2)(2.0))
"""
    (first, *_), _ = place.run(code)
    assert first == 24.0
    later_alone = code.replace("first = ta.jvp(model.f)(2.0, 1.0)", "first = 0, 24.0")
    (_, *expected), compiled = place.run(later_alone)
    assert expected == [288.0, 288.0]
    assert compiled == 2


def test_exceptions_and_the_text(place):
    code = """
import numpy as np, taylorad as ta
from numba import njit
@njit
def f(x, n):
    if n > 3:
        raise ValueError("n is too large")
    return x / n
d = ta.grad(f)
shown = [d(1.0, 2)]
for call in (lambda: d(1.0, 0), lambda: d(1.0, 5), lambda: ta.jvp(f)(np.ones(2), np.ones(3), 1)):
    try:
        call()
    except Exception as error:
        shown += [type(error).__name__, str(error)]
show(*shown, ta.source(d), ta.source(d, 1.0, 2))
"""
    first, compiled = place.run(code)
    assert first[:3] == [0.5, "ZeroDivisionError", "division by zero"]
    assert first[3:6] == ["ValueError", "n is too large", "ShapeError"]
    assert "def grad_f" in first[-1] and first[-1] == first[-2]
    assert compiled == 2
    assert place.run(code) == (first, 0)


def test_functions_that_call_derivatives_are_not_kept_by_numba(place):
    """Numba would look for changes in the function's own file alone."""
    user = """
import warnings
import taylorad as ta
from numba import njit
from numba.core.errors import NumbaWarning
import helper
slope = ta.grad(helper.g)
warnings.simplefilter("ignore", NumbaWarning)
@njit(cache=True)
def user(x):
    return slope(x) + 1.0
"""
    place.write({"user.py": user})
    call = "from user import user\nshow(user(2.0))"
    assert place.run(call)[0] == [5.0]
    assert place.run(call)[0] == [5.0]
    place.edit("helper.py", "x * x", "x * x * x")
    assert place.run(call)[0] == [13.0]


def test_derivatives_inside_compiled_code(place):
    code = """
import taylorad as ta
from numba import njit
from model import f
d = ta.derivative(f)
@njit
def slope(x):
    return d(x) + 1.0
show(slope(2.0), ta.derivative(slope)(2.0), ta.grad(slope)(2.0))
"""
    assert place.run(code)[0] == [25.0, 12.0, 12.0]
    assert place.run(code) == ([25.0, 12.0, 12.0], 0)
    place.edit("helper.py", "x * x", "x * x * x")
    assert place.run(code)[0] == [73.0, 72.0, 72.0]


def test_other_environments_and_switches(place):
    assert place.run(TAYLORAD_CACHE="0") == ([24.0, 24.0], 2)
    assert place.run("import taylorad as ta; ta.cache.disable()" + CALL) == ([24.0, 24.0], 2)
    enabled = "import taylorad as ta; ta.cache.enable()" + CALL
    assert place.run(enabled, TAYLORAD_CACHE="0") == ([24.0, 24.0], 0)


def test_listing_and_clearing(place, monkeypatch):
    monkeypatch.setenv("TAYLORAD_CACHE_DIR", str(place.folder))
    assert ta.cache.folder() == place.folder
    (place.folder / "notes.py").write_text("mine")
    assert {e.name for e in ta.cache.entries()} == {"derivative_f", "grad_f"}
    assert all(e.size > 1000 and e.path.exists() for e in ta.cache.entries())
    assert ta.cache.clear(unused_for=1.0) == 0
    assert ta.cache.clear() == 2
    assert [p.name for p in place.folder.iterdir()] == ["notes.py"]
    ta.cache.set_folder(place.folder / "other")
    assert ta.cache.folder() == place.folder / "other" and ta.cache.entries() == []
    ta.cache.set_folder(None)
    assert ta.cache.folder() == place.folder


def test_docstrings_run(place, monkeypatch):
    monkeypatch.setenv("TAYLORAD_CACHE_DIR", str(place.folder / "docs"))
    assert doctest.testmod(ta.cache).failed == 0


def test_primitives_and_numbers_in_functions_of_numbas(place):
    """Before any derivative has brought the compiler."""
    code = """
import numpy as np, taylorad as ta
from numba import njit
def twice(x):
    return 2 * x
{}
@njit
def f(x):
    return twice(x) * np.sin(x)
show(f(0.0), {})
"""
    declared = 'ta.primitive("twice", [twice], partials=[lambda x: 2.0 + 0 * x])'
    assert place.run(code.format(declared, "ta.derivative(f)(0.0)"))[0] == [0.0, 0.0]
    taken = "f(ta.variable(0.0, 2)).coefficients.tolist()"
    assert place.run(code.format("twice = njit(twice)", taken))[0] == [0.0, [0.0, 0.0, 2.0]]


def test_ahead_of_time(place):
    code = """
import numpy as np, taylorad as ta
from numba import njit, float64
import model
{}
d = ta.derivative(model.f)
@njit
def slope(x):
    return d(x)
{}
"""
    ahead = code.format("", "ta.compile(slope, 1.0); ta.compile(ta.grad(model.f), float64); show()")
    shutil.rmtree(place.folder)
    assert place.run(ahead) == ([], 2)
    assert place.run(code.format("", "show(slope(2.0), ta.grad(model.f)(2.0))")) == ([24.0] * 2, 0)
    with pytest.raises(ta.ArgumentTypeError, match="neither"):
        ta.compile(len, 1.0)


def test_progress_goes_to_the_logger(caplog):
    with caplog.at_level("INFO", "taylorad"):
        ta.derivative(lambda x: 11.0 * x)(1.0)
    assert "compiling derivative_function(float64)" in caplog.text
    assert "compiled derivative_function in" in caplog.text


def test_a_full_disk(place, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("TAYLORAD_CACHE_DIR", str(place.folder))
    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(ta.CacheWarning, match="No space left"):
        assert ta.derivative(lambda x: 7.0 * x * x)(1.0) == 14.0
    assert ta.derivative(lambda x: 8.0 * x * x)(1.0) == 16.0  # it is said once
    assert not list(place.folder.glob("*.part"))
    ta.cache.set_folder(None)  # says it again


def test_operators_that_a_user_implements(place):
    """They have no name in the code of functions: nothing is kept while there are any."""
    code = """
import operator
from numba.extending import overload
class Mine: pass
@overload(operator.add)
def add(a, b):
    return None
"""
    assert place.run(code + CALL) == ([24.0, 24.0], 2)
    assert "an extension of Numba" in place.messages


def test_functions_that_numba_names_alike_in_two_processes(place):
    """It counts them: the rule of one process may have the number of another rule elsewhere."""
    code = """
import itertools
import numpy as np, taylorad as ta
from numba import njit
from numba.core.bytecode import FunctionIdentity
ta.variable
FunctionIdentity._unique_ids = itertools.count(10_000)
def f(x):
    return np.exp(x)
show(*ta.taylor(f, 40)(0.3)[:3])
"""
    (exp, *_), _ = place.run(code)
    other = """
FunctionIdentity._unique_ids = itertools.count(10_000)
"""
    code = code.replace("show(*", "first = list(") + other + """
t = ta.variable(0.3, 40)
@njit
def tan(x):
    return np.tan(x)
@njit
def log(x):
    return np.log(x)
show(first[0], *[float(abs(f(t).coefficients / f.py_func(t).coefficients - 1).max())
                 for f in (tan, log)])
"""
    (again, *errors), compiled = place.run(code)
    assert compiled == 0 and again == exp
    assert max(errors) < 1e-12
