"""A plugin of pytest: write ``pytest_plugins = ["taylorad.testing.plugin"]`` into conftest.py."""

from __future__ import annotations

import zlib

import pytest

from . import derivatives


@pytest.fixture
def check_derivatives(request):
    """`taylorad.testing.check_derivatives`, with random directions of the test's own.

    A test draws the same directions every time, and other ones than its neighbours.  The
    tables of all its checks are shown with its output where it fails.
    """
    seed = zlib.crc32(request.node.nodeid.encode())

    def check(f, *args, **options):
        report = derivatives.check_derivatives(f, *args, **{"seed": seed, **options})
        request.node.add_report_section("call", "derivatives", str(report))
        return report

    return check
