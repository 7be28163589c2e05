"""The version, in a module of its own because types carry it in their names."""

__version__ = "0.1.0"
