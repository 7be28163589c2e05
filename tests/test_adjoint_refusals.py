"""What reverse mode refuses: by name, at the line in the user's code, with what to write instead.

Each function has the line that is refused marked by ``here``; the docstring holds words of the
message.
"""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from numba import njit, objmode, typeof, vectorize
from numba.typed import List

import taylorad as ta

X = np.array([0.5, 2.0, 1.0])
GLOBAL = np.ones(3)
SETTINGS = {"scale": 2.0}
COUNTER = 0
CASES: dict[str, tuple] = {}


class Config:
    scale = 2.0


CONFIG = Config()


def refused(*args, wrt=0):
    """Register a function with its arguments."""

    def register(f):
        CASES[f.__name__] = f, args, wrt
        return f

    return register


# -- tuples that are no named tuples ------------------------------------------------------------


@refused(0.5, (2.0, 3.0))
def fills_with_no_field(x, p):
    """a number is needed here, not the attribute 'scale' of a tuple of 2"""
    return x * np.sum(np.full(3, p.scale))  # here


@refused(X, (2.0, 3.0))
def fills_like_no_field(x, p):
    """the attribute 'scale' of a tuple of 2"""
    return np.sum(x * np.full_like(x, p.scale))  # here


@refused(X, (2.0, 3.0))
def copies_no_field(x, p):
    """copy of the attribute 'scale' of a tuple of 2"""
    return np.sum(x * np.copy(p.scale))  # here


@refused(X, (2.0, 3.0))
def looks_for_no_field(x, p):
    """a number is needed here, not the attribute 'scale'"""
    return x[np.searchsorted(x, p.scale)]  # here


# -- statements ---------------------------------------------------------------------------


@refused(0.5)
def changes_a_global(x):
    """'global': return the value"""
    global COUNTER  # here
    COUNTER = COUNTER + 1
    return x


@refused(0.5)
def catches(x):
    """'try': by 'if'"""
    try:  # here
        y = 1.0 / x
    except ZeroDivisionError:
        y = 0.0
    return y


@refused(0.5)
def with_block(x):
    """'with': take it out"""
    with objmode():  # here
        pass
    return x


@refused(0.5, 1)
def matches(x, n):
    """'match': if and elif"""
    match n:  # here
        case 1:
            return x
    return x * x


@refused(0.5)
def imports(x):
    """import: at the top of the module"""
    import math  # here

    return math.sin(x)


@refused(0.5)
def yields(x):  # here
    """yields: fill an array"""
    yield x


@refused(0.5)
def class_inside(x):
    """class"""

    class Point:  # here
        pass

    return x


@refused(0.5)
def inner_that_assigns(x):
    """assigns variables of others: return"""
    y = 0.0

    def add():  # here
        nonlocal y
        y += x

    add()
    return y


@refused(0.5)
def raises_what(x):
    """an exception class"""
    if x > 0:
        raise x  # here
    return x


# -- containers and objects ---------------------------------------------------------------


@refused(0.5)
def dictionary(x):
    """the expression {'a': x}"""
    d = {"a": x}  # here
    return d["a"]


@refused(0.5)
def a_set(x):
    """the expression {1, 2}"""
    s = {1, 2}  # here
    return x * len(s)


@refused(0.5)
def list_that_grows(x):
    """no method 'append': fill an array"""
    values = [x]
    values.append(x * x)  # here
    return values[1]


@refused(0.5)
def list_item_assigned(x):
    """a list of 1: use an array"""
    values = [x]
    values[0] = x * x  # here
    return values[0]


@refused(0.5)
def list_extended_in_place(x):
    """the list values: fill an array"""
    values = [x]
    values += [x]  # here
    return values[1]


@refused(0.5)
def list_of_any_length(x):
    """makes a list: allocate an array"""
    values = [x * i for i in range(3)]  # here
    return values[0]


@refused(0.5)
def returns_a_list(x):  # here
    """returns a list: a tuple or an array"""
    return [x]


@refused(0.5)
def tuple_item_assigned(x):
    """a tuple of 2: use an array"""
    t = (x, x)
    t[0] = 1.0  # here
    return t[0]


@refused(0.5)
def tuple_too_short(x):
    """has no item 2"""
    t = (x, x)
    return t[2]  # here


@refused((1.0, 2.0), 0)
def tuple_sliced_at_run_time(x, n):
    """constant ends"""
    return x[n:][0]  # here


@refused(0.5)
def unpacked_wrongly(x):
    """2 values are unpacked into 3 names"""
    a, b, c = x, x  # here
    return a * b * c


@refused(0.5)
def global_dictionary(x):
    """cannot be indexed: an array or a tuple"""
    return SETTINGS["scale"] * x  # here


@refused(0.5)
def attribute_of_an_object(x):
    """CONFIG.scale: pass the value"""
    return CONFIG.scale * x  # here


@refused(0.5)
def attribute_assigned(x):
    """CONFIG.scale: assign variables"""
    CONFIG.scale = x  # here
    return x


@refused(X)
def global_array_written(x):
    """the global array GLOBAL: pass it as an argument"""
    GLOBAL[0] = x[0]  # here
    return GLOBAL[0]


