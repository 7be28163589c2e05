"""Random programs for reverse mode, as text made from a seed.

A program defines ``f`` and its helpers.  It is smooth where it runs but for its branches, and
what it writes to is its own: what is hard for reverse mode is in the memory and in the flow of
control, so that is what is varied most.  Each program leaves some constructs out and repeats
others, by which rare combinations come about (A. Groce et al., Swarm testing, ISSTA 2012).
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from adjoint_helpers import Helpers
from adjoint_loops import PlainLoops
from adjoint_scope import (
    INTEGER,
    MATRIX,
    NAMED,
    NUMBER,
    SHORT,
    TURNED,
    VECTOR,
    Array,
    Named,
    Program,
    Scope,
    bind,
    is_tuple,
)

UNARY = (
    *("math.sin({})", "np.cos({})", "math.tanh({})", "np.exp(-({}) ** 2)", "-({})"),
    *("math.sqrt(1.3 + ({}) ** 2)", "np.log(1.6 + ({}) ** 2)", "1.0 / (1.4 + ({}) ** 2)"),
    *("abs({})", "np.arctan({})", "({}) ** 3", "(1.9 + np.sin({})) ** 0.7", "float({})"),
    *("math.sqrt(2.1 + math.cos({}))", "0.3 * ({})", "np.square({})", "np.floor({}) * 0.1"),
)
BINARY = (
    *("{} + {}", "{} - {}", "{} * {}", "({}) * ({})", "({}) - ({})", "0.5 * ({}) * ({})"),
    *("({}) / (1.5 + np.sin({}))", "min({}, {})", "max({}, {})", "({}) / (2.0 + abs({}))"),
    *("math.atan2({}, 1.7 + abs({}))", "math.hypot({}, 1.1 + abs({}))"),
)

#: Array expressions of the shape of an operand: ``{}`` an array, ``{n}`` a number.
ELEMENTWISE = (
    *("np.sin({a})", "{a} + {b}", "{a} * {b}", "{a} * {n}", "{n} - {a}", "-{a}", "{a} ** 2"),
    *("np.tanh({a} * {b})", "0.5 * {a} - {b} * {n}", "{a} / (1.8 + np.cos({b}))", "{a} - {b}"),
    *("np.exp(-({a} ** 2))", "np.maximum({a}, {n})", "np.where({a} > {l}, {b}, {n})"),
    *("np.abs({a}) + {b}", "np.sqrt(1.2 + {a} * {a})"),
)
REDUCTIONS = (
    *("np.sum({a})", "{a}.sum()", "np.mean({a})", "np.sum({a} * {a})", "{a}.max()"),
    *("np.min({a})", "np.sum(np.sin({a}))"),
)
PRODUCTS = ("np.dot({a}, {b})", "{a} @ {b}", "np.sum({a} * {b})")


class Writer(Helpers, PlainLoops):
    """Writes the body of one function."""

    def __init__(self, rand: random.Random, weights, result, helpers, arrays=False, level=0):
        self.random, self.weights, self.form = rand, weights, result
        #: Texts of helpers with what they take and return, shared by all functions.
        self.helpers: dict[str, tuple[str, tuple, Any]] = helpers
        self.arrays, self.level = arrays, level
        self.count = 0
        self.is_large = rand.random() < 0.25
        #: The function itself, where it may call itself: what to call, what it takes.
        self.itself: tuple[str, str, tuple] | None = None
        self.calls_left = 0
        #: Whether divisors may be zero.
        self.divides = False

    # -- choices ---------------------------------------------------------------------

    def chance(self, *options):
        return self.random.choice(options)

    def maybe(self, probability) -> bool:
        return self.random.random() < probability

    def fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def literal(self) -> str:
        return (
            f"{self.random.choice((0.0, 0.0, -1.0, 1.0)) + self.random.randint(11, 97) / 100:.2f}"
        )

    # -- expressions -----------------------------------------------------------------

    def index(self, scope, length: int) -> str:
        """Text of an index into an axis."""
        options = [str(self.random.randrange(-length, length)) for _ in range(2)]
        for name, bounds in scope.integers.items():
            if bounds is not None and -length <= bounds[0] and bounds[1] < length:
                options += 3 * [name]
            options += [f"{name} % {length}", f"({name} + 1) % {length}"]
            options += [f"{length - 1} - {name} % {length}", f"-1 - {name} % {length}"]
            if bounds is not None and bounds[0] >= 0 and bounds[1] <= length:
                options += [f"{name} - 1"]
        options += [f"{k}[{self.position(scope, 4)}]" for k in scope.index_arrays]
        return self.random.choice(options)

    def position(self, scope, length):
        names = [n for n, b in scope.integers.items() if b and b[0] >= 0 and b[1] < length]
        return self.random.choice([*names, str(self.random.randrange(length))])

    def element(self, scope, name: str) -> str:
        shape = scope.arrays[name].shape
        indices = [self.index(scope, n) for n in shape]
        if len(shape) == 2 and self.maybe(0.2):
            return f"{name}[{indices[0]}][{indices[1]}]"
        return f"{name}[{', '.join(indices)}]"

    def atom(self, scope) -> str:
        options = [*scope.numbers, *scope.numbers, self.literal()]
        if scope.arrays:
            options += 3 * [self.element(scope, self.random.choice(list(scope.arrays)))]
        if scope.integers:
            options += [f"0.1 * {self.random.choice(list(scope.integers))}"]
        for name, form in scope.tuples.items():
            for k, inner in enumerate(form):
                if inner == NUMBER:
                    options.append(self.part(name, form, k))
                elif inner == VECTOR:
                    options.append(f"{self.part(name, form, k)}[{self.index(scope, 4)}]")
        return self.random.choice(options)

    def part(self, name, form, k) -> str:
        """Text of a part of a tuple."""
        if isinstance(form, Named) and self.maybe(0.7):
            return f"{name}.{form.type._fields[k]}"
        return f"{name}[{k}]"

    def expression(self, scope, depth=2) -> str:
        """Text of a number."""
        r = self.random.random()
        if depth == 0 or r < 0.2:
            return self.atom(scope)

        def one():
            return self.expression(scope, depth - 1)

        if r < 0.45:
            return self.chance(*UNARY).replace("{}", one())
        if self.divides and self.maybe(0.06):
            return f"({one()} / {self.divisor(scope)})"
        if r < 0.82:
            return f"({self.chance(*BINARY).format(one(), one())})"
        if r < 0.90:
            return f"({one()} if {self.condition(scope)} else {one()})"
        if r < 0.95 and self.arrays and scope.arrays:
            return self.reduction(scope)
        return self.call(scope, NUMBER) or one()

    def divisor(self, scope) -> str:
        """Text of what may be zero."""
        options = [f"({self.atom(scope)} - {self.atom(scope)})"]
        options += [f"({n} {self.chance('- 1', '% 3', '- 3')})" for n in scope.integers]
        return self.random.choice(options)

    def reduction(self, scope) -> str:
        name = self.random.choice(list(scope.arrays))
        a = self.array_operand(scope, scope.arrays[name].shape)
        if len(scope.arrays[name].shape) == 1 and self.maybe(0.4):
            b = self.array_operand(scope, scope.arrays[name].shape)
            return self.chance(*PRODUCTS).format(a=a, b=b)
        return self.chance(*REDUCTIONS).format(a=a)

    def bounded(self, scope) -> str:
        """Text of a number that loops do not blow up."""
        value = self.expression(scope)
        return self.chance(f"math.tanh({value})", f"0.5 * {value}", f"np.sin({value})", value)

    def condition(self, scope, depth=1) -> str:
        r = self.random.random()
        if depth and r < 0.12:
            a, b = self.condition(scope, 0), self.condition(scope, 0)
            return f"({a} {self.chance('and', 'or')} {b})"
        if depth and r < 0.17:
            return f"not {self.condition(scope, 0)}"
        if r < 0.22:
            a, b, c = (self.atom(scope) for _ in range(3))
            return f"{a} < {b} {self.chance('<', '<=')} {c} + {self.literal()}"
        options = [f"{self.atom(scope)} {self.chance('<', '>', '<=', '>=')} {self.atom(scope)}"]
        options += [f"{self.atom(scope)} > {self.literal()}"]
        options += [*scope.flags]
        for n in scope.integers:
            options += [
                f"{n} % 2 == 0",
                f"{n} {self.chance('<', '>', '==', '!=')} {self.chance(0, 1, 2)}",
            ]
        return self.random.choice(options)

    # -- arrays ----------------------------------------------------------------------

    def view(self, scope, shape, writable=False) -> str | None:
        """Text of an existing array of a shape, or of a part of one."""
        options = [*scope.shaped(shape, writable)] * 2
        for name, array in scope.arrays.items():
            if array.writable < writable:
                continue
            if shape == VECTOR:
                if array.shape == VECTOR:
                    options.append(f"{name}[::-1]")
                elif array.shape == MATRIX:
                    options += [f"{name}[{self.index(scope, 3)}]", f"{name}[1, :]"]
                elif array.shape == TURNED:
                    options += [f"{name}[:, {self.index(scope, 3)}]", f"{name}.T[2]"]
            elif shape == SHORT:
                if array.shape == VECTOR:
                    options += [f"{name}[1:]", f"{name}[:-1]", f"{name}[:3]", f"{name}[::-1][1:]"]
                elif array.shape == MATRIX:
                    options += [f"{name}[:, {self.index(scope, 4)}]"]
                elif array.shape == TURNED:
                    options += [f"{name}[{self.index(scope, 4)}]"]
            elif shape in (MATRIX, TURNED) and array.shape == shape[::-1]:
                options += [f"{name}.T"]
        for name, form in scope.tuples.items():
            parts = [k for k, inner in enumerate(form) if inner == shape]
            options += [self.part(name, form, k) for k in parts]
        return self.random.choice(options) if options else None

    def new(self, scope, shape) -> str:
        """Text of a fresh array."""
        text = repr(shape) if len(shape) > 1 or self.maybe(0.1) else str(shape[0])
        options = [f"np.zeros({text})", f"np.full({text}, {self.atom(scope)})", f"np.ones({text})"]
        old = scope.shaped(shape)
        options += [f"{n}.copy()" for n in old] * 2 + [f"np.zeros_like({n})" for n in old]
        if self.arrays:
            options += [self.array_expression(scope, shape) for _ in range(len(options))]
        elif shape == VECTOR and self.maybe(0.1):
            call = self.call(scope, VECTOR)
            options += [call] * 5 if call else []
        return self.random.choice(options)

    def array_operand(self, scope, shape, depth=0) -> str:
        if depth and self.maybe(0.3):
            return f"({self.array_expression(scope, shape, depth - 1)})"
        return self.view(scope, shape) or f"np.full({shape!r}, {self.atom(scope)})"

    def array_expression(self, scope, shape, depth=1) -> str:
        """Text of an expression of whole arrays."""
        options = 4 * [self.chance(*ELEMENTWISE)]
        a, b = (self.array_operand(scope, shape, depth) for _ in "ab")
        if shape == SHORT and self.view(scope, MATRIX):
            options += [f"{self.view(scope, MATRIX)} @ {self.array_operand(scope, VECTOR)}"]
            options += [f"np.sum({self.view(scope, MATRIX)}, axis=1)"]
        if shape == VECTOR and self.view(scope, TURNED):
            options += [f"{self.view(scope, TURNED)} @ {self.array_operand(scope, SHORT)}"]
        if shape == MATRIX:
            short, long = self.array_operand(scope, SHORT), self.array_operand(scope, VECTOR)
            options += [
                f"np.outer({short}, {long})",
                f"{{a}} * {self.array_operand(scope, VECTOR)}",
            ]
        text = self.random.choice(options)
        return text.format(a=a, b=b, n=self.atom(scope), l=self.literal())

    # -- statements ------------------------------------------------------------------

    def body(self, scope, count) -> list[str]:
        """A function's body."""
        lines = []
        for _ in range(count):
            lines += self.statement(scope, 0)
        if self.form is not None:
            lines += [f"return {self.result(scope, self.form, True)}"]
        return lines or ["pass"]

    def block(self, scope, depth, in_loop=None, most=3) -> list[str]:
        inner = scope.inner(in_loop)
        most = most if self.is_large or depth == 0 else min(most, 2)
        lines: list[str] = []
        for _ in range(self.random.randint(1, most)):
            lines += self.statement(inner, depth + 1)
        return ["    " + line for line in lines]

    def statement(self, scope, depth) -> list[str]:
        kinds = [(name, w) for name, w in self.weights.items() if self.fits(name, scope, depth)]
        names, weights = zip(*kinds, strict=True)
        name = self.random.choices(names, weights)[0]
        return getattr(self, f"write_{name}")(scope, depth)

    def fits(self, name, scope, depth) -> bool:
        if self.itself and name in LOOPS:
            return depth < 1  # its loops multiply
        if name in LOOPS or name == "branch":
            return depth < (3 if self.is_large and self.level == 0 else 2)
        return scope.in_loop if name == "jump" else name != "leave" or scope.may_return

    def write_assign(self, scope, depth):
        value = self.bounded(scope)
        if scope.own and self.maybe(0.6):
            return [f"{self.random.choice(scope.own)} = {value}"]
        name = self.fresh("y")
        start = f"{name} = {self.chance('0', '0.0', '1', value, value, value)}"
        scope.numbers.append(name)
        scope.own.append(name)
        return [start]

    def write_augment(self, scope, depth):
        if not scope.own:
            return self.write_assign(scope, depth)
        operator = self.chance("+=", "-=", "+=", "*=", "/=")
        value = self.bounded(scope)
        value = f"1.5 + np.cos({value})" if operator == "/=" else value
        return [f"{self.random.choice(scope.own)} {operator} {value}"]

    def write_several(self, scope, depth):
        """Several numbers at once: from each other, from a tuple, from a helper."""
        if len(scope.own) > 1 and self.maybe(0.6):
            a, b = self.random.sample(scope.own, 2)
            return [f"{a}, {b} = {b}, {self.bounded(scope)}"]
        a, b = self.fresh("y"), self.fresh("y")
        call = self.call(scope, (NUMBER, NUMBER)) if self.maybe(0.6) else None
        line = f"{a}, {b} = {call or f'{self.expression(scope)}, {self.atom(scope)}'}"
        scope.numbers += [a, b]
        scope.own += [a, b]
        return [line]

    def write_tuple(self, scope, depth):
        own = [n for n in scope.tuples if n.startswith("t")]
        if own and self.maybe(0.5):
            name = self.random.choice(own)
            form = scope.tuples[name]
        else:
            name = self.fresh("t")
            form = self.chance(
                (NUMBER, NUMBER), (NUMBER, NUMBER), (VECTOR, NUMBER), (VECTOR, VECTOR), *NAMED
            )
        value = self.call(scope, form) if self.maybe(0.2) else None
        if isinstance(form, Named) and name in scope.tuples and self.maybe(0.15):
            k = self.random.randrange(len(form))
            value = f"{name}._replace({form.type._fields[k]}={self.result(scope, form[k])})"
        line = f"{name} = {value or self.result(scope, form)}"
        scope.tuples[name] = form
        return [line]

    def write_unpack(self, scope, depth):
        if not scope.tuples:
            return self.write_tuple(scope, depth)
        name = self.random.choice(list(scope.tuples))
        names = []
        for kind in scope.tuples[name]:
            names.append(self.fresh("y" if kind == NUMBER else "a"))
            bind(scope, names[-1], kind)
        return [f"{', '.join(names)} = {name}"]

    def write_new(self, scope, depth):
        shape = self.chance(VECTOR, VECTOR, VECTOR, SHORT, MATRIX)
        own = [n for n in scope.shaped(shape, True) if n.startswith("a")]
        if self.maybe(0.3) and own:
            return [f"{self.random.choice(own)} = {self.new(scope, shape)}"]
        name, value = self.fresh("a"), self.new(scope, shape)
        if self.maybe(0.15):
            text = repr(shape) if len(shape) > 1 else str(shape[0])
            value = f"np.empty({text})"
            fill = [f"{name}[:] = {self.atom(scope)}"]
            if len(shape) == 1 and self.maybe(0.7):
                inner = scope.inner()
                inner.integers["k"] = 0, shape[0] - 1
                fill = [f"for k in range({shape[0]}):", f"    {name}[k] = {self.bounded(inner)}"]
            scope.arrays[name] = Array(shape)
            return [f"{name} = {value}", *fill]
        scope.arrays[name] = Array(shape)
        return [f"{name} = {value}"]

    def write_alias(self, scope, depth):
        shape = self.chance(VECTOR, VECTOR, VECTOR, SHORT, MATRIX, TURNED)
        own = [n for n in scope.shaped(shape, True) if n.startswith("a")]
        first, second = self.view(scope, shape, True), self.view(scope, shape, True)
        if first is None:
            return self.write_new(scope, depth)
        if self.maybe(0.3):
            second = self.new(scope, shape)
        value = f"{first} if {self.condition(scope)} else {second}" if self.maybe(0.3) else first
        if own and self.maybe(0.5):
            name = self.random.choice(own)
            if self.maybe(0.4):
                return [f"if {self.condition(scope)}:", f"    {name} = {value}"]
            return [f"{name} = {value}"]
        name = self.fresh("a")
        scope.arrays[name] = Array(shape)
        return [f"{name} = {value}"]

    def write_swap(self, scope, depth):
        own = [n for n in scope.shaped(VECTOR, True) if n.startswith("a")]
        if len(own) < 2:
            return self.write_new(scope, depth)
        names = self.random.sample(own, 3 if len(own) > 2 and self.maybe(0.2) else 2)
        return [f"{', '.join(names)} = {', '.join(names[1:] + names[:1])}"]

    def write_store(self, scope, depth):
        names = [n for n, a in scope.arrays.items() if a.writable]
        if not names:
            return self.write_new(scope, depth)
        target = self.element(scope, self.random.choice(names))
        operator = self.chance("=", "=", "=", "+=", "+=", "-=", "*=", "/=")
        value = self.bounded(scope)
        value = f"1.5 + np.cos({value})" if operator == "/=" else value
        return [f"{target} {operator} {value}"]

    def write_part(self, scope, depth):
        """A store into a slice or a whole array."""
        shape = self.chance(VECTOR, VECTOR, SHORT, SHORT, MATRIX)
        name = self.view(scope, shape, True)
        if name is None:
            return self.write_new(scope, depth)
        operator = self.chance("=", "=", "+=", "-=")
        value = self.atom(scope) if self.maybe(0.5) else self.view(scope, shape)
        if self.arrays:
            operator = self.chance("=", "=", "+=", "-=", "*=")
            if self.maybe(0.5):
                value = self.array_expression(scope, shape)
        target = name if name.endswith("]") and ":" in name else f"{name}[:]"
        if operator != "=" and name.isidentifier() and name in scope.arrays:
            target = self.chance(name, target)
        return [f"{target} {operator} {value}"]

    def write_fill(self, scope, depth):
        call = self.call(scope, None)
        return [call] if call else self.write_store(scope, depth)

    def write_integer(self, scope, depth):
        value = self.chance("2", "1", "3", f"int({self.atom(scope)} * 3.0)")
        if scope.integers:
            n = self.random.choice(list(scope.integers))
            value = self.chance(value, f"({n} + 1) % 3", f"2 * {n} - 1", f"{n} // 2")
        if scope.counters and self.maybe(0.6):
            return [f"{self.random.choice(scope.counters)} = {value}"]
        name = self.fresh("n")
        scope.integers[name] = None
        scope.counters.append(name)
        return [f"{name} = {value}"]

    def write_index_array(self, scope, depth):
        own = [n for n in scope.index_arrays if n.startswith("k")]
        if own and self.maybe(0.6):
            k = self.random.choice(own)
            value = f"{self.random.choice(list(scope.integers))} % 3" if scope.integers else "2"
            return [f"{k}[{self.position(scope, 4)}] = {value}"]
        name = self.fresh("k")
        line = f"{name} = np.{self.chance('zeros', 'ones')}(4, np.int64)"
        scope.index_arrays.append(name)
        return [line]

    def write_flag(self, scope, depth):
        name = self.fresh("c")
        line = f"{name} = {self.condition(scope)}"
        scope.flags.append(name)
        return [line]

    def write_one_path(self, scope, depth):
        """A variable that has a value on one path only, read where it has one."""
        flag, name = self.fresh("c"), self.fresh("z")
        lines = [f"{flag} = {self.condition(scope)}", f"if {flag}:"]
        kind = self.chance(NUMBER, NUMBER, VECTOR)
        if kind == NUMBER:
            value = self.expression(scope)
        else:
            value = self.view(scope, VECTOR) if self.maybe(0.4) else None
            value = value or self.new(scope, VECTOR)
        lines += [f"    {name} = {value}"]
        between = self.block(scope, depth, most=2)
        lines += [line[4:] for line in between]
        inner = scope.inner()
        bind(inner, name, kind)
        if name in inner.own:
            inner.own.remove(name)
        if kind != NUMBER:
            inner.arrays[name].writable = False
        target = self.random.choice(scope.own) if scope.own else None
        if target is None:
            target = self.fresh("y")
            lines.insert(0, f"{target} = 0.0")
            scope.numbers.append(target)
            scope.own.append(target)
        read = name if kind == NUMBER else f"{name}[{self.index(scope, 4)}]"
        return [*lines, f"if {flag}:", f"    {target} += {read} * {self.expression(inner, 1)}"]

    def write_for_loop(self, scope, depth, in_segments=False):
        name = self.fresh("i") if self.maybe(0.8) or not scope.integers else "i"
        ranges = {
            "3": (0, 2), "4": (0, 3), "1, 4": (1, 3), "3, -1, -1": (0, 3), "0, 4, 2": (0, 2),
            "5, 0, -2": None, "2, 1": (0, 0), "0, 7, 3": None, "2": (0, 1), "4, 1, -1": (2, 4),
        }  # fmt: skip
        for n, bounds in scope.integers.items():
            ranges[f"{n} % 4"] = (0, 2)
            ranges[f"{n} % 3, 4"] = (0, 3)
            ranges[f"3, {n} % 3, -1"] = (1, 3)
            ranges[f"0, 6, {n} % 3 + 1"] = None
            ranges[f"-1 if {n} > 1 else 0, 3"] = (-1, 2)
            if bounds is not None and bounds[1] < 4:
                ranges[n] = (0, max(0, bounds[1] - 1))
        for a, array in scope.arrays.items():
            ranges[f"len({a})"] = 0, array.shape[0] - 1
            ranges[f"1, {a}.shape[0]"] = 1, array.shape[0] - 1
        text = self.random.choice(list(ranges))
        inner = scope.inner(True)
        inner.integers[name] = ranges[text]
        steps = f"range({text})"
        if in_segments:
            inner.may_return, inner.may_break = False, False
            every = ["", "", ", 1", ", every=2", ", every=3", ", every=0"]
            every += [f", {n} % 4" for n in scope.integers]
            steps = f"ta.checkpoint({steps}{self.chance(*every)})"
        lines = [f"for {name} in {steps}:", *self.block(inner, depth)]
        if self.maybe(0.1):
            lines += ["else:", *self.block(scope, depth)]
        return lines

    def write_checkpoint(self, scope, depth):
        return self.write_for_loop(scope, depth, True)

    def write_items(self, scope, depth):
        """A loop over the items of arrays."""
        shape = self.chance(VECTOR, VECTOR, SHORT, MATRIX)
        a, b = self.view(scope, shape), self.view(scope, shape)
        if a is None:
            return self.write_new(scope, depth)
        item, other, i = self.fresh("e"), self.fresh("e"), self.fresh("i")
        inner = scope.inner(True)
        heads = (f"for {item} in {a}:", f"for {i}, {item} in enumerate({a}):",
                 f"for {item}, {other} in zip({a}, {b}):",
                 f"for {i}, ({item}, {other}) in enumerate(zip({a}, {b})):")  # fmt: skip
        head = self.chance(*heads)
        for name in (item, other):
            if name in head:
                if len(shape) == 1:
                    inner.numbers.append(name)
                else:
                    inner.arrays[name] = Array(shape[1:], False)
        if f"{i}," in head:
            inner.integers[i] = 0, shape[0] - 1
        return [head, *self.block(inner, depth, True)]

    def write_while_loop(self, scope, depth):
        name = self.fresh("j")
        inner = scope.inner(True)
        inner.integers[name] = None
        limit = self.random.randint(1, 4)
        test = f"{name} < {limit}"
        if self.maybe(0.5):
            test += f" and {self.condition(scope)}"
        head = [f"{name} = 0", f"while {test}:", f"    {name} += 1"]
        if self.maybe(0.2):
            head = [f"{name} = 0", "while True:", f"    {name} += 1"]
            head += [f"    if {name} > {limit} or {self.condition(inner)}:", "        break"]
        lines = head + self.block(inner, depth, True)
        if self.maybe(0.1):
            lines += ["else:", *self.block(scope, depth)]
        scope.integers[name] = None
        return lines

    def write_branch(self, scope, depth):
        lines = [f"if {self.condition(scope)}:", *self.block(scope, depth)]
        if self.maybe(0.3):
            lines += [f"elif {self.condition(scope)}:", *self.block(scope, depth)]
        if self.maybe(0.6):
            lines += ["else:", *self.block(scope, depth)]
        return lines

    def write_jump(self, scope, depth):
        lines = [f"if {self.condition(scope)}:"]
        if self.maybe(0.3):
            lines += self.block(scope, depth, most=1)
        ways = ("break", "continue") if scope.may_break else ("continue",)
        return [*lines, f"    {self.chance(*ways)}"]

    def write_leave(self, scope, depth):
        value = "" if self.form is None else f" {self.result(scope, self.form)}"
        return [f"if {self.condition(scope)}:", f"    return{value}"]

    # -- results ---------------------------------------------------------------------

    def result(self, scope, form, last=False) -> str:
        """Text of something of a form."""
        if is_tuple(form):
            items = [self.result(scope, inner, last) for inner in form]
            if not isinstance(form, Named):
                return f"({', '.join(items)})"
            fields = form.type._fields
            if self.maybe(0.3):
                items = [f"{f}={i}" for f, i in zip(fields, items, strict=True)]
            return f"{form.type.__name__}({', '.join(items)})"
        if form == NUMBER:
            text = self.expression(scope)
            if last:
                names = [*scope.own, *scope.arrays]
                for name in self.random.sample(names, min(4, len(names))):
                    part = self.element(scope, name) if name in scope.arrays else name
                    text += f" {self.chance('+', '-')} {self.literal()} * {part}"
            return text
        if self.maybe(0.8):
            found = self.view(scope, form)
            if found:
                # what stays a function returns arrays of its own
                own = self.itself or (self.level and self.maybe(0.3))
                return f"{found}.copy()" if own else found
        return self.new(scope, form)


