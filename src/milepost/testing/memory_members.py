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
        self._count = 0
        self.import_members(MemberRow(number) for number in numbers)

    def key_of(self, number: str) -> bytes:
        return hmac.digest(b"key of a test", number.encode(), "sha256")

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        by_key = {self.key_of(number): member_id for number, member_id in self._ids.items()}
        return {key: by_key[key] for key in keys if key in by_key}

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        answers = []
        for row in rows:
            is_new = row.number not in self._ids
            if is_new:
                self._count += 1
                self._ids[row.number] = MemberId(self._count)
            answers.append(EnrolledMember(self._ids[row.number], row.tier, row.segments, is_new))
        return answers

    def number_of(self, member_id: MemberId) -> str | None:
        return next((number for number, known in self._ids.items() if known == member_id), None)

    def count(self) -> int:
        return self._count

    def forget(self, number: str) -> bool:
        return self._ids.pop(number, None) is not None

    def replace(self, old: str, new: str) -> MemberId:
        if new in self._ids:
            raise StoreError("The new number is a member's already: give one that is free.")
        if old not in self._ids:
            raise StoreError("The old number is no member's: check it, or import it.")
        self._ids[new] = self._ids.pop(old)
        return self._ids[new]
