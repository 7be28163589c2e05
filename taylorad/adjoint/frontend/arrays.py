"""Elements, slices and attributes of arrays."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass

from ...errors import UnsupportedError
from ..ir import Op, Value, constant
from ..kinds import BOOL, COMPLEX, FLOAT, INT, ArrayKind
from ..operations import PLAIN
from ..rules.scalars import array_form
from .things import Listed, Method, Static, described


@dataclass
class Place:
    """Part of an array: an element, or a view by the text of an index."""

    array: Value
    indices: list[Value]
    #: For each written index or slice its text, with places for ``indices``.
    text: list[str]
    #: Dimensions of the part.
    ndim: int
    #: An array among the indices, and the dimension of the part that it chooses from; None for
    #: a mask of all dimensions.
    chosen: tuple[int | None, Value] | None = None

    @property
    def is_element(self) -> bool:
        return self.ndim == 0 and self.chosen is None


def place(b, array: Value, index) -> Place:
    """The part of an array that an index expression means."""
    if not array.is_array:
        raise UnsupportedError(f"{described(array)} cannot be indexed")
    if isinstance(index, ast.Tuple):
        written = list(index.elts)
    else:
        thing = None if isinstance(index, ast.Slice) else b.thing(index)
        if isinstance(thing, Listed):
            raise UnsupportedError("a list as an index cannot be compiled; use np.array(...)")
        if isinstance(thing, tuple):
            return _place_of_things(b, array, list(thing))
        written = [index]
    things = [n if isinstance(n, ast.Slice) else b.thing(n) for n in written]
    return _place_of_things(b, array, things)


def _place_of_things(b, array, things) -> Place:
    rank = array.kind.ndim
    if len(things) == 1 and _is_mask(things[0], rank):
        return Place(array, [], [":"] * rank, rank, (None, things[0]))
    chosen = None
    given = sum(not _is_ellipsis(t) and not _is_newaxis(t) for t in things)
    if given > rank:
        raise UnsupportedError(f"{given} indices for an array of {rank} dimensions")
    texts: list[str] = []
    indices: list[Value] = []
    ndim = 0
    if not any(_is_ellipsis(t) for t in things):
        things = [*things, Static(Ellipsis)]

    def put(value: Value) -> str:
        if value.kind != INT:
            raise UnsupportedError(
                f"an index must be an integer or a slice, not {described(value)}; write a loop"
            )
        indices.append(value)
        return f"{{{len(indices) - 1}}}"

    for thing in things:
        if _is_ellipsis(thing):
            texts += [":"] * (rank - given)
            ndim += rank - given
        elif _is_newaxis(thing):
            texts.append("None")
            ndim += 1
        elif isinstance(thing, ast.Slice):
            ends = [
                None if e is None else b.thing(e) for e in (thing.lower, thing.upper, thing.step)
            ]
            ends = [None if e is None or _is_none(e) else put(e) for e in ends]
            texts.append(f"{ends[0] or ''}:{ends[1] or ''}" + (f":{ends[2]}" if ends[2] else ""))
            ndim += 1
        elif isinstance(thing, Value) and not thing.is_array:
            texts.append(put(thing))
        elif isinstance(thing, Value):
            if chosen is not None or thing.kind.ndim != 1:
                raise UnsupportedError("one vector may be an index; write a loop for more")
            chosen = ndim, thing
            texts.append(":")
            ndim += 1
        else:
            raise UnsupportedError(f"{described(thing)} cannot be an index")
    if (
        chosen is not None
        and ndim > 1
        and any(isinstance(t, Value) and not t.is_array for t in things)
    ):
        raise UnsupportedError("an array, an integer and a slice as indices; write a loop")
    return Place(array, indices, texts, ndim, chosen)


def _is_mask(thing, rank: int) -> bool:
    """Whether an index is an array of truth values for each element."""
    return (
        isinstance(thing, Value)
        and thing.is_array
        and ((thing.kind.ndim, thing.kind.dtype) == (rank, BOOL))
    )


def _is_none(thing) -> bool:
    return isinstance(thing, Static) and thing.object is None


def _is_ellipsis(thing) -> bool:
    return isinstance(thing, Static) and thing.object is Ellipsis


_is_newaxis = _is_none


def part(b, array: Value, index):
    """``array[index]``: an element or a view."""
    found = place(b, array, index)
    if found.chosen is not None:
        return CHOICES["load"](b, view_of(b, found), *found.chosen)
    return b.load(*through_views(found)) if found.is_element else view_of(b, found)


def item(b, array: Value, indices):
    """The element, or the view of lower rank, at leading indices."""
    found = _place_of_things(b, array, list(indices))
    return b.load(*through_views(found)) if found.is_element else view_of(b, found)


def through_views(found: Place) -> tuple[Value, list[Value]]:
    """The element of a row ``A[i]`` as an element of ``A``: no view is made."""
    array, indices = found.array, found.indices
    while array.op is not None and array.op.kind == "view" and _is_row(array.op.attr):
        base, *fixed = array.op.args
        rest = iter(indices)
        texts = array.op.attr[1:-1].split(", ")
        indices = [next(rest) if t == ":" else fixed[int(t[1:-1])] for t in texts]
        indices += rest
        array = base
    return array, indices


def _is_row(attr: str) -> bool:
    """Whether a view takes whole dimensions and single indices alone."""
    return attr.startswith("[") and all(
        t == ":" or (t[0] == "{" and t[-1] == "}" and t.count("{") == 1)
        for t in attr[1:-1].split(", ")
    )


def view_of(b, found: Place) -> Value:
    """The view that a slice takes."""
    array = found.array
    if all(t == ":" for t in found.text):
        return array
    layout = "A"
    if array.kind.layout == "C" and _leading(found.text):
        layout = "C"
    kind = ArrayKind(found.ndim, array.kind.dtype, layout)
    text = list(found.text)
    while text[-1] == ":":  # Numba knows of A[i] that it is contiguous, of A[i, :] it does not
        text.pop()
    return b.view(array, f"[{', '.join(text)}]", found.indices, kind)


def _leading(text) -> bool:
    """Whether single indices come first and whole dimensions follow, one slice between."""
    rest = list(text)
    while rest and ":" not in rest[0] and rest[0] != "None":
        rest.pop(0)
    if rest and ":" in rest[0] and rest[0].count(":") == 1:
        rest.pop(0)
    return all(t == ":" for t in rest)


def as_item(b, array: Value, value) -> Value:
    """A number as what an element of the array holds."""
    if not isinstance(value, Value) or value.is_array:
        raise UnsupportedError(f"{described(value)} cannot be an element of an array")
    if value.kind == COMPLEX and array.kind.dtype != COMPLEX:
        raise UnsupportedError("a complex number cannot be stored into an array of floats")
    if array.kind.dtype == FLOAT:
        return b.convert(value, FLOAT)
    if array.kind.dtype == INT and value.kind == FLOAT:
        return b.apply(int, value)
    return value


def store(b, array: Value, index, thing) -> None:
    """``array[index] = thing``."""
    found = place(b, array, index)
    if found.is_element:
        target, indices = through_views(found)
        b.store(target, indices, as_item(b, array, thing))
        return
    if found.chosen is not None:
        CHOICES["store"](b, view_of(b, found), *found.chosen, thing)
        return
    fill(b, view_of(b, found), thing)


def _fill_from_tuple(b, target: Value, items: tuple) -> None:
    if target.kind.ndim != 1:
        raise UnsupportedError(
            f"{described(items)} is assigned to one dimension alone; use an array, or a loop"
        )
    fits = b.apply(operator.eq, b.shape(target, 0), constant(len(items)))
    message = f"{described(items)} does not fit the length of the slice"
    if not fits.is_constant:
        text = f"raise ValueError({message!r})"
        b.branch(fits, lambda: None, lambda: b.append(Op("effect", [], text)))
    elif not fits.const:
        raise UnsupportedError(message)
    for i, x in enumerate(items):
        b.store(target, [constant(i)], as_item(b, target, x))


def fill(b, target: Value, thing) -> None:
    """``target[...] = thing``: a number, an array, or a tuple of numbers."""
    if isinstance(thing, tuple):
        _fill_from_tuple(b, target, thing)
        return
    if not isinstance(thing, Value):
        raise UnsupportedError(f"{described(thing)} cannot be stored into an array")
    if not thing.is_array:
        thing = as_item(b, target, thing)
    b.array_store(target, thing)


def update_part(b, found: Place, op, operand) -> None:
    """``array[index] op= operand`` where the index means more than an element."""
    if found.chosen is not None:
        CHOICES["update"](b, view_of(b, found), *found.chosen, op, operand)
        return
    update(b, view_of(b, found), op, operand)


def update(b, array: Value, op, operand) -> None:
    """``array op= operand`` for a whole array or a slice."""
    from .expressions import binary

    if isinstance(operand, Value) and operand.is_array and _overlap(array, operand):
        raise UnsupportedError(
            "an operand that shares memory with the array that is changed in place: there Numba's "
            "result is not NumPy's; write a[1:] = a[1:] + a[:-1] for a[1:] += a[:-1]"
        )
    if isinstance(op, ast.Add | ast.Sub) and isinstance(operand, Value):
        if isinstance(op, ast.Sub):
            operand = (
                elementwise(b, operator.neg, operand)
                if operand.is_array
                else (b.apply(operator.neg, operand))
            )
        if not operand.is_array:
            operand = as_item(b, array, operand)
        b.array_add(array, operand)
        return
    fill(b, array, binary(b, op, array, operand))


def _overlap(a: Value, b: Value) -> bool:
    """Whether two arrays may be different parts of one that have elements in common.

    Parts by the same text whose single indices alone differ are one, or apart.
    """
    if a is b:
        return False
    parts = []
    for array in (a, b):
        steps = []
        while array.op is not None and array.op.kind == "view":
            slices = [t for t in array.op.attr.split(", ") if ":" in t]
            places = [int(i) for t in slices for i in re.findall(r"{(\d+)}", t)]
            ends = [array.op.args[1 + i] for i in places]
            steps.append((array.op.attr, [e.const if e.is_constant else id(e) for e in ends]))
            array = array.op.args[0]
        parts.append((array, steps))
    return parts[0][0] is parts[1][0] and parts[0][1] != parts[1][1]


def attribute(b, array: Value, name: str):
    """``array.name``."""
    kind = array.kind
    if name == "shape":
        return tuple(b.shape(array, k) for k in range(kind.ndim))
    if name == "ndim":
        return constant(kind.ndim)
    if name == "size":
        size = constant(1) if kind.ndim == 0 else b.shape(array, 0)
        for k in range(1, kind.ndim):
            size = b.apply(operator.mul, size, b.shape(array, k))
        return size
    if name == "T":
        if kind.ndim < 2:
            return array
        turned = ArrayKind(kind.ndim, kind.dtype, {"C": "F", "F": "C"}.get(kind.layout, "A"))
        return b.view(array, ".T", [], turned)
    if name == "dtype":
        return Static(DType(kind.dtype))
    return Method(array, name)


@dataclass(frozen=True)
class DType:
    """``array.dtype``: what an allocation may be given."""

    kind: str


#: What loads, stores and updates elements that an array chooses; a module of this package
#: fills it in.
CHOICES: dict = {}
#: Operators that are no operations on numbers; modules of this package fill them in.
OPERATORS: dict = {}


def elementwise(b, fn, *things):
    """A function of numbers on arrays, element by element; a product of matrices by its rule."""
    if fn in OPERATORS:
        return OPERATORS[fn](b, *things)
    values = [as_operand(b, t) for t in things]
    if not any(v.is_array for v in values):
        return b.apply(fn, *values)
    for v in values:
        if (v.kind.dtype if v.is_array else v.kind) not in (FLOAT, INT, BOOL):
            raise UnsupportedError(
                f"{getattr(fn, '__name__', fn)} of {described(v)} cannot be differentiated in "
                "reverse mode; use forward mode"
            )
    return b.apply(array_form(PLAIN.get(fn, fn)), *values)


def as_operand(b, value: Value) -> Value:
    """An operand of an operation on arrays: of rank 0 its element."""
    return b.load(value, []) if value.is_array and value.kind.ndim == 0 else value
