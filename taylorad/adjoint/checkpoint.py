"""Long loops in little memory: what a user marks a loop with."""

from __future__ import annotations

from numba.extending import overload


def checkpoint(steps, every=0):
    """Let a loop be reversed in little memory: ``for i in ta.checkpoint(range(n))``.

    Parameters
    ----------
    steps : range
        What the loop runs over.
    every : int, optional
        Iterations between two checkpoints; by default, and where it is not positive, about
        the square root of their number.

    Returns
    -------
    range
        ``steps``: everywhere but in reverse mode the loop is an ordinary one.

    Raises
    ------
    UnsupportedError
        On the first call of a reverse derivative, where the loop is left early, draws random
        numbers, reads what only an earlier iteration may have assigned, or would show that
        array variables that it assigns (``u, v = v, u``) are copies at a checkpoint.
    ShapeError
        On a call of a reverse derivative, if such an array changes its shape.

    Notes
    -----
    Reverse mode keeps numbers of every iteration.  Here it keeps, at every checkpoint, what
    the loop carries and the arrays that it writes to; from there it runs the iterations up
    to the next checkpoint once more, keeping theirs (A. Griewank, A. Walther, Evaluating
    Derivatives, 2nd ed., SIAM 2008, section 12.1).  Memory for ``n`` iterations falls from
    ``n`` to about twice the square root of ``n`` for one more run of the loop.

    Loops nest: with ``every=1`` for the outer of two, memory for ``m * n`` iterations falls to
    ``m`` and twice the square root of ``n``, for two more runs.

    Behind the loop stand the variables that it carries; those that every iteration sets anew
    do not outlive it.

    Examples
    --------
    >>> import taylorad as ta
    >>> def f(x):
    ...     y = x
    ...     for i in ta.checkpoint(range(10_000)):
    ...         y = y - 1e-3 * (y - x) ** 3
    ...     return y
    >>> ta.grad(f)(2.0)
    1.0
    """
    return steps


@overload(checkpoint)
def _checkpoint(steps, every=0):
    return lambda steps, every=0: steps
