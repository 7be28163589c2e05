"""The random programs notice what goes wrong: each pass is broken on purpose.

A pass without which no program fails is either not needed or not tested.
"""

from __future__ import annotations

import pytest
from adjoint_programs import Invalid, check, read
from adjoint_writer import write
from test_adjoint_programs import CORPUS

from taylorad.adjoint import (
    activity,
    additive,
    callees,
    checking,
    dead,
    delaying,
    first,
    hoisting,
    liveness,
    making,
    memory,
    merging,
    ordering,
    planning,
    regaining,
    reverse,
    shadows,
    sinking,
    storage,
)
from taylorad.adjoint.frontend import builder
from taylorad.adjoint.ir import constant

TRUE, FALSE = (lambda *args: True), (lambda *args: False)


def nothing(*args, **kwargs):
    return set()


def without_stores(op, a, varies=activity._varies):
    return op.kind != "store" and varies(op, a)


def views_apart(self, op, mirror=shadows.Shadows._mirror):
    if op.kind == "view" and self.activity.active(op.outs[0]):
        self._fresh(op.outs[0], op.region, op.region.ops.index(op) + 1)
    else:
        mirror(self, op)


def without_checks(loop):
    loop.body.ops = [op for op in loop.body.ops if op.kind != "check"]


def all_references(loop):
    return [c for c in loop.carries() if c[1].is_array]


#: What is broken: the owner, the name, and what stands in its place.  `keeping` and `cut` are
#: not here: they choose what to save, and what they do not choose is saved when it is asked for.
MUTATIONS = {
    "what is stored does not vary": (activity, "_varies", without_stores),
    "shadows of views have memory of their own": (shadows.Shadows, "_mirror", views_apart),
    "no store is undone": (planning, "stores_to_undo", nothing),
    "loads are never stale": (regaining.Regaining, "_unchanged", TRUE),
    "no array leaves its iteration": (regaining.Regaining, "_escapes", FALSE),
    "every loop merges": (regaining, "independent", TRUE),
    "loops merge in any order": (merging, "_order_matters", FALSE),
    "all that is carried is a sum": (reverse, "is_sum", TRUE),
    "sums are used as numbers too": (additive, "_is_sum", TRUE),
    "merged loops put back at once": (reverse.Reverse, "undone_too_early", nothing),
    "views have memory of their own": (memory.Memory, "_spread", FALSE),
    "all iterations make one array": (memory.Memory, "aged", lambda memory, loop, roots: roots),
    "references are only permuted": (memory, "swapped", all_references),
    "no two arguments are one array": (callees.Program, "_find_shared", FALSE),
    "shared arguments are let through": (builder, "refuse_shared", nothing),
    "reversed loops run forwards": (ordering, "is_order_free", TRUE),
    "every iteration takes its own element": (ordering, "takes", TRUE),
    "what is popped may come in any order": (ordering, "_is_own_restore", TRUE),
    "sums are put off past reads": (hoisting, "_ordered_roots", nothing),
    "loops run at least once": (hoisting, "_runs", lambda loop, wanted: constant(True)),
    "sums sink past reads": (sinking, "_is_last", TRUE),
    "divisors in loops are not checked": (checking, "_move_checks", without_checks),
    "terms wait past reads": (delaying, "_is_alone", TRUE),
    "terms that wait are lost": (delaying, "_flush", nothing),
    "rows are added before they are known": (delaying, "takes", TRUE),
    "arrays that are needed become sums": (first, "_is_spare", TRUE),
    "loads are repeated after stores": (making.Maker, "forget_memory", nothing),
    "stores that are read are dead": (dead, "writes", lambda op: []),
    "all nests are grids": (storage, "is_grid", TRUE),
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
