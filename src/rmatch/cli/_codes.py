"""The exit codes: what happened, for the caller of the command."""

DONE, FAILED, USAGE, INPUT, INFEASIBLE, UNVERIFIED, OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
