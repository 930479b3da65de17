"""The exit codes: what happened, for whoever called the command."""

DONE, FAILED, USAGE, INPUT, INFEASIBLE, UNVERIFIED, OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
