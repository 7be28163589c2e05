"""Running the adjoint's representation of a function on nodes.

One front end serves reverse mode and the graph: what it reads and what it refuses is the
same, and operations know the user's names and lines.  Loops run, branches are followed.
"""

from __future__ import annotations

import inspect
import operator

import numpy as np

from ..adjoint.frontend import build
from ..adjoint.frontend.derivatives import Call
from ..adjoint.ir import Function, Op, Region, Value, leaves
from ..adjoint.kinds import BOOL, FLOAT, INT, ArrayKind, Named
from ..adjoint.source import locate
from ..errors import TayloradError, UnsupportedError
from . import arrays, derivatives
from .node import Node, Round, value_of
from .recorder import REAL, Recorder

_ZEROS = {FLOAT: 0.0, INT: 0, BOOL: False}
_EMPTY = {FLOAT: float("nan"), INT: 0, BOOL: False}


class Execution:
    """One call of a function: the values of its variables."""

    def __init__(self, recorder: Recorder, function: Function):
        self.recorder, self.function = recorder, function
        self.values: dict[Value, object] = {}

    def run(self, args, wanted) -> list:
        """Call the function; the values ``wanted`` afterwards."""
        self.values.update(zip(self.function.params, args, strict=True))
        self.region(self.function.root)
        return [self.get(v) for v in wanted]

    # -- values ------------------------------------------------------------------------

    def get(self, value: Value):
        if value.role == "constant":
            return value.const
        if value.role == "global":
            return self.function.scope[value.name]
        return self.values[value]

    def put(self, target: Value, x) -> None:
        """Bind a variable; an integer becomes a float where the variable is one."""
        self.values[target] = arrays.as_kind(x, target.kind)

    def put_all(self, pairs) -> None:
        """Bind several at once."""
        for target, x in [(t, self.get(v)) for t, v in pairs]:
            self.put(target, x)

    def index(self, values) -> tuple[int, ...]:
        return tuple(self.recorder.index(self.get(v)) for v in values)

    # -- operations --------------------------------------------------------------------

    def region(self, region: Region) -> None:
        line = None
        try:
            for op in region.ops:
                line = op.line
                self.recorder.line = line or self.recorder.line
                getattr(self, "do_" + op.kind, self.refuse)(op)
        except TayloradError as error:
            if line is not None:
                locate(error, *line)
            raise

    def refuse(self, op: Op):
        raise UnsupportedError(f"the operation {op.kind!r} cannot be recorded")

    def do_apply(self, op: Op) -> None:
        (out,) = op.outs
        args = [self.get(a) for a in op.args]
        name = out.name if out.named else ""
        if op.attr == "range":
            args = [self.recorder.index(a) for a in args]
            self.values[out] = len(range(*args))
        elif isinstance(out.kind, ArrayKind):
            self.values[out] = arrays.elementwise(
                self.recorder, op.fn, args, out.kind.dtype, name
            )
        else:
            self.values[out] = self.recorder.apply(op.fn, args, out.kind, name)

    def do_shape(self, op: Op) -> None:
        self.values[op.outs[0]] = self.get(op.args[0]).shape[op.attr]

    def do_load(self, op: Op) -> None:
        self.recorder.step()
        item = self.get(op.args[0])[self.index(op.args[1:])]
        self.values[op.outs[0]] = item.item() if isinstance(item, np.generic) else item

    def do_store(self, op: Op) -> None:
        array, *indices, value = op.args
        self.recorder.step()
        place, x = self.index(indices), self.get(value)
        target = self.get(array)
        if isinstance(x, Node) and not x.name and not x.is_input:
            x.name = arrays.element_name(array.name, place, target.shape)
        target[place] = arrays.as_kind(x, array.kind.dtype)

    def do_accumulate(self, op: Op) -> None:
        array, *indices, value = op.args
        place, target = self.index(indices), self.get(array)
        name = arrays.element_name(array.name, place, target.shape)
        args = [target[place], self.get(value)]
        target[place] = self.recorder.apply(operator.add, args, array.kind.dtype, name)

    def do_alloc(self, op: Op) -> None:
        (out,) = op.outs
        fill = _ZEROS if op.attr == "zeros" else _EMPTY
        if out.kind.dtype not in fill:
            raise UnsupportedError(REAL)
        self.recorder.step()
        self.values[out] = np.full(self.index(op.args), fill[out.kind.dtype], dtype=object)

    def do_view(self, op: Op) -> None:
        text = op.attr.format(*self.index(op.args[1:]))
        # the text is the front end's, of colons and integers
        self.values[op.outs[0]] = eval(f"array{text}", {"array": self.get(op.args[0])})

    def do_array(self, op: Op) -> None:
        args = [self.get(a) for a in op.args]
        if isinstance(op.fn, Call):
            returned = derivatives.called(self.recorder, op.fn, args, self.call)
            for target, x in zip(op.outs, returned, strict=True):
                self.put(target, x)
            return
        (out,) = op.outs
        name = out.name if out.named else ""
        made = arrays.whole(self.recorder, op, args, name)
        self.values[out] = arrays.as_kind(made, out.kind)

    def call(self, f, args):
        """The result of a user's function on numbers, nodes and arrays of them."""
        function = getattr(f, "py_func", f)
        options = getattr(f, "targetoptions", {})
        names = inspect.signature(function).parameters
        given = dict(zip(names, args, strict=False))
        kinds = {n: kind_of_nodes(x) for n, x in given.items()}
        checked = options.get("error_model", "python") == "python"
        made, things = build(function, kinds, checked=checked)
        return executed(self.recorder, made, things, given)

    def do_array_store(self, op: Op) -> None:
        target, value = (self.get(a) for a in op.args)
        self.recorder.step()
        target[...] = arrays.as_kind(value, ArrayKind(target.ndim, op.args[0].kind.dtype))

    def do_array_add(self, op: Op) -> None:
        array = op.args[0]
        target, value = (self.get(a) for a in op.args)
        dtype = array.kind.dtype
        target[...] = arrays.elementwise(
            self.recorder, operator.add, [target, value], dtype, array.name
        )

    def do_if(self, op: Op) -> None:
        taken = op.regions[0 if self.recorder.truth(self.get(op.args[0])) else 1]
        self.region(taken)
        self.put_all(zip(op.outs, taken.yields, strict=True))

    def do_for(self, op: Op) -> None:
        start, stop, step = self.index(op.bounds)
        index = op.body.params[0]
        self.put_all([(param, initial) for initial, param, _, _ in op.carries()])
        self.rounds(op, ((lambda i=i: self.put(index, i)) for i in range(start, stop, step)))

    def do_while(self, op: Op) -> None:
        self.put_all([(param, initial) for initial, param, _, _ in op.carries()])
        self.rounds(op, self.tests(op))

    def tests(self, op: Op):
        test = op.regions[0]
        while True:
            self.region(test)
            if not self.recorder.truth(self.get(test.yields[0])):
                return
            yield lambda: None

    def rounds(self, op: Op, starts) -> None:
        """The iterations of a loop; ``starts`` binds what is new in each."""
        recorder, body = self.recorder, op.body
        outer = recorder.rounds
        loop = recorder.entered(op.line)
        carries = op.carries()
        for i, start in enumerate(starts):
            recorder.rounds = (*outer, Round(loop, i))
            recorder.step()
            start()
            self.region(body)
            left = body.leave is not None and recorder.truth(self.get(body.leave))
            self.put_all([(param, yielded) for _, param, yielded, _ in carries])
            if left:
                break
        recorder.rounds = outer
        self.put_all([(result, param) for _, param, _, result in carries])

    def do_invoke(self, op: Op) -> None:
        callee = op.fn
        inner = Execution(self.recorder, callee.function)
        line = self.recorder.line
        args = [self.get(a) for a in op.args]
        results = inner.run(args, callee.results(callee.function))
        self.recorder.line = line
        for out, x in zip(op.outs, results, strict=True):
            self.put(out, x)

    def do_call(self, op: Op) -> None:
        made = op.fn(*(self.recorder.known(self.get(a), "index") for a in op.args))
        if op.outs:
            self.put(op.outs[0], made)

    def do_check(self, op: Op) -> None:
        divisor = value_of(self.get(op.args[0]))
        if divisor is True or (divisor == 0 and op.args[0].kind != BOOL):
            raise ZeroDivisionError("division by zero")

    def do_effect(self, op: Op) -> None:
        """`raise` and `print`, as the program does them."""
        shown = op.attr.format(*(value_of(self.get(a)) for a in op.args)) if op.args else op.attr
        if not shown.startswith("#"):
            exec(shown, dict(self.function.scope))


