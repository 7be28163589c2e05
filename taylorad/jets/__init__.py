"""Jets: truncated Taylor polynomials as numbers in compiled code."""
