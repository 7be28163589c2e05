"""The text of a driver: a few lines of Python under the user's own parameter names."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .arguments import Accepted, Parameters


class Text:
    """The driver's text in the making.

    `write` fills templates in: ``{call}`` and the like are the parts below, other fields
    are local names, varied where the user has a parameter of that name.
    """

    def __init__(self, f, argnums):
        p = self.parameters = Parameters.of(f, argnums)
        self._taken = {*p.names, p.variadic}
        self._local: dict[str, str] = {}
        self.function = self.fresh(p.function if p.function.isidentifier() else "function")
        self.differentiated = [p.names[i] for i in p.active]
        rest = [n for n in p.names if n not in self.differentiated]
        rest += [p.variadic] if p.variadic else []
        self.parts = {
            "active": _tuple(self.differentiated) if p.several else self.differentiated[0],
            "others": _tuple(rest),
        }

    def fresh(self, name: str) -> str:
        """``name``, or a variation of it that is not taken."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def named(self, label: str, name: str) -> str:
        """The local name behind a label: ``name`` or a variation."""
        self._local[label] = self.fresh(name if name.isidentifier() else label)
        return self._local[label]

    def __getitem__(self, name: str) -> str:
        if name in self.parts:
            return self.parts[name]
        if name not in self._local:
            self._local[name] = self.fresh(name)
        return self._local[name]

    def write(self, template: str, **parts) -> str:
        """The template with names and parts filled in."""
        filled = {k: v if isinstance(v, str) else repr(v) for k, v in parts.items()}
        return textwrap.dedent(template).strip("\n").format_map(_Chain(filled, self))

    def call(
        self, seeded: str, function: str = "", after: tuple[str, ...] = (), again: bool = False
    ) -> str:
        """The call of the user's function on the seeded arguments, held by a local name.

        Without one the arguments are passed as they are.  ``function`` is another function
        of these parameters and those in ``after``, behind the differentiated ones.  What is
        called ``again`` gets copies of the arrays, as the function may write to them.
        """
        p, replaced = self.parameters, {}
        if again:
            replaced = {n: f"{self['seeding']}.apart({n})" for n in p.names}
        for i, n in enumerate(self.differentiated if seeded else ()):
            replaced[n] = f"{self[seeded]}[{i}]" if p.several else self[seeded]
        arguments = [replaced.get(n, n) for n in p.names]
        arguments[self._cut : self._cut] = [self[n] for n in after]
        arguments += ["*" + p.variadic] if p.variadic else []
        return f"{function or self.function}({', '.join(arguments)})"

    @property
    def _cut(self) -> int:
        """The place behind the differentiated parameters."""
        return max(self.parameters.active) + 1

    def names(self, after: tuple[str, ...] = ()) -> list[str]:
        """The driver's parameters: the user's, with ``after`` behind the differentiated ones."""
        p = self.parameters
        cut = self._cut
        return [*p.names[:cut], *(self[n] for n in after), *p.names[cut:]]

    def signature(self, after: tuple[str, ...] = ()) -> str:
        """The same as text, with the user's defaults where they can still be left out."""
        p = self.parameters
        kept = {n for i, n in enumerate(p.names) if not after or i > max(p.active)}
        parts = [
            f"{n}=_default_{p.names.index(n)}" if n in p.defaults and n in kept else n
            for n in self.names(after)
        ]
        return ", ".join(parts + (["*" + p.variadic] if p.variadic else []))

    def define(self, name: str, body: str, after: tuple[str, ...] = ()) -> str:
        """The text of a function with the driver's parameters."""
        return f"def {name}({self.signature(after)}):\n" + textwrap.indent(body, "    ") + "\n"

    def defaults(self) -> dict[str, object]:
        """The values that `signature` refers to, by name."""
        p = self.parameters
        return {f"_default_{p.names.index(n)}": value for n, value in p.defaults.items()}

    def stub(self, name: str, after: tuple[str, ...], doc: str):
        """A function with the driver's parameters that does nothing."""
        scope: dict[str, Any] = {"__name__": "taylorad.generated", **self.defaults()}
        exec(self.define(name, "pass", after), scope)
        scope[name].__doc__ = doc
        return scope[name]


class _Chain(dict):
    """Parts of a template first, then the names of a text."""

    def __init__(self, parts, text):
        super().__init__(parts)
        self.text = text

    def __missing__(self, name):
        return self.text[name]


def _tuple(names) -> str:
    return "(" + "".join(n + ", " for n in names) + ")"


@dataclass(frozen=True)
class Body:
    """The text of one driver of several, for the argument types that it fits."""

    text: str
    suffix: str = ""
    fits: Callable[[Accepted, tuple], bool] = lambda accepted, args: True
