"""Early exits made structured: the same results, no exits left, and little growth.

Random functions of loops, branches and exits run as they are and in structured form.
"""

from __future__ import annotations

import ast
import random
import textwrap

import pytest

from taylorad.adjoint.exits import leave_flag, structured
from taylorad.adjoint.exits import test_inside as with_test_inside
from taylorad.adjoint.reading import assigned_first, assigned_in


def body_of(text: str) -> list[ast.stmt]:
    return ast.parse(textwrap.dedent(text)).body


class _Leaving(ast.NodeTransformer):
    """Puts the exit that a loop's flag stands for back at the end of its body."""

    def __init__(self, inside=False):
        self.inside = inside

    def visit_loop(self, node):
        if self.inside and isinstance(node, ast.While):
            node = with_test_inside(node)
        flag = leave_flag(node)
        node = self.generic_visit(node)
        if flag is not None:
            node.body.append(ast.If(ast.Name(flag, ast.Load()), [ast.Break()], []))
        return node

    visit_For = visit_While = visit_loop


def function(body) -> ast.Module:
    made = ast.parse("def f(n, trace): pass")
    made.body[0].body = body
    return ast.fix_missing_locations(made)


def run(module: ast.Module, n: int):
    """The result and the trace of a function."""
    scope: dict = {}
    exec(compile(module, "<test>", "exec"), scope)
    trace: list = []
    try:
        return scope["f"](n, trace), trace
    except UnboundLocalError:
        return "unbound", trace


def size(nodes) -> int:
    return sum(1 for node in nodes for _ in ast.walk(node))


def exits_in(body):
    kinds = (ast.Return, ast.Break, ast.Continue)
    return [node for s in body for node in ast.walk(s) if isinstance(node, kinds)]


def check(text: str) -> list[ast.stmt]:
    """Check a function's body, whose statements append to ``trace``; its structured form."""
    made = structured(body_of(text))
    left = exits_in(made)
    assert all(isinstance(node, ast.Return) for node in left)
    assert left in ([], [made[-1]])
    for inside in (False, True):
        again = [_Leaving(inside).visit(s) for s in structured(body_of(text))]
        for n in range(6):
            expected = run(function(body_of(text)), n)
            assert run(function(again), n) == expected, ast.unparse(function(again))
    return made


CASES = {
    "one return": "return n",
    "no return": "trace.append(n)",
    "branches": "if n:\n  return 1\nelse:\n  return 2",
    "return before the rest": "if n > 2:\n  return 1\ntrace.append(n)\nreturn 2",
    "returns nothing": "if n > 2:\n  return\ntrace.append(n)",
    "some return nothing": "if n > 2:\n  return\ntrace.append(n)\nreturn 1",
    "some paths return": "if n > 2:\n  if n > 3:\n    return 1\n  trace.append(1)\ntrace.append(2)",
    "return in a loop": "for i in range(n):\n  if i == 3:\n    return i\nreturn -1",
    "break": "for i in range(9):\n  if i == n:\n    break\n  trace.append(i)\nreturn i",
    "continue": "for i in range(9):\n  if i % 2:\n    continue\n  trace.append(i)\nreturn i",
    "for else": "for i in range(4):\n  if i == n:\n    break\nelse:\n  trace.append(9)\nreturn i",
    "else that returns": "for i in range(4):\n  if i == n:\n    break\nelse:\n  return 7\nreturn i",
    "while else": "while n < 4:\n  n += 1\n  if n == 3:\n    break\nelse:\n  trace.append(9)",
    "endless": "while True:\n  n += 1\n  if n > 4:\n    return n\n  if n == 3:\n    break",
    "nested": """\
        for i in range(4):
            for j in range(4):
                if j == i:
                    continue
                if i + j == n + 2:
                    return i
                if i * j == n:
                    break
                trace.append(j)
            else:
                trace.append("else")
                continue
            trace.append(i)
        return -1
        """,
    "break after an inner loop": """\
        while n < 5:
            for j in range(3):
                if j == n:
                    break
            if j == 1:
                break
            n += 1
        return n
        """,
    "nothing behind": "return n\ntrace.append(1)",
    "nothing behind a break": "for i in range(3):\n  trace.append(i)\n  break\n  trace.append(7)",
}


