"""Forward transforms with one direction: series, derivatives and products ``J v``."""

from __future__ import annotations

import numpy as np

from ..compile.driver import Text, build, remembered, signature_text
from ..errors import ArgumentTypeError, ArgumentValueError
from ..jets import seeding


def order_of(value, name="order", least=0) -> int:
    """Check an order given by the user."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ArgumentTypeError(f"{name} must be an int, got {value!r}")
    if value < least:
        raise ArgumentValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def _along(transform, f, order, argnums, options, result, direction, more=None):
    """A driver that pushes one direction: ``result`` says what is kept of the jet."""
    text = Text(f, argnums)
    lvl, y = text.fresh("level_"), text.fresh("y")
    actives = text.active
    if direction is None:
        if len(actives) > 1:
            raise ArgumentValueError(f"{transform.__name__} takes one scalar argument: argnums=int")
        extra, slopes = (), ["1.0"]
    else:
        v = text.fresh(direction)
        extra = (v,)
        slopes = [f"{v}[{i}]" for i in range(len(actives))] if text.parameters.several else [v]
    seeds = {
        n: f"seed({n}, {s}, {lvl})" for n, s in zip(actives, slopes, strict=True)
    }
    active = text.actives() if not extra else f"({text.actives()}, {extra[0]})"
    body = f"""
{lvl} = level({order}, 1, {active}, {text.others})
{y} = {text.call(**seeds)}
return {result.format(y=y, level=lvl)}
"""
    namespace = {
        k: getattr(seeding, k) for k in ("level", "seed", "series", "nth")
    }
    name = f"{transform.__name__}_{text.parameters.function}"
    name = name if name.isidentifier() else transform.__name__
    return build(transform, f, options, name, text, signature_text(text, extra), body, namespace)


def taylor(f, order, argnums=0):
    """Taylor coefficients."""
    order = order_of(order)
    options = (("order", order), ("argnums", argnums))
    return remembered(
        f, ("taylor", options),
        lambda: _along(taylor, f, order, argnums, options, "series({y}, {level})", None),
    )


def derivative(f, n=1, argnums=0):
    n = order_of(n, "n")
    options = (("n", n), ("argnums", argnums))
    return remembered(
        f, ("derivative", options),
        lambda: _along(derivative, f, n, argnums, options, f"nth({{y}}, {n}, {{level}})", None),
    )


def directional(f, order, argnums=0):
    order = order_of(order)
    options = (("order", order), ("argnums", argnums))
    return remembered(
        f, ("directional", options),
        lambda: _along(directional, f, order, argnums, options, "series({y}, {level})", "v"),
    )


def jvp(f, argnums=0):
    options = (("argnums", argnums),)
    return remembered(
        f, ("jvp", options),
        lambda: _along(
            jvp, f, 1, argnums, options, "nth({y}, 0, {level}), nth({y}, 1, {level})", "v"
        ),
    )