@refused(X)
def global_array_added_to(x):
    """the global array same: pass it as an argument"""
    same = GLOBAL
    same += x  # here
    return GLOBAL[0]


@refused(0.5, List([1.0, 2.0]))
def typed_list(x, values):
    """cannot be indexed: an array or a tuple"""
    return x * values[0]  # here


@refused(0.5)
def unknown_attribute(x):
    """np has no attribute 'sine'"""
    return np.sine(x)  # here


@refused(0.5)
def unknown_name(x):
    """name 'sine' is not defined"""
    return sine(x)  # noqa: F821  # here


@refused(0.5)
def text_method(x):
    """the attribute"""
    return x * len("a".upper())  # here


# -- numbers and arrays -------------------------------------------------------------------


@refused(0.5)
def complex_inside(x):
    """complex: the real and imaginary parts"""
    z = x * 1j  # here
    return z.imag


@refused(0.5)
def looped_over_a_number(x):
    """a loop over x: range"""
    s = 0.0
    for v in x:  # here
        s += v
    return s


@refused(0.5)
def range_of_a_float(x):
    """integers"""
    s = 0.0
    for _ in range(x):  # here
        s += x
    return s


@refused(X, 0.5)
def index_of_a_float(x, y):
    """an index must be an integer"""
    return x[y]  # here


@refused(X)
def too_many_indices(x):
    """2 indices for an array of 1"""
    return x[0, 0]  # here


@refused(X)
def list_as_an_index(x):
    """a list as an index: np.array"""
    return x[[0, 1]][0]  # here


@refused(X)
def index_of_a_truth(x):
    """an index must be an integer"""
    return x[x[0] > 0]  # here


@refused(np.ones((2, 2)))
def rows_from_a_tuple(a):
    """a tuple of 2: an array, or a loop"""
    a[:] = (1.0, 2.0)  # here
    return a[0, 0]


@refused(X)
def array_as_a_condition(x):
    """np.any or np.all"""
    if x:  # here
        return x[0]
    return x[1]


@refused(X)
def array_and_number(x):
    """the variable 'y': one type"""
    y = 0.0
    if x[0] > 0:
        y = x
    return y[0]  # here


@refused(X)
def array_in_a_loop_from_a_number(x):
    """the variable 'y': one type"""
    y = 0.0
    for i in range(int(x[1])):
        y = x * i
    return y[0]  # here


@refused(0.5)
def none_and_number(x):
    """the result is: one type"""
    if x > 0:
        return x
    return None  # here


@refused(0.5)
def nothing_on_one_path(x):
    """None on another: one type"""
    if x > 0:  # here
        return x


@refused(0.5)
def nothing_returned_early(x):
    """the result is None: one type"""
    if x < 0:
        return
    return x  # here


@refused(X)
def nothing_after_a_loop(x):
    """None on another: one type"""
    for v in x:  # here
        if v > 0:
            return v


@refused(0.5)
def no_value(x):
    """the variable 'y' may have no value"""
    z = y * x  # noqa: F821  # here
    y = z
    return y


@refused(0.5)
def deleted(x):
    """was deleted"""
    y = x
    del y
    return y * x  # noqa: F821  # here


@refused(0.5)
def texts_compared(x):
    """cannot be compared"""
    if x < "a":  # here
        return x
    return 0.0


@refused(0.5)
def number_of_a_function(x):
    """square"""
    return x + square  # here


# -- calls --------------------------------------------------------------------------------


@njit
def square(x):
    return x * x


@vectorize
def elementwise(x):
    return x * x


@njit
def refused_inside(a):
    d = {1: a}  # here
    return d[1]


@refused(0.5)
def through_a_callee(x):
    """the expression {1: a}"""
    return square(refused_inside(x))


CASES["through_a_callee"] = (*CASES["through_a_callee"], refused_inside)


@refused(0.5)
def has_no_rule(x):
    """eval() has no rule: ta.primitive"""
    return eval("x")  # here


@refused(0.5)
def unread_function_of_what_is_differentiated(x):
    """elementwise(): ta.primitive"""
    return elementwise(x)  # here


@refused(0.5)
def random_number_of_what_is_differentiated(x):
    """normal(): ta.primitive"""
    return np.random.normal(x, 1.0)  # here


@refused(0.5)
def maximum_of_nothing(x):
    """max() of nothing"""
    return max() * x  # here


@refused(0.5)
def too_few_arguments(x):
    """square lacks the argument 'x'"""
    return square() * x  # here


@refused(0.5)
def too_many_arguments(x):
    """square takes 1 arguments, not 2"""
    return square(x, x)  # here


@refused(0.5)
def unknown_keyword(x):
    """square takes no further argument 'y'"""
    return square(x, y=2)  # here


@refused(0.5)
def keywords_unpacked(x):
    """**: name the arguments"""
    return square(**SETTINGS)  # here


@refused(X)
def array_unpacked_in_a_call(x):
    """use a tuple"""
    return square(*x)  # here


@refused(0.5)
def number_called(x):
    """a number (float) cannot be called"""
    return x(1.0)  # here