@pytest.mark.parametrize("name", CASES)
def test_same_results(name):
    check(CASES[name])


def _block(r: random.Random, depth: int, in_loop: bool) -> list[str]:
    lines: list[str] = []
    for _ in range(r.randint(1, 3)):
        kind = r.choice(["trace", "if", "if", "for", "while", "exit"])
        if kind == "trace" or (depth == 0 and kind != "exit"):
            lines.append(f"trace.append((n, {r.randint(0, 99)}))")
        elif kind == "exit":
            choices = ["return n", f"return {r.randint(0, 9)}"]
            lines.append(r.choice([*choices, "break", "continue"] if in_loop else choices))
        else:
            name = f"i{depth}"
            test = f"(n + len(trace)) % {r.randint(2, 4)} == {r.randint(0, 1)}"
            head = {"if": f"if {test}:", "for": f"for {name} in range({r.randint(1, 3)}):"}
            lines.append(head.get(kind, "while len(trace) < 30:"))
            loop = kind != "if"
            inner = _block(r, depth - 1, in_loop or loop)
            lines += ["    " + s for s in (["trace.append(0)"] if kind == "while" else []) + inner]
            if r.random() < 0.4:
                lines += ["else:", *("    " + s for s in _block(r, depth - 1, in_loop))]
    return lines


@pytest.mark.parametrize("seed", range(150))
def test_random_programs(seed):
    text = "\n".join(_block(random.Random(seed), 4, False))
    made = check(text)
    assert size(made) < 8 * size(body_of(text)) + 50


def test_growth_is_linear():
    def many(count, exit_):
        test = "\n".join(f"  if n == {k}:\n    {exit_}\n  trace.append({k})" for k in range(count))
        return "for i in range(2):\n" + test + "\nreturn 1"

    for exit_ in ("return n", "break", "continue"):
        sizes = [size(structured(body_of(many(count, exit_)))) for count in (50, 100, 200)]
        assert sizes[2] - sizes[1] < 2.5 * (sizes[1] - sizes[0])


def test_many_exits_stay_flat():
    text = "\n".join(f"if n == {k}:\n  return {k}\ntrace.append({k})" for k in range(200))
    made = check(text + "\nreturn n")
    deepest = max(len(line) - len(line.lstrip()) for line in ast.unparse(made).splitlines())
    assert deepest < 4 * 30


def test_exits_of_inner_functions_stay():
    made = structured(body_of("def g(a):\n  return a\ntrace.append(g(n))\nreturn n"))
    assert isinstance(made[0], ast.FunctionDef)
    assert len(exits_in(made[:1])) == 1


def test_assigned_names():
    text = (
        "a, (b, *c) = x\nfor d in y:\n  e: int = 1\n  f += 1\nif (g := h):\n  z[i] = [j for j in k]"
    )
    assert list(assigned_in(body_of(text))) == ["a", "b", "c", "d", "e", "f", "g"]
    assert not assigned_in(body_of("def f():\n  a = 1\n(lambda b: b)(x)"))


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("a = 1\nb = a", "ab"),
        ("b = a\na = 1", "b"),
        ("if x:\n  a = 1\nelse:\n  a = 2\nb = a", "ab"),
        ("if x:\n  a = 1\nb = a", "b"),
        ("if a:\n  a = 1\nelse:\n  a = 2", ""),
        ("a += 1\na = 2", ""),
        ("a[0] = 1\na = 2", ""),
        ("for i in a:\n  b = i\na = 2", ""),
        ("a = a + 1", ""),
    ],
)
def test_assigned_first(body, first):
    (loop,) = body_of("for i in n:\n" + textwrap.indent(body, "    "))
    assert assigned_first(loop) == frozenset(first)
