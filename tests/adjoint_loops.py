"""Loops of one purpose, as people write them: sums, copies, stencils, arrays made anew.

Passes that look for such a loop meet it too rarely among statements drawn one by one.
"""

from __future__ import annotations

from adjoint_scope import VECTOR, Array


class PlainLoops:
    """The part of a writer that writes loops of one purpose."""

    def near(self, i: str) -> str:
        """Text of an index near that of a loop over 1 and 2, or of a fixed one."""
        return self.chance(i, i, i, f"{i} + 1", f"{i} - 1", "1", "0", f"3 - {i}")

    def term(self, scope, i: str) -> str:
        """Text of a number made of elements near an index."""
        arrays = scope.shaped(VECTOR)
        items = [f"{self.random.choice(arrays)}[{self.near(i)}]" for _ in range(2)]
        return self.chance(
            "{a}", "{n} * {a}", "{a} * {b}", "0.3 * ({a} - {b})", "{a} + {b}", "np.sin({a} * {b})",
            "{a} ** 2", "{a} / (2.0 + {b} ** 2)", "({a} if {a} > {b} else {b})",
        ).format(a=items[0], b=items[1], n=self.literal())  # fmt: skip

    def steps(self) -> str:
        return self.chance("range(1, 3)", "range(1, 3)", "range(2, 0, -1)", "range(1, 3, 1)")

    def write_sums(self, scope, depth):
        """A loop that adds to numbers, or to elements."""
        if not scope.shaped(VECTOR):
            return self.write_new(scope, depth)
        i, lines = self.fresh("i"), []
        targets = [*scope.own, *scope.shaped(VECTOR, True)] or [self.fresh("y")]
        for _ in range(self.chance(1, 1, 2)):
            target = self.random.choice(targets)
            if target in scope.arrays:
                target = f"{target}[{self.near(i)}]"
            elif target not in scope.numbers:
                lines.append(f"{target} = 0.0")
                scope.numbers.append(target)
                scope.own.append(target)
            lines.append(f"    {target} {self.chance('+=', '+=', '-=')} {self.term(scope, i)}")
        lines.sort(key=lambda line: line.startswith(" "))
        head = [line for line in lines if not line.startswith(" ")]
        return [*head, f"for {i} in {self.steps()}:", *lines[len(head) :]]

    def write_copies(self, scope, depth):
        """A loop that sets elements."""
        targets = scope.shaped(VECTOR, True)
        if not targets:
            return self.write_new(scope, depth)
        i = self.fresh("i")
        lines = [
            f"    {self.random.choice(targets)}[{self.near(i)}] = {self.term(scope, i)}"
            for _ in range(self.chance(1, 1, 2))
        ]
        return [f"for {i} in {self.steps()}:", *lines]

    def write_stencil(self, scope, depth):
        """A loop over time with one or two loops over elements, and references passed on."""
        own = [n for n in scope.shaped(VECTOR, True) if n.startswith("a")]
        if len(own) < 2:
            return self.write_new(scope, depth)
        names = self.random.sample(own, min(len(own), self.chance(2, 2, 3)))
        made = [self.write_copies(scope, depth + 1)]
        made += [self.chance(self.write_copies, self.write_sums)(scope.inner(), depth + 1)]
        made = made[: self.chance(1, 2)]
        inside = [line for lines in made for line in lines]
        passed = self.chance(
            names[1:] + names[:1],
            names[1:] + names[:1],
            [self.random.choice(own) for _ in names],
        )
        move = f"{', '.join(names)} = {', '.join(passed)}"
        moves = [f"if {self.condition(scope)}:", f"    {move}"] if self.maybe(0.2) else [move]
        if self.maybe(0.2):
            inside, moves = moves, inside
        time = self.fresh("i")
        return [f"for {time} in range(3):", *(f"    {line}" for line in inside + moves)]

    def write_renewed(self, scope, depth):
        """A loop that makes an array in each iteration, and keeps the one before."""
        own = [n for n in scope.shaped(VECTOR, True) if n.startswith("a")]
        if not own:
            return self.write_new(scope, depth)
        old, new = self.random.choice(own), self.fresh("a")
        inner = scope.inner(True)
        first = [f"{new} = {self.new(inner, VECTOR)}"]
        inner.arrays[new] = Array(VECTOR)
        kinds = (self.write_copies, self.write_sums, self.write_store, self.write_augment)
        body = [line for _ in range(self.chance(1, 2, 3))
                for line in self.chance(*kinds)(inner, depth + 1)]  # fmt: skip
        if self.maybe(0.4):
            chosen, other = self.fresh("a"), self.view(inner, VECTOR, True)
            first.append(f"{chosen} = {new} if {self.condition(inner)} else {other}")
            inner.arrays[chosen] = Array(VECTOR)
            body += self.write_sums(inner, depth + 1)
        i = self.fresh("i")
        lines = [*first, *body]
        lines.append(f"{old} = {self.chance(new, new, self.view(inner, VECTOR, True))}")
        return [f"for {i} in range(3):", *(f"    {line}" for line in lines)]
