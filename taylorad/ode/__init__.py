"""Ordinary differential equations by Taylor series."""
