"""Compilation: user functions made ready for jets, and the generated drivers."""
