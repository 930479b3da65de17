"""Thousands of small random instances, each answered by rmatch and by somebody else: how often do they disagree?

    python -m benchmarks.trust --json benchmarks/results/trust.json

Each oracle is asked about instances of its own: people, criteria, rules, capacities, least numbers of pairs, locks and
both objectives at random. They share no code with the loop (``tests/support/oracles.py``). The one called ``real`` is
asked about twenty times as many programs as people have them, with limits and objectives of every kind
(``tests/support/real_programs.py``), in as many processes as there are cores; ``--only real`` asks nobody else. A
disagreement is printed with the instance that shows it, or its number, and the command fails. Needs hypothesis and
scipy, as the tests do, and the folder ``tests``.
"""

from __future__ import annotations

import copy
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import _real
import numpy as np
from _run import Figures, parser, report
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import rmatch
from rmatch.criteria import Difference
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import verify
from rmatch.schema.binding import ColumnBinding
from rmatch.solve.column_generation import column_generation_rounds
from rmatch.solve.initial_columns import Tuning
from rmatch.solve.progress import SILENT
from rmatch.solve.run import certified
from rmatch.valuation import Valuation

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import oracles
from exports import (
    DEFAULT,
    GAPS,
    KINDS,
    NEEDY,
    PLAIN,
    RULES,
    SHARED,
    Export,
    Weighed,
    exports,
    first_candidates_only,
    found,
    programs,
)
from proofs import TUNINGS, assert_bound_is_true, assert_lawful, best, solved
from strategies import SEEDS, Compiled, Problem, problems, scored
from tamperings import TAMPERINGS, Data, recorded, verified

Seen = Counter[str]
"""What an oracle met on its way."""


@dataclass(frozen=True)
class Oracle:
    """Somebody else's answer: ``agrees(*instance, seen)`` raises where it is another."""

    name: str
    asks: str
    instances: st.SearchStrategy[tuple[Any, ...]]
    agrees: Callable[..., None]
    one_in: int = 1
    """Asked about so many times fewer instances: one of its instances holds many questions."""


# ---------------------------------------------------------------- the loop


def tried(problem: Problem, tuning: Tuning, seen: Seen) -> None:
    """Every set of partners for every mentor."""
    made = _compiled(problem, seen)
    if made is None:
        return
    bounds, worth = made.bounds, made.points() - made.model.floor
    answer = oracles.best_by_trying(worth, made.eligible(), bounds.capacity, bounds.minimum, bounds.most_pairs)
    _proved(made, tuning, answer, seen)


def programmed(problem: Problem, tuning: Tuning, seen: Seen) -> None:
    """An integer program; and no round's bound is below its optimum."""
    made = _compiled(problem, seen)
    if made is None:
        return
    answer = best(made)
    _proved(made, tuning, answer, seen)
    if answer is None:
        return
    for proof in column_generation_rounds(
        made.kernel, made.bounds, Valuation(each=-made.model.floor), SILENT, replace(tuning, small=0)
    ):
        seen["rounds"] += 1
        assert_lawful(made, proof)
        assert_bound_is_true(made, proof)
        assert proof.total <= answer[1] <= proof.bound
    assert proof.gap == 0


def _compiled(problem: Problem, seen: Seen) -> Compiled | None:
    """The problem; None where somebody needs more pairs than there are people for."""
    try:
        return problem.compiled()
    except InfeasibleError:
        seen["refused_beforehand"] += 1
        return None


def _proved(made: Compiled, tuning: Tuning, answer: oracles.Best, seen: Seen) -> None:
    try:
        proof = solved(made, tuning)
    except InfeasibleError:
        assert answer is None
        seen["without_a_plan"] += 1
        return
    assert answer is not None
    assert_lawful(made, proof)
    assert_bound_is_true(made, proof)
    assert (proof.total, proof.gap) == (answer[1], 0)
    assert not made.bounds.most_pairs or len(proof.i) == answer[0]
    model = made.model
    pairs, certificate = certified(model, proof)
    problem = problem_of(model.program, model.mentors, model.mentees)
    told = verify(problem, pairs, model.points(*pairs), model.parts(*pairs), certificate, proved=True)
    assert told, str(told)
    seen["verified"] += 1


def assigned(numbers: int, m: int, n: int, steps: int, tuning: Tuning, seen: Seen) -> None:
    """An assignment of the dense matrix."""
    draw = np.random.default_rng(numbers)
    made = scored(draw.integers(0, steps + 1, (m, n)) / steps).compiled()
    proof = solved(made, tuning)
    assert (len(proof.i), proof.gap) == (min(m, n), 0)
    assert proof.total == oracles.best_by_assignment(made.points())
    assert_bound_is_true(made, proof)


def flowed(problem: Problem, tuning: Tuning, seen: Seen) -> None:
    """A largest flow, for the number of pairs."""
    made = _compiled(problem, seen)
    if made is None:
        return
    capacity, minimum = made.bounds.capacity, made.bounds.minimum
    try:
        proof = solved(made, tuning)
    except InfeasibleError:
        assert any(side.any() for side in minimum)
        seen["without_a_plan"] += 1
        return
    if made.bounds.most_pairs:
        seen["most_pairs_first"] += 1
        assert len(proof.i) == oracles.most_pairs_by_flow(made.eligible(), capacity)


