"""The command line: derivatives of a function in a file, or of an expression."""
