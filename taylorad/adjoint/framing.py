"""Cutting a function in two at the start of its reverse sweep: what crosses goes into frames."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .ir import Op, Region, Value, external_uses, regions_of, walk
from .kinds import BOOL, FLOAT, INT
from .memory import Memory, writes
from .merging import substitute
from .operations import primitive_of
from .regaining import CHEAP
from .reverse import Reverse
from .storage import list_of, place_saved

#: The stacks of numbers: their names, by the text of their type.
STACKS = {"number": "kept", "np.int64": "kept_ints", "np.bool_": "kept_flags"}
_PURE = {"apply", "shape", "view", "alloc", "load"}
_DTYPES = {INT: "np.int64", BOOL: "np.bool_"}


class Framing:
    """Two functions out of one."""

    def __init__(self, reverse: Reverse, marker: Op):
        self.function = reverse.function
        self.program = self.function.program
        self.branches = reverse.branches
        place_saved(self.function, self.function.fresh)
        self.memory = Memory(self.function)
        #: The memory whose old content the reverse half puts back.
        self.undone = {
            v for op in reverse.undone_stores for a in writes(op) for v in self.memory.values(a)
        }
        root = self.function.root
        at = root.ops.index(marker)
        self.root = Region()
        self.root.ops = root.ops[at + 1 :]
        root.ops = root.ops[:at]
        _adopt(self.root)
        #: Values of the forward half by what they are in the reverse half.
        self.known: dict[Value, Value] = {}
        #: For every value of the forward half, whether it serves there too.
        self.used = {a for op in walk(root) for a in op.args}
        self.used |= {v for op in walk(root) for r in op.regions for v in (*r.yields, r.leave)}
        self.frame(root, self.root)
        substitute(self.root, self.known)
        remove_unused(root, self.function.result[0])

    def result(self, value: Value) -> Value:
        """A value at the end of the reverse half."""
        return self.known.get(value, value)

    @staticmethod
    def _creation(region: Region, name: str) -> Op | None:
        """The operation directly in a region that makes a buffer."""
        for op in region.ops:
            if op.kind == "text" and re.search(rf"^{name} = ", op.attr, re.M):
                return op
        return None

    # -- frames ----------------------------------------------------------------------------

    def frame(self, forward: Region, reverse: Region) -> None:
        """Let a region of the reverse half have what it uses of the region it reverses."""
        used = _used(reverse) | (set(self.function.result[1]) if forward.op is None else set())
        work = list(used)
        while work:  # references to arrays are made again, from arrays of outer regions too
            op = work.pop().op
            if op is not None and op.kind in ("view", "alloc"):
                work += [a for a in op.args if a not in used]
                used.update(op.args)
        kept, cheap = self._chosen(forward, used)
        start = Region()
        for value in self._kept_arrays(forward, reverse, kept, start):
            kept.remove(value)
        for dtype in STACKS:
            self._push([v for v in kept if _dtype(v) == dtype], dtype, forward, start)
        for value in cheap:
            self._again(value, start)
        reverse.ops[:0] = start.ops
        _adopt(reverse)
        for op in forward.ops:
            if op.kind == "if" and op in self.branches:
                for region, reversed_ in zip(op.regions, self.branches[op].regions, strict=True):
                    self.frame(region, reversed_)

    def _is_cheap(self, value: Value) -> bool:
        """Whether a value is computed again if its operands are at hand."""
        op = value.op
        if op.kind == "apply" and not value.is_array:
            primitive = primitive_of(op.fn)
            cheap = primitive is None or primitive.name in CHEAP
            return cheap and not any(a.is_array for a in op.args)
        if op.kind == "load":
            return not self.memory.values(op.args[0]) & self.memory.written_values
        if op.kind == "alloc":
            return value not in self.used
        return op.kind in ("shape", "view")

    def _chosen(self, forward: Region, used: set[Value]) -> tuple[list[Value], list[Value]]:
        """The values to keep, and those to compute again: in the order of their definitions."""
        at_hand = set(self.known)
        kept, cheap = [], []
        for op in forward.ops:
            for value in op.outs:
                if self._is_cheap(value) and all(_is_given(a) or a in at_hand for a in op.args):
                    cheap.append(value)
                elif value in used:
                    kept.append(value)
                else:
                    continue
                at_hand.add(value)
        wanted = set(used)
        needed = []
        for value in reversed(cheap):
            if value in wanted:
                needed.append(value)
                wanted.update(value.op.args)
        kept = [v for v in kept if v in wanted]
        return kept, needed[::-1]

    def _again(self, value: Value, start: Region) -> None:
        """Compute a value again."""
        op = value.op
        made = Op(op.kind, [self.known.get(a, a) for a in op.args], op.attr, op.fn, op.line)
        _append(start, made)
        self.known[value] = made.out(value.kind, value.name)
        self.known[value].named = value.named

    def _push(self, values: list[Value], dtype: str, forward: Region, start: Region) -> None:
        """Numbers into a frame of a stack, and out of it."""
        if not values:
            return
        stack = self.program.keep(STACKS[dtype], f"stack({dtype})")
        frame = self.function.fresh("frame")
        lines = [f"{frame} = push({stack}, {len(values)})"]
        lines += [f"{frame}[{k}] = {{{k}}}" for k in range(len(values))]
        _append(forward, Op("text", values, "\n".join(lines)))
        _append(start, Op("text", [], f"{frame} = pop({stack}, {len(values)})"))
        for k, value in enumerate(values):
            self._popped(value, f"{frame}[{k}]", start)

    def _popped(self, value: Value, text: str, start: Region) -> None:
        op = Op("text", [], text)
        _append(start, op)
        self.known[value] = op.out(value.kind, value.name or "t")
        self.known[value].named = True  # assigned at once: the frame does not last

    def _kept_arrays(self, forward: Region, reverse: Region, kept, start: Region) -> list[Value]:
        """Arrays and buffers onto lists, and off them."""
        arrays = [v for v in kept if v.is_array]
        for value in arrays:
            text = list_of(value.kind)
            name = self.program.keep("kept_arrays", text)
            added = "{0}"
            if value.kind.dtype == FLOAT and not self.memory.values(value) & self.undone:
                added = "of_number({0}, number)"
            _append(forward, Op("text", [value], f"{name}.append({added})"))
        buffers = self._buffers(forward, reverse)
        for buffer, name in buffers:
            _append(forward, Op("text", [], f"{name}.append({buffer})"))
        for buffer, name in reversed(buffers):
            _append(start, Op("text", [], f"{buffer} = {name}.pop()"))
        for value in reversed(arrays):
            name = self.program.keep("kept_arrays", list_of(value.kind))
            self._popped(value, f"{name}.pop()", start)
        return arrays

    def _buffers(self, forward: Region, reverse: Region) -> list[tuple[str, str]]:
        """The buffers that a region makes and its reverse uses, and the lists for them."""
        texts = [op.attr for op in walk(reverse) if op.kind == "text"]
        found = []
        for buffer, text in self.function.buffers.items():
            used = any(re.search(rf"\b{buffer}\b", t) for t in texts)
            if text and used and self._creation(forward, buffer) is not None:
                found.append((buffer, self.program.keep("kept_buffers", f"[{text}]")))
        return found


def _is_given(value: Value) -> bool:
    """Whether a value is at hand in both halves."""
    return value.is_constant or value.role in ("param", "global")


def _dtype(value: Value) -> str:
    return _DTYPES.get(value.kind, "number")


def _append(region: Region, op: Op) -> None:
    op.region = region
    region.ops.append(op)


def _adopt(region: Region) -> None:
    """Let operations know the region that they are in."""
    for op in region.ops:
        op.region = region
        for inner in op.regions:
            inner.parent = region
        for out in op.outs:
            out.region = region


def _used(region: Region) -> set[Value]:
    """The values that a region uses, and those inside it."""
    found = set(region.yields)
    for op in region.ops:
        found |= set(external_uses(op))
    return found


def remove_unused(root: Region, results: Iterable[Value]) -> None:
    """Take out operations without effect that nothing uses."""
    while True:
        regions = [root, *(r for op in root.ops for r in regions_of(op))]
        uses: set[Value | None] = set(results)
        for region in regions:
            uses |= {*region.yields, region.leave}
            uses.update(a for op in region.ops for a in op.args)
        unused = False
        for region in regions:
            kept = [op for op in region.ops if op.kind not in _PURE or uses & set(op.outs)]
            unused |= len(kept) < len(region.ops)
            region.ops = kept
        if not unused:
            return