#: The kinds of statements that are loops.
LOOPS = {
    "for_loop", "while_loop", "items", "checkpoint", "sums", "copies", "stencil", "renewed",
}  # fmt: skip
#: How often each kind of statement is written.
WEIGHTS = {
    "assign": 4, "augment": 4, "several": 1, "tuple": 1, "unpack": 1, "new": 2, "alias": 3,
    "swap": 2, "store": 7, "part": 2, "fill": 1.5, "integer": 1, "index_array": 0.5, "flag": 0.5,
    "one_path": 0.7, "for_loop": 6, "checkpoint": 2, "sums": 1, "copies": 1, "stencil": 1,
    "renewed": 0.7, "items": 1.5, "while_loop": 2, "branch": 4, "jump": 2, "leave": 0.5,
}  # fmt: skip
RESULTS = (
    NUMBER, NUMBER, NUMBER, NUMBER, VECTOR, SHORT, MATRIX, (NUMBER, NUMBER), (VECTOR, NUMBER),
    (NUMBER, (VECTOR, NUMBER)), *NAMED[:2],
)  # fmt: skip
KINDS = {
    "x": VECTOR, "w": VECTOR, "a": NUMBER, "b": NUMBER, "A": MATRIX, "n": INTEGER,
    "p": (VECTOR, NUMBER), "q": NAMED[1], "r": NAMED[0], "index": "indices",
}  # fmt: skip


