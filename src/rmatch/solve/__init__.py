"""Solvers: from a compiled problem to a plan and its certificate. :mod:`~rmatch.solve.run` is where to begin.

- Order of the work: ``run`` chooses the method, ``lexicographic`` settles the objectives one after the other, ``stage``
  holds what they share, ``progress`` tells a listener.
- Make the problem smaller: ``locked_pairs``, ``kinds`` (people alike), ``lazy_rows``.
- Write bounds as groups of a network: ``expanded_network`` (partner types), ``turned_network`` (both roles).
- Number of pairs: ``cover``, ``feasibility``; least score: ``bottleneck``.
- A flow over all pairs: ``initial_columns`` and ``entropic`` choose candidates, ``column_generation`` prices the others
  with ``scan``, ``backends`` solve on the candidates, ``duals`` give the prices.
- Limits that cross both sides: ``by_rows`` and ``branch_and_bound`` for small problems, ``lagrangian`` and ``repair``
  for large ones.
- What the check reads: ``declared`` turns a solver's duals into prices and multipliers of the program's rows.
- No optimum: ``fallback`` (time is over), ``explain_infeasible`` (limits conflict).
- A plan afterwards: ``rounds`` (split into several), ``timetable`` (a time for each meeting).
"""
