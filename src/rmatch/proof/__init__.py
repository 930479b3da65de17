"""The proof of a plan and its check, which trusts nobody: nothing here knows the loop, the ladder or an engine."""