def write(seed: int, arrays: bool = False) -> Program:
    """The program of a seed; ``arrays`` for expressions of whole arrays too."""
    rand = random.Random(seed)
    weights = {k: w * rand.choice((0, 1, 1, 1, 3)) for k, w in WEIGHTS.items()}
    if not any(weights[k] for k in ("assign", "store", "augment")):
        weights["store"] = 3
    weights["assign"] = max(weights["assign"], 0.5)
    writer = Writer(rand, weights, rand.choice(RESULTS), {}, arrays)
    writer.recursion = rand.choice((0.0, 0.2, 0.2, 0.8))
    writer.divides = rand.random() < 0.15
    names = [n for n in KINDS if rand.random() < (0.8 if n in "xa" else 0.35)]
    if not any(KINDS[n] in (VECTOR, NUMBER, MATRIX) for n in names):
        names = ["x", *names]
    numbers = np.random.default_rng(seed)
    scope, arguments = Scope(), {}
    lines = []
    for name in names:
        kind = KINDS[name]
        if kind == INTEGER:
            scope.integers[name] = None
            arguments[name] = rand.randrange(5)
        elif kind == "indices":
            scope.index_arrays.append(name)
            arguments[name] = numbers.integers(0, 3, 4)
        else:
            bind(scope, name, kind)
            arguments[name] = _drawn(numbers, kind)
    same = _same(rand, scope, names)
    header = ""
    if rand.random() < 0.25:
        header += "TABLE = np.array([0.3, -0.7, 1.1, 0.6])\n\n\n"
        scope.arrays["TABLE"] = Array(VECTOR, False)
    if rand.random() < 0.25:
        header += "SCALE = 0.83\n\n\n"
        scope.numbers.append("SCALE")
    for k in range(rand.choice((0, 1, 2))):
        name = f"a_{k}"
        lines.append(f"{name} = {writer.new(scope, VECTOR)}")
        scope.arrays[name] = Array(VECTOR)
    lines += writer.body(scope, rand.randint(2, 6 if writer.is_large else 4))
    text = f"def f({', '.join(names)}):\n" + "".join(f"    {line}\n" for line in lines)
    helpers = [h[0] for h in writer.helpers.values()]
    float_names = [n for n in names if KINDS[n] not in (INTEGER, "indices")]
    wrt = float_names
    if rand.random() < 0.3:
        wrt = [n for n in float_names if rand.random() < 0.5] or float_names[:1]
    large = rand.choice((0, 0, 0, 1, 8, 30))
    return Program(header + "\n\n".join([*helpers, text]), arguments, tuple(wrt), same, large)


def _same(rand, scope, names) -> tuple[tuple[str, str], ...]:
    """The arguments that are one array; half of the time nothing writes to it."""
    begins = {n: KINDS[n][0] if is_tuple(KINDS[n]) else KINDS[n] for n in names}
    known = [n for n, form in begins.items() if form == VECTOR]
    if len(known) < 2 or "x" not in known or rand.random() < 0.7:
        return ()
    other = rand.choice([n for n in known if n != "x"])
    if rand.random() < 0.6:
        for name in {"x", other} & set(scope.arrays):
            scope.arrays[name].writable = False
    return ((other, "x"),)


def _drawn(numbers, form):
    if is_tuple(form):
        items = [_drawn(numbers, inner) for inner in form]
        return form.type(*items) if isinstance(form, Named) else tuple(items)
    shape = () if form == NUMBER else form
    drawn = np.round(numbers.normal(size=shape) * 0.8, 6) + 1.7e-7
    return drawn if shape else float(drawn)
