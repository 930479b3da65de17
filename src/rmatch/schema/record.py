"""What a saved matching holds: plain data, no pickle, enough to check the answer against the people."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from rmatch.errors import Reason

FORMAT = 2

Whole = Annotated[int, Field(ge=-(1 << 62), le=1 << 62)]
"""A whole number that fits into int64."""


Number = Annotated[int, Field(ge=-(1 << 200), le=1 << 200)]
"""A whole number of a proof, which may be beyond int64."""

State = Literal["draft", "approved"]
"""A plan is a draft until somebody has approved each of its pairs."""


def _known(reason: str) -> str:
    if reason not in Reason.__members__:
        raise ValueError(f"{reason!r} is not one of {', '.join(Reason.__members__)}")
    return reason


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _OfTrack(_Frozen):
    track: str | None = Field(default=None, description="The track, where the program has tracks.")

    @model_serializer(mode="wrap")
    def _without_none(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = plain(self)
        if found["track"] is None:
            del found["track"]
        return found


class PairRecord(_OfTrack):
    """One pair; ``points`` is its score times 2**20, ``parts`` the same by criterion, in the order of ``criteria``."""

    mentor_id: str
    mentee_id: str
    points: Whole
    parts: tuple[Whole, ...]
    locked: bool = False
    approved: bool = False


class UnmatchedRecord(_OfTrack):
    """Somebody without a partner in one role, and why."""

    employee_id: str
    role: Annotated[str, Field(pattern="^(mentor|mentee)$")]
    reason: Annotated[str, AfterValidator(_known)]
    eligible: Whole | None = Field(
        description="How many partners the rules allow; null where there were too many to count."
    )
    detail: str


class StageRecord(_Frozen):
    """The proof of one objective; see ``rmatch.proof.certificate.StageProof``. What is 0 is left out."""

    name: str
    value: Number
    bound: Number
    scale: Annotated[int, Field(ge=1, le=1 << 40)] = 1
    mentor_prices: dict[str, Number] = Field(default_factory=dict)
    mentee_prices: dict[str, Number] = Field(default_factory=dict)
    multipliers: dict[str, Number | dict[str, Number]] = Field(
        default_factory=dict,
        description="By row; of a row for each person, by person; of one for each couple, by both, a tab between.",
    )
    tree: list[Any] | None = Field(default=None, description="See ``rmatch.proof.tree``.")


class CertificateRecord(_Frozen):
    """The proof of every objective in order; see ``rmatch.proof.certificate``."""

    stages: tuple[StageRecord, ...]
    total: Number
    bound: Number
    sealed: bool = Field(
        default=False, description="Sensitive columns were scored, so no prices of scores are written."
    )
    first_gaps: dict[str, Number] = Field(
        default_factory=dict,
        description="Where no prices are written: what each objective of the first step leaves open.",
    )
    digest: str = Field(description="SHA-256 over everything else in the certificate.")


class MatchingRecord(_Frozen):
    """A matching as JSON. Points are whole numbers; a score is points / 2**20."""

    format: int = FORMAT
    engine: str
    status: Annotated[str, Field(pattern="^(OPTIMAL|FEASIBLE)$")]
    state: State = "draft"
    criteria: tuple[str, ...]
    pairs: tuple[PairRecord, ...]
    unmatched: tuple[UnmatchedRecord, ...]
    certificate: CertificateRecord
    program: dict[str, Any]
    left_out: tuple[str, ...]
    counts: dict[str, int] = Field(description="Lines of the input by status.")
    people: str = Field(description="SHA-256 over the people in canonical order.")
    files: dict[str, str] = Field(default_factory=dict, description="SHA-256 of each file written beside this one.")

    @model_validator(mode="after")
    def _a_part_for_each_criterion(self) -> Self:
        for pair in self.pairs:
            if len(pair.parts) != len(self.criteria):
                who = f"({pair.mentor_id}, {pair.mentee_id})"
                raise ValueError(f"{who} has {len(pair.parts)} parts for {len(self.criteria)} criteria")
        return self


class RoundsRecord(_Frozen):
    """Several rounds as JSON: how many, and all their pairs as one plan with its proof; each round has a record too."""

    format: int = FORMAT
    rounds: Annotated[int, Field(ge=1, le=1 << 31)]
    apart: bool = Field(
        default=False,
        description="Rounds may differ in rules, limits and people: in the joint plan everybody stands once for each "
        "round, and its program is that of the rounds.",
    )
    joint: MatchingRecord
