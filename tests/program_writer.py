"""Random programs: what people write under `njit`, as text made from a seed.

Every program is smooth where it runs but for its branches, which hang on numbers that no
rounding brings near a tie: expressions are wrapped so that arguments stay in the domains of
functions and results stay small.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

#: Length of the arrays of a program.
LENGTH = 4

#: Smooth functions of any number, and bounded ones that tame what loops build up.
UNARY = (
    *("math.sin({})", "np.cos({})", "math.atan({})", "np.tanh({})", "math.erf({})"),
    *("np.sin({})", "math.asinh({})", "np.arctan({})", "math.cos({})", "math.tanh({})"),
    *("np.exp(-({}) ** 2)", "math.exp(math.sin({}))", "np.expm1(np.tanh({}))", "-{}", "+{}"),
    *("math.sqrt(1.3 + ({}) ** 2)", "np.sqrt(0.7 + np.square({}))", "np.square(np.sin({}))"),
    *("math.log(1.6 + ({}) ** 2)", "np.log1p(0.3 + np.tanh({}) ** 2)", "abs({})"),
    *("np.log2(2.1 + np.cos({}))", "np.cbrt(1.7 + np.sin({}))", "1.0 / (1.4 + ({}) ** 2)"),
    *("np.reciprocal(2.3 + math.sin({}))", "math.gamma(1.8 + math.tanh({}))"),
    *("math.lgamma(2.6 + np.sin({}))", "np.sinh(np.cos({}))", "math.cosh(math.sin({}))"),
    *(
        "(1.9 + math.sin({})) ** 0.7",
        "(2.2 + np.cos({})) ** -1.5",
        "(1.2 + np.tanh({}) ** 2) ** -2",
    ),
    *("np.sin({}) ** 3", "math.tanh({}) ** 2", "np.fabs({})", "math.asin(0.6 * math.sin({}))"),
    *(
        "np.arccos(0.5 * np.tanh({}))",
        "math.erfc({})",
        "np.exp2(np.sin({}))",
        "np.degrees({}) * 0.01",
    ),
    *("math.pow(1.5 + math.sin({}), 1.3)", "float({})", "math.tan(0.5 * math.atan({}))"),
)
BINARY = (
    *("{} + {}", "{} - {}", "{} * {}", "{} + {}", "({}) * ({})", "({}) - ({})"),
    *(
        "({}) / (1.5 + np.sin({}))",
        "math.hypot({}, 1.1 + abs({}))",
        "math.atan2({}, 1.7 + abs({}))",
    ),
    *("np.arctan2({}, 2.1 + np.sin({}))", "min({}, {})", "max({}, {})", "np.maximum({}, {})"),
    *("np.minimum({}, {})", "np.logaddexp({}, {})", "(1.4 + math.sin({})) ** np.tanh({})"),
    *("np.hypot(1.3 + math.cos({}), {})", "np.fmax({}, {})", "math.copysign({}, {})"),
)
DISCRETE = ("math.floor({})", "np.sign({})", "np.floor({})", "np.ceil({})", "np.trunc({})")
REDUCTIONS = (
    *("np.sum({})", "{}.sum()", "np.mean({})", "np.max({})", "{}.min()", "np.prod({}) * 0.2"),
    *("np.dot({0}, {0})", "{0} @ {0}", "{}.max()", "{}.mean()", "np.sum({} ** 2)", "np.min({})"),
    *("np.cumsum({})[-1]", "np.sum({}[::-1][:2])", "np.std({0} + np.arange(4.0))", "np.var({})"),
    *("np.sum(np.outer({0}, {0}))", "np.sum({}.reshape((2, 2)).T[0])", "np.cumprod({})[2]"),
)

HELPERS = {
    "helper": """
        {decorator}
        def helper(u, w):
            if u > w:
                return {e}
            return {e}
        """,
    "pair": """
        {decorator}
        def pair(u, w):
            return {e}, {e}
        """,
    "recursive": """
        @njit
        def recursive(u, n):
            if n <= 0:
                return u
            return 0.5 * recursive({u}, n - 1) + u
        """,
    "fill": """
        {decorator}
        def fill(out, u):
            w = 0.3
            for i in range(len(out)):
                out[i] {assign} {e}
                w += out[i]
        """,
    "mapped": """
        {decorator}
        def mapped(u):
            out = np.{maker}
            for i in range({length}):
                w = i + 0.4
                out[i] = {e}
            return out
        """,
}


@dataclass
class Scope:
    """The names that a place in a program can use."""

    numbers: list[str] = field(default_factory=list)
    integers: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    tuples: list[str] = field(default_factory=list)
    in_loop: bool = False

    def inner(self, in_loop=None) -> Scope:
        lists = (list(x) for x in (self.numbers, self.integers, self.arrays, self.tuples))
        return Scope(*lists, self.in_loop if in_loop is None else in_loop)


class Writer:
    """Writes one program: ``f`` of a number (or of an array) and its helpers."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.count = 0
        self.helpers: dict[str, str] = {}
        self.takes_array = self.random.random() < 0.4
        self.returns_array = self.random.random() < 0.2

    def program(self) -> str:
        """The text, which defines ``f``."""
        scope = Scope()
        (scope.arrays if self.takes_array else scope.numbers).append("x")
        body = []
        if self.takes_array or self.random.random() < 0.5:
            name = self.fresh("y")
            body += [
                f"{name} = {'x[1]' if self.takes_array else self.chance('x', 'x * x', 'x ** 2')}"
            ]
            scope.numbers.append(name)
        for _ in range(self.random.randint(2, 7)):
            body += self.statement(scope, 0)
        body += [f"return {self.result(scope)}"]
        text = "def f(x):\n" + "".join(f"    {line}\n" for line in body)
        return "\n\n".join([*self.helpers.values(), text])

    # -- choices ---------------------------------------------------------------------

    def chance(self, *options):
        return self.random.choice(options)

    def fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def literal(self) -> str:
        return f"{self.random.choice((0.0, 0, -1, 1)) + self.random.randint(11, 97) / 100:.2f}"

    # -- expressions -----------------------------------------------------------------

    def atom(self, scope) -> str:
        options = [*scope.numbers] * 3 + [*scope.integers, self.literal()]
        options += [f"{a}[{self.random.randrange(-2, LENGTH)}]" for a in scope.arrays]
        options += [f"{t}[{self.random.randrange(2)}]" for t in scope.tuples]
        return self.random.choice(options)

    def expression(self, scope, depth=2) -> str:
        """Text of a number."""
        r = self.random.random()
        if depth == 0 or r < 0.15:
            return self.atom(scope)

        def one():
            return self.expression(scope, depth - 1)

        if r < 0.50:
            return self.chance(*UNARY).replace("{}", one())
        if r < 0.82:
            return f"({self.chance(*BINARY).format(one(), one())})"
        if r < 0.86:
            power = self.chance("{} ** 2", "{} * {}", "{} ** 3", "{} + {}")
            return f"({power.replace('{}', self.atom(scope))})"
        if r < 0.90:
            return f"({one()} if {self.condition(scope)} else {one()})"
        if r < 0.92:
            return f"{self.chance(*DISCRETE).format(one())} * {self.atom(scope)}"
        if r < 0.95 and scope.arrays:
            return self.chance(*REDUCTIONS).format(self.random.choice(scope.arrays))
        return self.call(scope, one)

    def call(self, scope, one) -> str:
        if scope.numbers == ["u", "w"]:  # helpers call no others: they would not end
            return one()
        name = self.chance("helper", "recursive")
        self.helper(name)
        last = one() if name == "helper" else str(self.random.randint(0, 3))
        return f"{name}({one()}, {last})"

    def helper(self, name: str) -> None:
        if name in self.helpers:
            return
        self.helpers[name] = ""
        scope = Scope(["u", "w"])
        lines = HELPERS[name].strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        text = "\n".join(line[indent:] for line in lines).rstrip() + "\n"
        decorator = self.chance("@njit", "@njit", "@plain")
        while "{e}" in text:
            text = text.replace("{e}", self.expression(scope, 1), 1)
        text = text.replace("{u}", self.chance("u * u", "math.sin(u)", "0.7 * u", "u - 0.3"))
        text = text.replace("{assign}", self.chance("=", "+=", "="))
        text = text.replace(
            "{maker}", self.chance("zeros(4)", "empty(4)", "zeros((4,))", "ones(4)")
        )
        self.helpers[name] = (
            text.replace("{length}", str(LENGTH)).replace("{decorator}", decorator).lstrip("\n")
        )

    def condition(self, scope) -> str:
        number = self.random.choice(scope.numbers)
        options = [f"{number} {self.chance('<', '>', '<=', '>=')} {self.literal()}"]
        options += [f"{self.random.choice(scope.numbers)} > {number} + {self.literal()}"]
        if scope.integers:
            n = self.random.choice(scope.integers)
            options += [f"{n} % 2 == 0", f"{n} > 1 and {number} < 0.83", f"not {n} == 2"]
        return self.random.choice(options)

    def array(self, scope) -> str:
        """Text of an array of the usual length."""

        def a():
            return self.random.choice(scope.arrays)

        def n():
            return self.atom(scope)

        options = [
            *(
                "np.zeros(4)",
                "np.ones(4)",
                f"np.full(4, {self.literal()})",
                "np.linspace(0.1, 0.7, 4)",
            ),
            f"np.array([{n()}, {n()}, {n()}, 0.3])",
            f"np.array(({n()}, 0.4, {n()}, {n()}))",
        ]
        if scope.arrays:
            options += 2 * [
                *(f"{a()} * {n()}", f"np.sin({a()})", f"{a()} + {a()}", f"0.5 * {a()} - {n()}"),
                *(
                    f"{a()}.copy()",
                    f"np.zeros_like({a()})",
                    f"{a()}[::-1]",
                    f"np.tanh({a()} * {n()})",
                ),
                *(f"np.where({a()} > {self.literal()}, {a()}, {n()})", f"np.cumsum({a()}) * 0.3"),
                *(f"np.exp(-({a()} ** 2))", f"{a()} / (1.8 + np.cos({a()}))", f"{a()} * {a()}"),
                *(
                    f"np.concatenate(({a()}[:2], {a()}[2:]))",
                    f"{a()}.reshape((2, 2)).T.copy().ravel()",
                ),
                *(
                    f"np.maximum({a()}, {n()})",
                    f"np.outer({a()}, {a()})[1]",
                    f"{a()} ** 2",
                    f"-{a()}",
                ),
                *(f"np.empty_like({a()}) * 0.0 + {n()}", f"{a()}.T", f"np.asarray({a()})"),
                f"(np.outer({a()}, {a()}) * 0.4) @ {a()}",
            ]
            options = [o for o in options if "empty_like" not in o]
        if self.random.random() < 0.15:
            self.helper("mapped")
            return f"mapped({n()})"
        return self.random.choice(options)

    # -- statements ------------------------------------------------------------------

    def block(self, scope, depth, in_loop=None) -> list[str]:
        inner = scope.inner(in_loop)
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            lines += self.statement(inner, depth + 1)
        return ["    " + line for line in lines]

    def statement(self, scope, depth) -> list[str]:
        kinds = [self.assign] * 3 + [self.augment] * 3
        kinds += [
            self.new_array,
            self.store,
            self.store,
            self.tuple,
            self.counter,
            self.whole_array,
        ]
        kinds += [self.fill, self.list, self.items, self.matrix, self.closure]
        if depth < 2:
            kinds += [self.for_loop] * 3 + [self.while_loop] * 2 + [self.branch] * 3 + [self.leave]
        if scope.in_loop:
            kinds += [self.jump]
        return self.random.choice(kinds)(scope, depth)

    def assign(self, scope, depth):
        known = [n for n in scope.numbers if n != "x"]
        value = self.expression(scope)
        if known and self.random.random() < 0.5:
            return [f"{self.random.choice(known)} = {value}"]
        name = self.fresh("y")
        scope.numbers.append(name)
        start = [
            f"{name} = {self.chance('0', '0.0', '1', 'x' if not self.takes_array else 'x[0]')}"
        ]
        return start if self.random.random() < 0.3 else [f"{name} = {value}"]

    def augment(self, scope, depth):
        known = [n for n in scope.numbers if n != "x"]
        if not known:
            return self.assign(scope, depth)
        operator = self.chance("+=", "-=", "+=", "*=", "*=", "/=", "**=")
        value = {"/=": "1.5 + np.cos({})", "**=": "2"}.get(operator, "{}")
        return [f"{self.random.choice(known)} {operator} {value.format(self.expression(scope, 1))}"]

    def new_array(self, scope, depth):
        value, name = self.array(scope), self.fresh("a")
        scope.arrays.append(name)
        return [f"{name} = {value}"]

    def store(self, scope, depth):
        if not scope.arrays:
            return self.new_array(scope, depth)
        name, place = self.random.choice(scope.arrays), self.random.randrange(-1, LENGTH)
        lines = [f"{name} = {name}.copy()"] if name == "x" else []
        if scope.integers and self.random.random() < 0.3:
            place = f"{self.random.choice(scope.integers)} % 4"
        if self.random.random() < 0.25:
            source = f"{self.random.choice(scope.arrays)}[{self.chance(':2', '2:', '::2')}]"
            value = self.chance(
                f"np.sin({source})", self.atom(scope), f"{source} * {self.atom(scope)}"
            )
            target = f"{name}[{self.chance('1:3', ':2', '-2:', '::2')}]"
            return [*lines, f"{target} {self.chance('=', '+=')} {value}"]
        return [
            *lines,
            f"{name}[{place}] {self.chance('=', '=', '+=', '*=')} {self.expression(scope)}",
        ]

    def whole_array(self, scope, depth):
        own = [a for a in scope.arrays if a != "x"]
        if not own:
            return self.new_array(scope, depth)
        name = self.random.choice(own)
        other = self.random.choice(
            [self.atom(scope), f"np.cos({self.random.choice(scope.arrays)})"]
        )
        return [f"{name} {self.chance('+=', '*=', '-=')} {other}"]

    def fill(self, scope, depth):
        self.helper("fill")
        own = [a for a in scope.arrays if a != "x"]
        name = self.random.choice(own) if own else self.fresh("a")
        lines = [] if own else [f"{name} = np.{self.chance('zeros', 'ones')}({LENGTH})"]
        scope.arrays += [] if own else [name]
        target = self.chance(name, name, f"{name}[1:]")
        return [*lines, f"fill({target}, {self.atom(scope)})"]

    def tuple(self, scope, depth):
        if self.random.random() < 0.3:
            a, b = self.fresh("y"), self.fresh("y")
            self.helper("pair")
            line = f"{a}, {b} = pair({self.atom(scope)}, {self.atom(scope)})"
            scope.numbers += [a, b]
            return [line]
        known = [n for n in scope.numbers if n != "x"]
        if len(known) > 1 and self.random.random() < 0.4:
            a, b = self.random.sample(known, 2)
            return [f"{a}, {b} = {b}, {self.expression(scope, 1)}"]
        name = self.fresh("t")
        line = f"{name} = ({self.atom(scope)}, {self.expression(scope, 1)})"
        scope.tuples.append(name)
        return [line]

    def counter(self, scope, depth):
        name = self.fresh("n")
        line = f"{name} = {self.chance('2', '3', f'int({self.expression(scope, 1)} * 3)')}"
        scope.integers.append(name)
        return [line]

    def list(self, scope, depth):
        name, item, total = self.fresh("l"), self.fresh("u"), self.fresh("y")
        lines = [f"{name} = [{self.atom(scope)}, {self.atom(scope)}]", f"{total} = 0.0"]
        if self.random.random() < 0.7:
            lines += [f"{name}.append({self.expression(scope, 1)})"]
        lines += [f"for {item} in {name}:", f"    {total} += {item} * {self.atom(scope)}"]
        scope.numbers.append(total)
        return lines

    def items(self, scope, depth):
        if not scope.arrays:
            return self.new_array(scope, depth)
        array, item, total, i = (self.random.choice(scope.arrays), *map(self.fresh, "uyi"))
        inner = scope.inner()
        inner.numbers.append(item)
        body = f"    {total} += {self.expression(inner, 1)}"
        heads = (f"for {item} in {array}:", f"for {i}, {item} in enumerate({array}):")
        heads += (f"for {item}, {i} in zip({array}, {array}[::-1]):",)
        scope.numbers.append(total)
        return [f"{total} = {self.chance('0.0', '0', self.literal())}", self.chance(*heads), body]

    def matrix(self, scope, depth):
        name, total = self.fresh("m"), self.fresh("y")
        lines = [f"{name} = np.{self.chance('zeros', 'ones')}((2, 3))"]
        lines += [f"{name}[1, 2] = {self.expression(scope, 1)}"]
        row = self.chance(f"{name}[0]", f"{name}[:, 1]", f"{name}[1, 1:]", f"{name}.T[2]")
        lines += [f"{row}[:] = {self.atom(scope)}", f"{name}[0, :2] += {self.atom(scope)}"]
        uses = (f"np.sum({name} * {name})", f"{name}.sum()", f"np.sum({name}.T @ {name})")
        uses += (f"{name}[1, -1] * {name}[0, 0]", f"np.sum(np.sum({name}, axis=1) ** 2)")
        scope.numbers.append(total)
        return [*lines, f"{total} = {self.chance(*uses)}"]

    def closure(self, scope, depth):
        if depth:
            return self.assign(scope, depth)
        name, total = self.fresh("g"), self.fresh("y")
        inner = Scope(["u", self.random.choice(scope.numbers)] if scope.numbers else ["u"])
        lines = [f"def {name}(u):", f"    return {self.expression(inner, 1)}"]
        line = f"{total} = {name}({self.atom(scope)}) + {name}({self.atom(scope)})"
        scope.numbers.append(total)
        return [*lines, line]

    def for_loop(self, scope, depth):
        name = self.fresh("i")
        ranges = ("3", "1, 4", "5, 0, -2", "0, 6, 3", "2, -1, -1", "0", "4")
        inner = scope.inner(True)
        inner.integers.append(name)
        lines = [f"for {name} in range({self.chance(*ranges)}):", *self.block(inner, depth, True)]
        if self.random.random() < 0.1:
            lines += ["else:", *self.block(scope, depth, False)]
        return lines

    def while_loop(self, scope, depth):
        name = self.fresh("k")
        inner = scope.inner(True)
        test = f"{name} < {self.random.randint(1, 4)}"
        if self.random.random() < 0.5 and scope.numbers:
            test += f" and {self.condition(scope)}"
        head = [f"{name} = 0", f"while {test}:", f"    {name} += 1"]
        inner.integers.append(name)
        return head + self.block(inner, depth, True)

    def branch(self, scope, depth):
        if not scope.numbers:
            return self.assign(scope, depth)
        lines = [f"if {self.condition(scope)}:", *self.block(scope, depth)]
        if self.random.random() < 0.3:
            lines += [f"elif {self.condition(scope)}:", *self.block(scope, depth)]
        if self.random.random() < 0.6:
            lines += ["else:", *self.block(scope, depth)]
        return lines

    def jump(self, scope, depth):
        if not scope.numbers:
            return self.assign(scope, depth)
        return [f"if {self.condition(scope)}:", f"    {self.chance('break', 'continue')}"]

    def leave(self, scope, depth):
        if not scope.numbers:
            return self.assign(scope, depth)
        return [f"if {self.condition(scope)}:", f"    return {self.result(scope)}"]

    def result(self, scope) -> str:
        if self.returns_array:
            made = f"np.array([{self.expression(scope, 1)}, {self.atom(scope)}])"
            return (
                self.chance(made, f"{self.random.choice(scope.arrays)}[:2] * 1.0")
                if scope.arrays
                else made
            )
        return f"{self.expression(scope)} + {self.chance(*scope.numbers, '0.0')}"
