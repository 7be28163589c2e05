"""Reverse mode through derivatives: their products with cotangents, again by derivatives.

The text of a derivative is not differentiated: its adjoint is a derivative of the same
function.  With ``J`` the Jacobian of ``f``:

- The coefficients ``y_0 .. y_K`` of ``f`` along a series ``x(t)`` have the adjoint
  ``sum_k <ybar_k, y_k>``, which is coefficient ``K`` of ``<w(t), f(x(t))>`` for
  ``w(t) = sum_k ybar_{K-k} t^k``.  Its derivative by coefficient ``m`` of ``x(t)`` is
  coefficient ``K - m`` of ``J(x(t))^T w(t)``: one jet through the adjoint of ``f``
  (B. Christianson, Reverse accumulation and accurate rounding error estimates for Taylor
  series coefficients, Optimization Methods and Software 1, 1992).
- ``J^T u`` has for the cotangent ``v`` the adjoint ``<u, J v>``: its derivative by ``x`` is the
  tangent of ``J(x)^T u`` along ``v``, and by ``u`` it is ``J v``.
- A differential operator ``L`` of constant coefficients has for the cotangent ``w`` of ``L f``
  the adjoint ``L <w, f>``, whose derivative is ``L (J^T w)``.
"""

from __future__ import annotations

from collections.abc import Callable

from ..adjoint.transforms import Transforms
from ..compiler.adjoints import adjoint_of
from ..compiler.arguments import Parameters
from ..compiler.driver import Derivative, generated
from ..compiler.text import Text
from ..errors import UnsupportedError
from .partials import seeded_lines
from .reverse import grad, vjp

#: By the name of a transform the rule that writes the driver of a `Pullback`.
RULES: dict[str, Callable[[Pullback], Callable[[], str]]] = {}


def rule_of(*transforms: str):
    """Register the rule of derivatives by these transforms.

    It says what is used, and returns the function that writes the driver.
    """

    def register(rule):
        RULES.update(dict.fromkeys(transforms, rule))
        return rule

    return register


def product(f, argnums=0):
    """The product of a cotangent with the Jacobian, ``u^T J``; else as `vjp`."""
    if not isinstance(f, Derivative):
        return adjoint_of(product, f, argnums, cotangent="u")
    argnums = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    name = f._recipe[0].__name__
    if name not in RULES:
        raise UnsupportedError(
            f"reverse mode through ta.{name} is not to be had; use forward mode, or a transform "
            "that gives one derivative at a time"
        )
    pullback = Pullback(f, argnums)
    write = RULES[name](pullback)

    def written(text):
        pullback.begin(text)
        return write()

    return generated(product, f, written, argnums=argnums, after=("u",), uses=pullback.uses)


class Pullback:
    """The product of a cotangent ``u`` with the Jacobians of a derivative, being written.

    ``wrt`` are the numbers of the arguments that these are by.
    """

    def __init__(self, made: Derivative, wrt: tuple[int, ...]):
        transform, self.f, options = made._recipe
        self.name = transform.__name__
        self.options = dict(options)
        self.function = Parameters.of(self.f, None)
        names, active = made.accepted.names, made.accepted.active
        self.wrt = [names[i] for i in wrt]
        self.several = made.accepted.several
        #: The names of the arguments that the derivative is by, and of a direction or cotangent.
        self.active = [names[i] for i in active]
        self.along = next((n for n in names if n not in self.function.names), "")
        #: The arguments by which the function itself must be differentiated.
        by = {*self.active, *self.wrt} - {self.along}
        self.by = [n for n in self.function.names if n in by]
        self.argnums = tuple(self.function.names.index(n) for n in self.by)
        self.uses: dict[str, Derivative] = {}

    def begin(self, text: Text) -> None:
        self.text = text
        made = self.active
        self.parts = {
            "active": f"({', '.join(made)}, )" if self.several else made[0],
            "all": f"({', '.join([*text.parameters.names, text['u']])}, )",
            "along": self.along,
        }

    def write(self, template: str, **parts) -> str:
        return self.text.write(template, **{**self.parts, **parts})

    def call(self, name: str, seeded="{seeded}", weights="") -> str:
        """The call of one of the functions in `uses`, where ``seeded`` are the active arguments."""
        local = self.text.write(seeded)
        replaced = {n: f"{local}[{i}]" for i, n in enumerate(self.active)}
        if not self.several:
            replaced = {self.active[0]: local}
        arguments = [replaced.get(n, n) for n in self.function.names]
        if weights:
            arguments.insert(max(self.argnums) + 1, self.write(weights))
        arguments += ["*" + self.function.variadic] if self.function.variadic else []
        return f"{self.text[name]}({', '.join(arguments)})"

    def results(self, taken: Callable[[str], str], along: Callable[[str], str] | str = "") -> str:
        """What is returned: ``taken`` of each adjoint, ``along`` of those of the direction."""
        bars = {n: f"{{bars}}[{k}]" for k, n in enumerate(self.by)}
        items = []
        for name in self.wrt:
            if name != self.along:
                items.append(taken(bars[name]))
            elif isinstance(along, str):
                items.append(along)
            elif self.several:
                items.append("(" + "".join(f"{along(bars[n])}, " for n in self.active) + ")")
            else:
                items.append(along(bars[self.active[0]]))
        return "(" + "".join(item + ", " for item in items) + ")"


