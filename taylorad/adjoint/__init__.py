"""Reverse mode by source transformation: from a user's function to its adjoint's text."""
