"""The vocabulary of a roster: the person, its columns, the term, what stays private."""
