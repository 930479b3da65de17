"""What must hold of every plan made in the order of several objectives, and of its certificate: beside the oracle."""

from __future__ import annotations

import numpy as np
from strategies import Compiled, Problem
from wishes import in_order

from rmatch.errors import InfeasibleError, ProgramError
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.check import impossible
from rmatch.proof.verify import Verification, verify
from rmatch.solve.run import solved


def compiled(problem: Problem) -> Compiled | None:
    """The problem, or None where its limits contradict one another before anything is solved."""
    try:
        return problem.compiled()
    except (ProgramError, InfeasibleError):
        return None


def values(made: Compiled, pairs: tuple[np.ndarray, np.ndarray]) -> list[int]:
    """What the plan is worth to each objective, locked pairs among the others."""
    stages = (stage for objective in made.model.program.objectives for stage in objective.stages())
    return [stage.value(made.model.people, *pairs, made.model.points(*pairs)) for stage in stages]


def told(made: Compiled, pairs: tuple[np.ndarray, np.ndarray], certificate: Certificate) -> Verification:
    """What the check says of a plan that claims to be best where its certificate is closed."""
    points, parts = made.model.points(*pairs), made.model.parts(*pairs)
    return verify(made.checked(), pairs, points, parts, certificate, certificate.proved)


def assert_as_the_oracle(made: Compiled, pairs: tuple[np.ndarray, np.ndarray], certificate: Certificate) -> None:
    """Proved plans have the oracle's values; others are no better, and their bounds never below."""
    expected = in_order(made)
    assert expected is not None
    result = told(made, pairs, certificate)
    assert result.ok, str(result)
    found = values(made, pairs)
    assert found == [stage.value for stage in certificate.stages]
    total = certificate.stage("total")
    assert total is not None
    assert (certificate.total, certificate.bound) == (total.value, total.bound), "wherever it comes in the order"
    assert certificate.trusts == ()
    if certificate.proved:
        assert found == expected
    assert found <= expected
    for value, stage, best in zip(found, certificate.stages, expected, strict=True):
        assert value <= stage.bound
        assert stage.bound >= best, "the bound lies below the optimum"
        if value != best:
            break


def assert_best_plan(problem: Problem) -> Certificate | None:
    """What comes back is the best plan there is, or a proof that there is none; its certificate, if it is a plan."""
    made = compiled(problem)
    if made is None:
        return None
    try:
        pairs, certificate = solved(made.model)
    except InfeasibleError as error:
        assert_shown(made, error)
        return None
    assert_as_the_oracle(made, pairs, certificate)
    return certificate


def assert_shown(made: Compiled, error: InfeasibleError) -> None:
    """That there is no plan is right, and where it is not plain its proof shows it."""
    assert in_order(made) is None
    if error.proof is None:
        assert "the locked pairs" in str(error), "nothing else is settled by plain numbers"
        return
    assert isinstance(error.proof, StageProof)
    assert impossible(made.checked(), error.proof)
