"""Problem compilation: from people and a program to arrays, bounds and valuations."""
