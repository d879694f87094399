"""The member directory in memory.

Tests give it to ingesting and sealing where a programme gives the encrypted one.
"""

import hmac
from collections.abc import Iterable, Mapping

from milepost.domain.errors import StoreError
from milepost.domain.quantities import MemberId
from milepost.ports import EnrolledMember, MemberRow


class MemoryMemberDirectory:
    """The port `MemberDirectory`."""

    def __init__(self, numbers: Iterable[str] = ()) -> None:
        self._ids: dict[str, MemberId] = {}
        self._merged: dict[MemberId, MemberId] = {}
        self._count = 0
        self.import_members(MemberRow(number) for number in numbers)

    def key_of(self, number: str) -> bytes:
        return hmac.digest(b"key of a test", number.encode(), "sha256")

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        by_key = {self.key_of(number): self.heir_of(member_id) for number, member_id in self._ids.items()}
        return {key: by_key[key] for key in keys if key in by_key}

    def own_id_of(self, number: str) -> MemberId | None:
        return self._ids.get(number)

    def case_hash_of(self, member_id: MemberId, case: str) -> bytes:
        return hmac.digest(b"case of a test", member_id.to_bytes(8, "big") + case.encode(), "sha256")

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        answers = []
        for row in rows:
            is_new = row.number not in self._ids
            if is_new:
                self._count += 1
                self._ids[row.number] = MemberId(self._count)
            own = self._ids[row.number]
            heir = self.heir_of(own)
            answers.append(EnrolledMember(heir, row.tier, row.segments, is_new, is_merged=heir != own))
        return answers

    def number_of(self, member_id: MemberId) -> str | None:
        for one in [member_id, *self.family_of(member_id)]:
            for number, known in self._ids.items():
                if known == one:
                    return number
        return None

    def family_of(self, member_id: MemberId) -> list[MemberId]:
        found = [self.heir_of(member_id)]
        for one in found:
            found += sorted(merged for merged, into in self._merged.items() if into == one)
        return found

    def lineage_of(self, member_id: MemberId) -> list[MemberId]:
        found = [member_id]
        while found[-1] in self._merged:
            found.append(self._merged[found[-1]])
        return found

    def heir_of(self, member_id: MemberId) -> MemberId:
        return self.lineage_of(member_id)[-1]

    def count(self) -> int:
        return self._count

    def forget(self, number: str) -> bool:
        own = self._ids.get(number)
        if own is None:
            return False
        family = self.family_of(own)
        self._ids = {other: known for other, known in self._ids.items() if known not in family}
        return True

    def replace(self, old: str, new: str) -> MemberId:
        if new in self._ids:
            raise StoreError("The new number is a member's already: give one that is free.")
        if old not in self._ids:
            raise StoreError("The old number is no member's: check it, or import it.")
        self._ids[new] = self._ids.pop(old)
        return self.heir_of(self._ids[new])

    def merge(self, member_id: MemberId, into: MemberId) -> None:
        heir, target = self.heir_of(member_id), self.heir_of(into)
        if heir == target and heir != member_id:
            return
        if heir == target:
            raise StoreError("Both numbers lead to one account already: there is nothing to merge.")
        if heir != member_id:
            raise StoreError(f"Member {member_id} was merged into member {heir}: merge that one, or undo it.")
        self._merged[member_id] = target

    def unmerge(self, member_id: MemberId) -> None:
        self._merged.pop(member_id, None)
