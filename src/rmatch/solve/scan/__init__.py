"""Scans over all pairs, tile by tile; the whole matrix is never stored."""