# ---------------------------------------------------------------- the whole way, from a table of cells


def matched(export: Export, program: rmatch.Program, poor_start: bool, seen: Seen) -> None:
    """From cells to the checked plan, and the same with no time at all."""
    roster = rmatch.from_frame(export.frame(), program=program)
    answer = Weighed.of(roster, program).best()
    with first_candidates_only() if poor_start else nullcontext():
        try:
            matching = rmatch.match(roster, program)
        except rmatch.InfeasibleError:
            assert answer is None
            seen["without_a_plan"] += 1
            return
        try:
            late = rmatch.match(roster, program, time_limit=1e-9)
        except rmatch.SolverError:  # whom a hasty plan does not give the least number of pairs
            assert any(any(side) for side in Weighed.of(roster, program).minimum)
            seen["too_late"] += 1
            late = matching
    assert answer is not None
    pairs, total = found(matching)
    assert matching.status is rmatch.Status.OPTIMAL
    assert total == answer[1]
    assert not any(objective.name == "most_pairs" for objective in program.objectives) or pairs == answer[0]
    assert matching.verify(roster)
    if all(rule.name != "rare" for rule in program.rules):  # a rule of the tests' own cannot be read back
        assert verified(recorded(matching), roster)
        seen["verified"] += 1
    assert late.verify(roster)
    if pairs == len(late.pairs):
        assert late.certificate.total <= total <= late.certificate.bound
    seen["verified"] += 2


def second_stage_model(export: Export, rules: tuple[Any, ...], weight: float, seen: Seen) -> None:
    """Who is paired without the sensitive column, and then an integer program for with whom."""
    draw = np.random.default_rng(export.seed)
    frame = export.frame()
    answers, said = (
        draw.choice(["a", "b", ""], len(frame)),
        draw.choice(["yes", "no", ""], len(frame), p=[0.6, 0.2, 0.2]),
    )
    frame = frame.assign(gender=answers, agrees=said, heard=np.where(said == "yes", answers, ""))
    column = ColumnBinding(use="score", sensitive=True, consent="agrees", purpose="pairs of unlike experience")
    visible = rmatch.Program(criteria=DEFAULT, rules=rules)
    under = rmatch.Program(
        columns={"gender": column}, criteria=(*DEFAULT, Difference(weight, column="gender")), rules=rules
    )
    openly = rmatch.Program(criteria=(*DEFAULT, Difference(weight, column="heard")), rules=rules)
    try:
        plain = rmatch.match(rmatch.from_frame(frame, program=visible), visible)
    except rmatch.InfeasibleError:
        seen["without_a_plan"] += 1
        return
    roster = rmatch.from_frame(frame, program=under)
    matching = rmatch.match(roster, under)
    assert matching.verify()
    weighed = Weighed.of(rmatch.from_frame(frame, program=openly), openly)
    loads = []
    for side, people in (("mentor_id", weighed.scores.index), ("mentee_id", weighed.scores.columns)):
        one, two = (
            some.pairs[side].value_counts().reindex(people, fill_value=0).to_numpy() for some in (plain, matching)
        )
        assert np.array_equal(one, two)
        loads.append(one)
    answer = oracles.best_by_milp(weighed.worth, weighed.eligible, (loads[0], loads[1]), (loads[0], loads[1]), True)
    places = [
        index.get_indexer(matching.pairs[side])
        for side, index in (("mentor_id", weighed.scores.index), ("mentee_id", weighed.scores.columns))
    ]
    assert weighed.eligible[tuple(places)].all()
    assert answer == (len(matching.pairs), int(weighed.worth[tuple(places)].sum()))
    seen["other_partners"] += set(map(tuple, plain.pairs[["mentor_id", "mentee_id"]].to_numpy())) != set(
        map(tuple, matching.pairs[["mentor_id", "mentee_id"]].to_numpy())
    )


def tampered(export: Export, seen: Seen) -> None:
    """A true result with each falsehood in turn: none may be accepted."""
    program = rmatch.Program(criteria=DEFAULT, rules=())
    roster = rmatch.from_frame(export.frame())
    data = recorded(rmatch.match(roster, program))
    assert verified(data, roster)
    for tampering in TAMPERINGS:
        changed = copy.deepcopy(data)
        try:
            tampering(changed)
        except (StopIteration, IndexError, KeyError):  # nobody here to whom it could be done
            seen["not_possible"] += 1
            continue
        try:
            accepted = bool(verified(changed, roster))
        except rmatch.InfeasibleError:  # a falsified program may ask for what cannot be
            accepted = False
        assert not accepted or _harmless(data, changed), tampering.__name__
        seen["as_true_as_before" if accepted else "refused"] += 1


