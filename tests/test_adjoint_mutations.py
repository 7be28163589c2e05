"""The random programs notice what goes wrong: each pass is broken on purpose.

A pass without which no program fails is either not needed or not tested.
"""

from __future__ import annotations

import pytest
from adjoint_programs import Invalid, check, read
from adjoint_writer import write
from test_adjoint_programs import CORPUS

from taylorad.adjoint import (
    additive,
    dead,
    hoisting,
    liveness,
    making,
    memory,
    ordering,
    planning,
    regaining,
    reverse,
)

TRUE, FALSE = (lambda *args: True), (lambda *args: False)


def nothing(*args, **kwargs):
    return set()


#: What is broken: the owner, the name, and what stands in its place.
MUTATIONS = {
    "no store is undone": (planning, "stores_to_undo", nothing),
    "loads are never stale": (regaining.Regaining, "_unchanged", TRUE),
    "no array leaves its iteration": (regaining.Regaining, "_escapes", FALSE),
    "every loop merges": (regaining, "independent", TRUE),
    "all that is carried is a sum": (reverse, "is_sum", TRUE),
    "sums are used as numbers too": (additive, "_is_sum", TRUE),
    "merged loops put back at once": (reverse.Reverse, "undone_too_early", nothing),
    "views have memory of their own": (memory.Memory, "_spread", FALSE),
    "reversed loops run forwards": (ordering, "is_order_free", TRUE),
    "sums are put off past reads": (hoisting, "_ordered_roots", nothing),
    "loads are repeated after stores": (making.Maker, "forget_memory", nothing),
    "stores that are read are dead": (dead, "writes", lambda op: []),
    "variables are shared while needed": (liveness.Variables, "_interfere", FALSE),
}


def programs():
    """Those that failed once, and then random ones."""
    for path in CORPUS:
        yield read(path.read_text())
    for seed in range(30):
        yield write(seed)


def is_wrong(program) -> bool:
    try:
        failure = check(program, 1)
    except Invalid:
        return False
    return failure is not None and not failure.kind.startswith("refused")


@pytest.mark.parametrize("name", MUTATIONS)
def test_programs_notice(name, monkeypatch):
    owner, attribute, broken = MUTATIONS[name]
    assert hasattr(owner, attribute)
    monkeypatch.setattr(owner, attribute, broken)
    assert any(map(is_wrong, programs()))
