"""A function as a pair: a forward half, and a reverse half that needs its frames.

The forward half returns the results, and pushes a frame with what the reverse half cannot
compute from the arguments.  The reverse half pops the frame and returns the adjoints of the
arguments that are numbers; it adds those of arrays to their shadows.  Every branch has a
frame of its own: what was not computed is not kept.

Source: L. Hascoet, V. Pascual, The Tapenade automatic differentiation tool, ACM TOMS 39(3),
2013, section 5 (split mode).
"""

from __future__ import annotations

from .callees import Callee, Pattern, Program
from .dead import remove_dead
from .emit import emit
from .framing import Framing
from .frontend.things import Static
from .ir import Function, Op, Value, constant, regions_of, walk
from .kinds import FLOAT, is_array
from .planning import planned
from .rebinding import STATE
from .regaining import Plan
from .reverse import Reverse


class Half:
    """One function of a pair, as calls refer to it."""

    rerun = False

    def __init__(self, pair: Pair, name: str, written):
        self.pair, self._written = pair, written
        self.program = pair.callee.program
        self.name = self.program.reserve(name)
        self.has_effects = pair.callee.has_effects

    def __repr__(self):
        return self.name

    @property
    def further(self) -> tuple[str, ...]:
        """What the text passes to it besides its arguments."""
        return ("number", *self.program.kept)

    def writes(self, op: Op) -> list[Value]:
        """The arrays that a call writes to."""
        return [op.args[i] for i in self._written]


class Pair:
    """The forward and the reverse half of a function."""

    #: Whether the forward half keeps what the reverse half needs.
    is_split = True

    def __init__(self, callee: Callee, pattern: Pattern):
        self.callee, self.pattern = callee, pattern
        params = callee.function.params
        shadows = sum(is_array(params[i].kind) for i in pattern.active)
        first = len(params) + len(pattern.results)
        written = sorted(callee.written)
        changed = written if pattern.restores or not self.is_split else []
        added = [*changed, *range(first, first + shadows)]
        self.forward: Half | Callee = Half(self, f"{callee.name}_forward", written)
        self.reverse = Half(self, f"{callee.name}_reverse", added)

    def build(self) -> None:
        """Make the representations of both halves."""
        reverse = planned(self._attempt)
        function, framing = reverse.function, Framing(reverse, self._marker)
        results, adjoints = function.result
        names = dict(scope=function.scope, program=function.program, buffers=function.buffers)
        self.functions: tuple[Function, ...] = (
            Function(
                self.forward.name,
                self._params + (self._shadows if self.callee.mirrors else []),
                function.root,
                _returned(results),
                **names,
            ),
            Function(
                self.reverse.name,
                self._params + self._cotangents,
                framing.root,
                _returned([framing.result(v) for v in adjoints]),
                **names,
            ),
        )

    def _read(self) -> Function:
        return self.callee.read()

    def _attempt(self, plan: Plan):
        callee, pattern = self.callee, self.pattern
        function = self._read()
        function.split = self.is_split
        self._params = params = list(function.params)
        results = callee.results(function)
        written = [params[i] for i in sorted(callee.written)]
        active = [params[i] for i in pattern.active]
        function.outer = [p for p in params if p.is_array]
        function.restored = written if pattern.restores else []
        wanted = [results[k] for k in pattern.results]
        function.result = (*wanted, *(p for p in written if p in active))
        reverse = Reverse(function, active, plan)
        end = len(function.root.ops)
        self._marker = reverse.append(Op("effect", attr="# reverse half"))
        self._cotangents, self._shadows = [], []
        for value in wanted:
            name = function.fresh(f"{value.name or 'result'}_bar")
            kind = value.kind.with_layout("A") if value.is_array else FLOAT
            cotangent = Value(kind, name, "param", function.root)
            self._cotangents.append(cotangent)
            reverse.contribute(value, cotangent)
        for param in active:
            if param.is_array:
                shadow = reverse.shadows.of(param)
                shadow.name = function.fresh(shadow.name)
                self._shadows.append(shadow)
                function.outer.append(shadow)
        self._cotangents += self._shadows
        function.params += self._cotangents
        reverse.sweep(function.root, end)
        reverse.keep_saved()
        adjoints = [reverse.bar(p) or constant(0.0) for p in active if not p.is_array]
        return reverse, (tuple(results) if self.is_split else (), tuple(adjoints))


class Rerun(Pair):
    """A function whose adjoint runs it once more, from the arguments of the first run.

    The forward half is the function itself.  The adjoint finds the arrays that the function
    writes to as they were before, and leaves them so if the pattern asks for it.
    """

    is_split = False

    def __init__(self, callee: Callee, pattern: Pattern):
        super().__init__(callee, pattern)
        self.forward = callee

    def _read(self) -> Function:
        """The function, which printed in its first run."""
        function = self.callee.read()
        for region in (function.root, *(r for op in function.root.ops for r in regions_of(op))):
            prints = [
                op for op in region.ops if op.kind == "effect" and op.attr.startswith("print(")
            ]
            region.ops = [op for op in region.ops if op not in prints]
        return function

    def _attempt(self, plan: Plan):
        """Nobody reads what it leaves in its arrays, but for old content."""
        reverse, result = super()._attempt(plan)
        function = reverse.function
        root = function.root
        root.ops = [op for op in root.ops if op.fn is not STATE]
        unread = [a for a in self._params if a not in function.restored]
        function.outer = [a for a in function.outer if a not in unread]
        return reverse, result

    def build(self) -> None:
        reverse = planned(self._attempt)
        function = reverse.function
        function.name, function.result = self.reverse.name, _returned(function.result[1])
        self.functions = (function,)


def _returned(values):
    """The results of a function: several as a tuple."""
    if not values:
        return Static(None)
    return values[0] if len(values) == 1 else tuple(values)


def texts(function: Function) -> list[str]:
    """The texts of all functions that the text of a function calls, directly or not.

    The function itself gains the stacks that they keep values on.
    """
    program: Program = function.program
    made: dict = {}  # pairs, and functions that are called as they are
    work = [function.root]
    while work:
        for op in walk(work.pop()):
            if op.kind == "invoke" and (owner := getattr(op.fn, "pair", op.fn)) not in made:
                if isinstance(owner, Pair):
                    owner.build()
                    made[owner] = owner.functions
                else:
                    plain = owner.read()
                    plain.name, plain.result = owner.name, _returned(owner.results(plain))
                    plain.outer = [p for p in plain.params if p.is_array]
                    remove_dead(plain)
                    made[owner] = (plain,)
                work += [f.root for f in made[owner]]
    _make_stacks(function, program)
    out = []
    for owner, functions in made.items():
        further = ["number", *program.kept] if isinstance(owner, Pair) else []
        for f in functions:
            out.append(emit(f, f.name, ", ".join([*(p.name for p in f.params), *further])))
    return out


def _make_stacks(function: Function, program: Program) -> None:
    """Make what values are kept on; it lives until the function ends."""
    begin, end = [], []
    for name, text in program.kept.items():
        if not text.startswith("stack("):
            begin.append(f"{name} = {text}")
            continue
        memory = function.fresh(f"{name}_memory")
        begin += [f"{memory} = {text}", f"{name} = lent({memory})"]
        end.append(f"release({memory})")
    for lines, at in ((begin, 0), (end, len(function.root.ops) + 1)):
        if lines:
            op = Op("text", [], "\n".join(lines))
            op.region = function.root
            function.root.ops.insert(at, op)