@refused(0.5)
def print_to_a_place(x):
    """sep, end or file"""
    print(x, end="")  # here
    return x


@refused(0.5)
def rounded_to_digits(x):
    """np.rint"""
    return round(x, 2) * x  # here


def _refuse(name):
    f, args, wrt, *at = CASES[name]
    with pytest.raises(ta.UnsupportedError) as caught:
        ta.grad(f, argnums=wrt).functions_for(tuple(map(typeof, args)))
    return f, (at[0] if at else f), str(caught.value)


@pytest.mark.parametrize("name", CASES)
def test_refused(name):
    f, marked, message = _refuse(name)
    for words in inspect.getdoc(f).split(": "):
        assert words in message, message
    lines, first = inspect.getsourcelines(getattr(marked, "py_func", marked))
    line = first + next(i for i, text in enumerate(lines) if "# here" in text)
    assert f'File "{__file__}", line {line}' in message
    assert message.count('File "') == 1
    for internal in ("%", "object at 0x", "Value(", "Static", "Traceback", "numba.core", "$"):
        assert internal not in message.replace("# here", ""), message


def test_refused_by_a_call_and_inside_compiled_code():
    with pytest.raises(ta.UnsupportedError, match="'try'"):
        ta.grad(catches)(0.5)
    gradient = ta.grad(catches)

    @njit
    def outer(x):
        return gradient(x)

    with pytest.raises(Exception, match="'try' has no meaning"):
        outer(0.5)


def test_no_source():
    scope: dict = {}
    exec("def made(x):\n    return x * x", scope)
    with pytest.raises(ta.UnsupportedError, match=r"the source of made.*define it in a file"):
        ta.grad(scope["made"])(0.5)
    assert ta.derivative(scope["made"])(0.5) == 1.0  # forward mode needs none


def test_source_that_has_changed(tmp_path):
    import importlib.util
    import linecache

    path = tmp_path / "changing.py"
    path.write_text("def f(x):\n    return x * x\n")
    spec = importlib.util.spec_from_file_location("changing", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path.write_text("def f(x):\n    return x * x * x\n")
    linecache.checkcache(str(path))
    with pytest.raises(ta.UnsupportedError, match="the file has changed"):
        ta.grad(module.f)(0.5)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (1, "integer type"),
        (True, "integer type"),
        (np.array([1, 2]), "integer type"),
        ([1.0, 2.0], r"pass np.array\(x\)"),
        (1j, "complex"),
        (np.array([1j]), "complex"),
        ("text", "cannot differentiate"),
        (None, "cannot differentiate"),
    ],
)
def test_arguments(argument, words):
    def f(x):
        return x

    with pytest.raises(ta.TayloradError, match=words):
        ta.grad(f)(argument)


# -- arguments that share memory ----------------------------------------------------------


def writes(x, y):
    for i in range(y.size):
        y[i] = 2.0 * x[i]
    return x[0] * y[0] + x[1] * y[1]


def reads(x, y):
    return x[0] * y[1]


gradient_of_writes = ta.grad(writes)


@njit
def on_parts_of_one_array(x, shift):
    a = x * x
    return gradient_of_writes(a[:2], a[shift : shift + 2]).sum()


def test_arguments_that_share_memory():
    x = np.arange(1.0, 7.0)
    np.testing.assert_array_equal(gradient_of_writes(x[:2], x[2:4]), [4.0, 8.0])
    np.testing.assert_array_equal(x, np.arange(1.0, 7.0))
    for shared in (x[:2], x[1:3], x[1::-1]):
        with pytest.raises(ta.ArgumentValueError, match="may share memory with x; pass a copy"):
            gradient_of_writes(x[:2], shared)
    text = ta.source(ta.grad(reads), x, x)
    assert "share_memory" not in text
    np.testing.assert_array_equal(ta.grad(reads)(x, x), [2.0, 0, 0, 0, 0, 0])


def test_arguments_that_share_memory_in_compiled_code():
    x = np.arange(1.0, 7.0)
    assert on_parts_of_one_array(x, 2) == 20.0
    with pytest.raises(ta.ArgumentValueError, match="may share memory"):
        on_parts_of_one_array(x, 1)
    along = ta.jvp(on_parts_of_one_array)  # arrays of jets
    assert along(x, np.ones(6), 2)[0] == 20.0
    with pytest.raises(ta.ArgumentValueError, match="may share memory"):
        along(x, np.ones(6), 1)


def test_message_names_lie_in_the_text():
    assert all(re.search(r"# here", inspect.getsource(c[3] if len(c) > 3 else c[0]))
               for c in CASES.values())  # fmt: skip


def test_code_in_a_page(tmp_path):
    page = tmp_path / "page.md"
    text = "# *T*\n\n```python\nimport math\n\ndef f(x):\n    return x * x * math.sqrt(1.0)\n```\n"
    page.write_text(text)
    scope: dict = {}
    code = "\n\n\n" + text.partition("```python\n")[2].partition("```")[0]
    exec(compile(code, str(page), "exec"), scope)
    assert ta.grad(scope["f"]).functions_for((typeof(1.0),))[0](1.5) == 3.0
