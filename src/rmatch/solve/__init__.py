"""Solvers: from a compiled problem to a plan and its certificate."""
