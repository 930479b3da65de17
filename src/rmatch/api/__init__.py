"""The public functions that build a matching: match, rematch, place, load and score tables."""