def _harmless(data: Data, changed: Data) -> bool:
    """Whether what was changed is true too: other prices that prove the same, for the very same plan."""
    one, two = (copy.deepcopy(some) for some in (data, changed))
    for some in (one, two):
        for stage in some["certificate"]["stages"]:
            for shown in ("mentor_prices", "mentee_prices", "multipliers", "scale", "tree"):
                stage.pop(shown, None)
    return one == two


def forced(export: Export, program: rmatch.Program, seen: Seen) -> None:
    """What every pair that may be would cost, from one search a person, against enumeration with that pair locked."""
    roster = rmatch.from_frame(export.frame(), program=program)
    try:
        matching = rmatch.match(roster, program)
    except InfeasibleError:
        seen["without_a_plan"] += 1
        return
    weighed = Weighed.of(roster, program)
    for mentor in map(str, roster.mentors.index):
        told = matching.losses(mentor)
        for row in told[told["role"] == "mentor"].itertuples():
            other = weighed.best_with(mentor, row.partner_id)
            assert row.exact
            assert (other is None) == np.isinf(row.loss)
            if other is not None:
                assert row.loss * SCALE == matching.certificate.total - other[1]
                assert not weighed.most_pairs or row.pairs_lost == len(matching.points) - other[0]
            seen["losses"] += 1


REAL = "real"
_REALS = 20  # times as many of them: each is solved in a few milliseconds
DEPTHS = st.sampled_from((1, 2, 4, 1000))
ORACLES = (
    Oracle("enumeration", "every plan of up to 4 × 4 people", st.tuples(problems(most=4), TUNINGS), tried),
    Oracle("HiGHS", "an integer program, up to 12 × 12; every round's bound", st.tuples(problems(most=12), TUNINGS),
           programmed),
    Oracle("HiGHS, larger", "an integer program, 12 × 12 to 40 × 40", st.tuples(problems(most=40, least=12), TUNINGS),
           programmed),
    Oracle("linear_sum_assignment", "an assignment of up to 40 × 40, many of them with ties",
           st.tuples(SEEDS, st.integers(1, 40), st.integers(1, 40), DEPTHS, TUNINGS), assigned),
    Oracle("maximum_flow", "the most pairs there can be, up to 20 × 20", st.tuples(problems(most=20), TUNINGS), flowed),
    Oracle("from cells", "reading, match, time limit, record and verify, against enumeration or HiGHS",
           st.tuples(exports(8), programs(), st.booleans()), matched),
    Oracle("losses", "what each pair would cost, against enumeration with that pair locked",
           st.tuples(exports(5), programs()), forced, one_in=2),
    Oracle("with whom", "sensitive columns: who is paired without them, and HiGHS for the partners",
           st.tuples(exports(8, kinds=KINDS), st.sampled_from(RULES[:6]), st.sampled_from((0.05, 0.3, 2.0))),
           second_stage_model),
    Oracle("tampering", "each of the ways to falsify a result, on plans of 14 × 9",
           st.tuples(st.builds(Export, SEEDS, st.just(14), st.just(9), st.sampled_from((PLAIN, SHARED, GAPS, NEEDY)))),
           tampered, one_in=10),
)  # fmt: skip


def asked(oracle: Oracle, number: int) -> Figures:
    """Ask one oracle about so many instances."""
    seen: Seen = Counter()
    wrong: list[str] = []
    different: set[str] = set()

    @seed(0)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(oracle.instances)
    def ask(instance: tuple[Any, ...]) -> None:
        seen["asked"] += 1
        different.add(repr(instance))
        try:
            oracle.agrees(*instance, seen)
        except Exception as error:  # whatever it is, it is not agreement
            wrong.append(f"{type(error).__name__}: {error}\n  {instance!r}")
            print(f"{oracle.name} disagrees: {wrong[-1]}", file=sys.stderr)

    begin = time.perf_counter()
    ask()
    spent = time.perf_counter() - begin
    asks = seen.pop("asked")
    print(f"{oracle.name}: {asks} instances, {len(wrong)} disagreements, {spent:.1f} s", file=sys.stderr)
    return {
        "oracle": oracle.name,
        "asks": oracle.asks,
        "instances": asks,
        "different": len(different),
        "disagreements": len(wrong),
        "seconds": round(spent, 1),
        "seen": dict(sorted(seen.items())),
        **({"wrong": wrong[:5]} if wrong else {}),
    }


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--instances", type=int, default=1000, metavar="N", help="for each oracle; 1000 unless told")
    words.add_argument("--only", nargs="+", metavar="NAME", help="these oracles only")
    given_ = words.parse_args()
    number = 10 if given_.smallest else given_.instances
    some = [oracle for oracle in ORACLES if not given_.only or oracle.name in given_.only]
    answers = [asked(oracle, max(number // oracle.one_in, 1)) for oracle in some]
    if not given_.only or REAL in given_.only:
        answers.append(_real.asked(number * _REALS))
    figures = {name: sum(answer[name] for answer in answers) for name in ("instances", "different", "disagreements")}
    report("trust", {"oracles": answers, **figures}, given_.json)
    if figures["disagreements"]:
        sys.exit(f"{figures['disagreements']} disagreements")


if __name__ == "__main__":
    main()