def _part(kind: str, order) -> Callable[[str], str]:
    return lambda bars: f"{{coefficients}}.{kind}({bars}, '{order}', {{level}})"


ALONG = """
    {level} = {seeding}.level({order}, 1, {all}, ())
    {seeded} = {seeding}.seed({active}, {slope}, {level})
    {weights} = {cotangent}
    {results} = {call}
    return {items}
"""


@rule_of("taylor", "directional", "derivative", "jvp", "hvp", "taylor_grad")
def _along_a_line(p: Pullback):
    order = p.options.get("order", p.options.get("n", 1))
    f = grad(p.f, p.options["argnums"]) if p.name in ("hvp", "taylor_grad") else p.f
    p.uses["product"] = product(f, p.argnums)
    cotangent = "{seeding}.from_series({cotangents}.backwards({u}), {level})"
    if p.name in ("derivative", "hvp"):
        cotangent = "{u}"
    elif p.name == "jvp":
        cotangent = "{seeding}.seed({u}[1], {u}[0], {level})"
    taken = _part("mixed" if p.name == "derivative" else "coefficient", order)
    along = _part("coefficient", order - 1) if order else _part("coefficient", 1)("{along}")

    def write():
        return p.write(
            ALONG,
            order=order,
            slope=p.along or "1.0",
            cotangent=p.write(cotangent),
            results=p.write("{bars}"),
            call=p.call("product", weights="{weights}"),
            items=p.write(p.results(taken, along)),
        )

    return write


@rule_of("grad", "value_and_grad", "vjp", "product")
def _of_reverse_mode(p: Pullback):
    weights, direction = {
        "grad": ("", "{u}"),
        "value_and_grad": ("{seeding}.seed(1.0, {u}[0], {level})", "{u}[1]"),
        "vjp": ("{seeding}.seed({along}, {u}[0], {level})", "{u}[1]"),
        "product": ("{along}", "{u}"),
    }[p.name]
    results = "{bars}"
    if p.name == "grad":
        p.uses["adjoint"] = grad(p.f, p.argnums)
    elif p.along in p.wrt:
        p.uses["adjoint"] = vjp(p.f, p.argnums)
        results = "{y}, {bars}"
    else:
        p.uses["adjoint"] = product(p.f, p.argnums)
    tangent = _part("mixed", 1)

    def write():
        return p.write(
            ALONG if weights else ALONG.replace("    {weights} = {cotangent}\n", ""),
            order=1,
            slope=p.write(direction),
            cotangent=p.write(weights),
            results=p.write(results),
            call=p.call("adjoint", weights="{weights}" if weights else ""),
            items=p.write(p.results(tangent, tangent("{y}"))),
        )

    return write


SERIES = """
    {level} = {seeding}.level({order}, 1, {all}, ())
    {seeded} = {seeding}.from_series({active}, {level})
    {weights} = {seeding}.from_series({cotangents}.backwards({u}), {level})
    {bars} = {call}
    return {items}
"""


@rule_of("jet")
def _of_series(p: Pullback):
    p.argnums = tuple(p.function.names.index(n) for n in p.wrt)
    p.by = p.wrt

    def series(bars):
        return f"{{cotangents}}.backwards({{coefficients}}.series({bars}, {{level}}))"

    p.uses["product"] = product(p.f, p.argnums)

    def write():
        return p.write(
            SERIES,
            order=p.options["order"],
            call=p.call("product", weights="{weights}"),
            items=p.write(p.results(series)),
        )

    return write


@rule_of("partial")
def _of_operator(p: Pullback):
    p.uses["product"] = product(p.f, p.argnums)

    def write():
        lines, seeded, index, level = seeded_lines(p.options["index"])
        lines.append(f"{{bars}} = {p.call('product', seeded, '{u}')}")
        items = p.results(lambda bars: f"{{coefficients}}.mixed({bars}, {index!r}, {level})")
        others, error = p.write("{all}"), p.write("{seeding}.ShapeError")
        return p.write("\n".join([*lines, f"return {items}"]), others=others, ShapeError=error)

    return write


COLUMNS = """
    {level} = {seeding}.level(1, 1, {all}, ())
    {n} = {seeding}.size({active})
    for {i} in range({n} + ({n} == 0)):
        {seeded} = {seeding}.seed_lanes({active}, {i}, {level})
        {bars} = {call}
        {terms} = {items}
        if {i} == 0:
            {total} = {terms}
        else:
            {total} = {cotangents}.added({total}, {terms})
    return {total}
"""


@rule_of("jacobian", "hessian")
def _of_columns(p: Pullback):
    if p.several:
        raise UnsupportedError(
            f"reverse mode through ta.{p.name} by several arguments; take them one by one, with "
            "argnums an int"
        )
    f, column = p.f, "{cotangents}.column({u}, {active}, {i})"
    if p.name == "hessian":
        f = grad(p.f, p.options["argnums"])
        column = column.replace("column", "column_of_hessian")
    p.uses["product"] = product(f, p.argnums)

    def write():
        return p.write(
            COLUMNS,
            call=p.call("product", weights=column),
            items=p.write(p.results(_part("mixed", 1))),
        )

    return write


Transforms.product = staticmethod(product)
