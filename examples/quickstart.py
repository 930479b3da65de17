"""From an HR export to a verified plan, in Python."""

from pathlib import Path

import rmatch

roster = rmatch.read_csv(Path(__file__).parent / "data" / "workforce.csv")
matching = rmatch.match(roster)

print(matching.summary())
best = matching.pairs.iloc[0]
print(matching.explain(best["mentor_id"], best["mentee_id"]))
print(matching.unmatched["reason"].value_counts().to_string())
print(matching.verify(roster))
