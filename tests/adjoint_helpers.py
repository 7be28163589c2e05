"""The helpers of random programs, and how they are called."""

from __future__ import annotations

from adjoint_scope import (
    DEPTH,
    FIXED,
    INTEGER,
    MATRIX,
    NAMED,
    NUMBER,
    VECTOR,
    Scope,
    bind,
    is_tuple,
)


class Helpers:
    """The part of a writer that calls functions and writes new ones."""

    #: How often a new helper calls itself.
    recursion = 0.0

    def argument(self, scope, form) -> str | None:
        if form == NUMBER:
            return self.expression(scope, 1)
        if form == INTEGER:
            return self.random.choice([*scope.integers, "2", "0"])
        if form == DEPTH:
            return self.random.choice(["1", "2", "3", *(f"{n} % 3" for n in scope.integers)])
        if form == FIXED:
            return self.view(scope, VECTOR)
        if is_tuple(form):
            known = [n for n, f in scope.tuples.items() if f == form]
            return self.random.choice(known) if known else self.made(scope, form)
        if self.maybe(0.2):
            return self.view(scope, form, True)
        return self.random.choice(scope.shaped(form, True)) if scope.shaped(form, True) else None

    def made(self, scope, form) -> str:
        """A named tuple of what is at hand."""
        items = [self.atom(scope) if f == NUMBER else self.new(scope, f) for f in form]
        return f"{form.type.__name__}({', '.join(items)})"

    def call(self, scope, form) -> str | None:
        """A call of a helper that returns a form, of one that exists or a new one."""
        if self.itself and form == self.form and self.calls_left and self.maybe(0.5):
            return self.call_itself(scope)
        known = [(n, h[1]) for n, h in self.helpers.items() if h[2] == form and h[0]]
        if self.level < 2 and len(self.helpers) < 4 and (not known or self.maybe(0.4)):
            known.append(self.new_helper(form))
        self.random.shuffle(known)
        for name, takes in known:
            args = [self.argument(scope, t) for t in takes]
            if None not in args:
                return f"{name}({', '.join(args)})"
        return None

    def call_itself(self, scope) -> str | None:
        """A call of the function that is being written, one level deeper."""
        name, depth, takes = self.itself
        self.calls_left -= 1
        args = [f"{depth} - 1", *(self.argument(scope, t) for t in takes[1:])]
        return None if None in args else f"{name}({', '.join(args)})"

    def new_helper(self, form):
        """Write a function that returns a form; its name, and what it takes."""
        recursive = self.maybe(self.recursion)
        kinds = (NUMBER, NUMBER, NUMBER, VECTOR, VECTOR, VECTOR, INTEGER, MATRIX, FIXED, *NAMED[:2])
        takes = [self.chance(*kinds) for _ in range(self.random.randint(1, 3))]
        if form is None:
            takes[0] = VECTOR
        if form not in (NUMBER, None) and self.maybe(0.7):
            takes.append(VECTOR)
        if recursive:
            takes.insert(0, DEPTH)
        word = "deep" if recursive else self.chance("helper", "update", "part")
        name = f"{word}_{len(self.helpers)}"
        self.helpers[name] = "", tuple(takes), form  # not to be called by itself
        inner = type(self)(
            self.random, self.weights, form, self.helpers, self.arrays, self.level + 1
        )
        inner.recursion, inner.divides = self.recursion, self.divides
        scope, names = Scope(), []
        for k, kind in enumerate(takes):
            names.append(self.chance("y1", "u", "x", "w") + f"_{k}" if self.maybe(0.5) else f"p{k}")
            bind(scope, names[-1], kind)
        if recursive:
            text = inner.recursive(name, scope, names, takes)
        else:
            body = inner.body(scope, self.random.randint(1, 3))
            text = self.function(name, names, body)
        del self.helpers[name]
        self.helpers[name] = text, tuple(takes), form
        return name, tuple(takes)

    def recursive(self, name, scope, names, takes) -> str:
        """The text of a function that calls itself, directly or through another one."""
        depth, other, text = names[0], name, ""
        if self.maybe(0.2):
            other = f"{name}_by_way"
            again = scope.inner()
            body = [line for _ in range(self.random.randint(0, 2))
                    for line in self.statement(again, 1)]  # fmt: skip
            value = "" if self.form is None else "return "
            body.append(f"{value}{name}({', '.join(names)})")
            text = self.function(other, names, body) + "\n\n"
        self.itself = other, depth, takes
        first = [line for _ in range(self.random.choice((0, 0, 1)))
                 for line in self.statement(scope, 1)]  # fmt: skip
        end = [f"if {depth} <= 0:", *self.ending(scope)]
        self.calls_left = self.random.randint(1, 2)
        middle = [line for _ in range(self.random.randint(1, 3))
                  for line in self.statement(scope, 0)]  # fmt: skip
        return text + self.function(name, names, [*first, *end, *middle, *self.last(scope)])

    def ending(self, scope) -> list[str]:
        """The end of the recursion."""
        lines = self.block(scope, 1, most=1) if self.maybe(0.4) else []
        value = "" if self.form is None else f" {self.result(scope, self.form)}"
        return [*lines, f"    return{value}"]

    def last(self, scope) -> list[str]:
        """The last lines of a function that calls itself: it does so at least here."""
        call = self.call_itself(scope) if self.calls_left else None
        if self.form is None:
            return [call] if call else ["pass"]
        if call is None:
            return [f"return {self.result(scope, self.form, True)}"]
        if self.form == NUMBER:
            operator = self.chance("+", "-", "*")
            return [f"return {call} {operator} {self.result(scope, NUMBER, True)}"]
        name = self.fresh("z")
        if is_tuple(self.form):
            scope.tuples[name] = self.form
        else:
            bind(scope, name, self.form)
        return [f"{name} = {call}", f"return {self.result(scope, self.form, True)}"]

    def function(self, name, names, body) -> str:
        decorator = self.chance("@njit", "@njit", "@plain")
        lines = "".join(f"    {line}\n" for line in body or ["pass"])
        return f"{decorator}\ndef {name}({', '.join(names)}):\n{lines}"