def executed(recorder: Recorder, made: Function, things: dict, given: dict):
    """The result of a function that was read, on arguments by parameter."""
    values: dict[Value, object] = {}
    for parameter, thing in things.items():
        if parameter in given:
            _pair(thing, given[parameter], values)
    wanted = [v for v in leaves(made.result) if isinstance(v, Value)]
    results = Execution(recorder, made).run([values[p] for p in made.params], wanted)
    return _result(made.result, iter(results))


def _pair(thing, x, values: dict) -> None:
    """Bind the parameters of an argument, a tuple's one by one."""
    if isinstance(thing, tuple):
        for inner, item in zip(thing, x, strict=True):
            _pair(inner, item, values)
    elif isinstance(thing, Value):
        values[thing] = arrays.as_kind(x, thing.kind)


def _result(thing, results):
    """The function's result, of the form that it returns."""
    if isinstance(thing, tuple):
        items = [_result(t, results) for t in thing]
        return thing.type(*items) if hasattr(thing, "type") else tuple(items)
    return next(results) if isinstance(thing, Value) else thing.object


def kind_of_nodes(x):
    """The kind of an argument made of nodes and numbers."""
    if isinstance(x, tuple):
        items = [kind_of_nodes(item) for item in x]
        return Named.of(type(x), items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, np.ndarray):
        kinds = {kind_of_nodes(v) for v in x.flat} or {FLOAT}
        return ArrayKind(x.ndim, kinds.pop() if len(kinds) == 1 else FLOAT, "C")
    value = value_of(x)
    value = value.item() if isinstance(value, np.generic) else value
    return {float: FLOAT, int: INT, bool: BOOL}.get(type(value), x)
