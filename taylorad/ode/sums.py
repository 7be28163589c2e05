"""Cauchy products with a run-time index, written out for each of the usual ones.

A loop of run-time length costs a mispredicted branch at its end, as much as ten products.  A
jump to the code for this index costs nothing: in a sweep over all operations the index is the
same, so the jump goes where it went before.
"""

from __future__ import annotations

#: Indices for which the products are written out: those of the order that full precision asks for.
WRITTEN = 22
#: Partial sums, which do not wait for each other.
SUMS = 4


def cauchy(builder, zero, last, product, lo: int = 0):
    """The sum of ``product(j, total)`` for ``j = lo..last``; ``last`` is at least ``lo - 1``.

    Parameters
    ----------
    builder
    zero : LLVM constant
    last : LLVM integer
    product : callable
        ``product(j, total)`` adds the product for ``j``, an LLVM integer, to a sum.
    """
    index = last.type
    start, loop, done = (builder.block, *map(builder.append_basic_block, ("products", "summed")))
    switch = builder.switch(last, loop)
    found = []
    for i in range(lo - 1, WRITTEN):
        block = builder.append_basic_block(f"products.{i + 1}")
        switch.add_case(index(i), block)
        builder.position_at_end(block)
        sums = [zero] * max(1, min(SUMS, i + 1 - lo))
        for j in range(lo, i + 1):
            s = (j - lo) % SUMS
            sums[s] = product(index(j), sums[s])
        while len(sums) > 1:
            sums = [builder.fadd(*sums[:2]), *sums[2:]]
        found.append((sums[0], block))
        builder.branch(done)
    builder.position_at_end(loop)
    j, total = builder.phi(index), builder.phi(zero.type)
    following, added = builder.add(j, index(1)), product(j, total)
    for phi, first, after in ((j, index(lo), following), (total, zero, added)):
        phi.add_incoming(first, start)
        phi.add_incoming(after, loop)
    builder.cbranch(builder.icmp_signed("<=", following, last), loop, done)
    found.append((added, loop))
    builder.position_at_end(done)
    made = builder.phi(zero.type)
    for value, block in found:
        made.add_incoming(value, block)
    return made
