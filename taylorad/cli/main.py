"""``python -m taylorad``: arguments in, a report and an exit status out."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence

from .._version import __version__
from ..errors import ParseError, TayloradError
from .usage import UsageError

EPILOG = """\
examples:
  python -m taylorad model.py:energy --at 0.3,2
  python -m taylorad model.py:energy --at x=[1,2,3],mu=0.5 --order 3
  python -m taylorad --expr "exp(sin(x))*y" --at x=0.3,y=2 --order 4 --json
  python -m taylorad --expr "exp(sin(x))*y" --at x=0.3,y=2 --graph steps.svg --latex
  python -m taylorad model.py:energy --points grid.csv --order 1
  python -m taylorad model.py:energy --at 0.3,2 --check --check-symbolic

exit status: 0 done, 1 the function cannot be differentiated or a check fails, 2 wrong usage
"""


def parser() -> argparse.ArgumentParser:
    """The command line's arguments."""
    p = argparse.ArgumentParser(
        prog="python -m taylorad",
        description="Exact derivatives of a function at a point: value, gradient, Hessian and "
        "the tensors of higher order.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("target", nargs="?", metavar="FILE.py:FUNCTION", help="a function in a file")
    p.add_argument("--expr", metavar="TEXT", help="an expression instead of a file")
    p.add_argument("--at", metavar="VALUES", help="the point: x=0.3,y=2 or 0.3,2 or x=[1,2,3]")
    p.add_argument(
        "--points", metavar="FILE.csv", help="several points, one a row under the names; - is stdin"
    )
    p.add_argument("--order", type=int, default=2, help="highest order of derivatives (default 2)")
    p.add_argument(
        "--fixed", metavar="NAMES", default="", help="arguments that are not differentiated: n,flag"
    )
    p.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    p.add_argument("--digits", type=int, default=12, help="digits in the tables (default 12)")
    p.add_argument("--check", action="store_true", help="compare with derivatives found otherwise")
    p.add_argument(
        "--check-symbolic", action="store_true", help="compare with SymPy's to 50 digits"
    )
    p.add_argument(
        "--graph", metavar="FILE", help="write the computational graph: .svg .dot .mmd .html .txt"
    )
    p.add_argument("--latex", action="store_true", help="formulas of the derivatives as LaTeX")
    p.add_argument("--debug", action="store_true", help="show the traceback of an error")
    p.add_argument("--version", action="version", version=f"taylorad {__version__}")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        return run(options)
    except (ParseError, UsageError) as error:
        return _fail(error, str(error), 2, options.debug)
    except TayloradError as error:
        return _fail(error, str(error), 1, options.debug)
    except Exception as error:  # raised by the user's function or file
        return _fail(error, f"{type(error).__name__}: {error}", 1, options.debug)


def run(options: argparse.Namespace) -> int:
    """Do what the options ask."""
    if (options.target is None) == (options.expr is None):
        raise UsageError("give either FILE.py:FUNCTION or --expr TEXT")
    if options.order < 0:
        raise UsageError(f"--order must not be negative, got {options.order}")
    if not 1 <= options.digits <= 17:
        raise UsageError(f"--digits must be from 1 to 17, got {options.digits}")
    from ..tables import show
    from .check import passed, run_checks
    from .problem import from_expression, from_function, load
    from .result import differentiate, to_json
    from .tables import report

    fixed = [name.strip() for name in options.fixed.split(",") if name.strip()]

    function = None if options.target is None else load(options.target)  # runs the file once

    def problem_at(at):
        if function is None:
            return from_expression(options.expr, at, fixed)
        return from_function(function, options.target.rpartition(":")[2], at, fixed)

    if options.points is not None:
        from .points import run_points

        return run_points(options, problem_at)
    if options.at is None:
        raise UsageError("give the point with --at, or several with --points FILE.csv")
    problem = problem_at(options.at)
    if options.graph is not None:
        from .pictures import write_graph

        write_graph(problem, options.graph)
    result = differentiate(problem, options.order)
    if options.latex:
        from .pictures import latex

        result.latex = latex(problem, options.order)
    result.checks = run_checks(problem, options)
    if options.json:
        print(to_json(result))
    else:
        show(report(result, options.digits))
    return 0 if passed(result.checks) else 1


def _joined(arguments: Sequence[str]) -> list[str]:
    """``--at -1,2`` as ``--at=-1,2``: a value that starts with a sign is no option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in ("--at", "--expr") and argument.startswith("-"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _fail(error: BaseException, message: str, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    print(f"taylorad: {message}", file=sys.stderr)
    return status
