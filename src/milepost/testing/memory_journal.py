"""The journal of a reporter in memory: the same promises as the SQL one, and the same tests.

`MemoryStore` holds it beside the purchases; tests of signing look into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from milepost.domain.quantities import Lane, ReportSequence
from milepost.ports import Disagreement, SignedCut
from milepost.ports.signing import MOST_CUTS, MOST_DISAGREEMENTS


@dataclass
class MemorySigningJournal:
    """The port `SigningJournal`."""

    cuts: dict[bytes, SignedCut] = field(default_factory=dict)
    kept: list[Disagreement] = field(default_factory=list)

    def add_cut(self, cut: SignedCut) -> bool:
        if cut.content_hash in self.cuts:
            return True
        place = (cut.lane, cut.sequence, cut.asked_by)
        if sum((one.lane, one.sequence, one.asked_by) == place for one in self.cuts.values()) >= MOST_CUTS:
            return False
        self.cuts[cut.content_hash] = cut
        return True

    def forget_cuts(self, lane: Lane, settled: ReportSequence) -> None:
        self.cuts = {key: cut for key, cut in self.cuts.items() if cut.lane != lane or cut.sequence > settled}

    def cuts_of(self, purchase_ids: Sequence[int]) -> list[SignedCut]:
        wanted = set(purchase_ids)
        found = [cut for cut in self.cuts.values() if wanted.intersection(cut.purchase_ids)]
        return sorted(found, key=lambda cut: (cut.lane, cut.sequence, cut.content_hash))

    def add_disagreement(self, disagreement: Disagreement) -> bool:
        known = {(one.reporter, one.proposed, one.own) for one in self.kept}
        place = (disagreement.lane, disagreement.sequence)
        is_full = sum((one.lane, one.sequence) == place for one in self.kept) >= MOST_DISAGREEMENTS
        if is_full or (disagreement.reporter, disagreement.proposed, disagreement.own) in known:
            return False
        self.kept.append(disagreement)
        return True

    def disagreements(self) -> list[Disagreement]:
        return list(self.kept)
