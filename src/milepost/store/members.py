"""Keeps the link from membership numbers to member ids, encrypted, and forgets it when asked.

Before it an operator imports members; sealing resolves members here, and statements start here.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from milepost.domain.errors import StoreError
from milepost.domain.quantities import MemberId
from milepost.fail_point import FailPoint, reach
from milepost.ports import EnrolledMember, MemberRow
from milepost.store.chunks import chunks
from milepost.store.engine import empty_log_ahead, reading
from milepost.store.failures import answering
from milepost.store.tables import conflicts, member_numbers, members, purchases

KEY_BYTES = 32
"""Length of the directory's key, from which the keys to look up and to encrypt are derived."""


class SqlMemberDirectory:
    """The port `MemberDirectory` over a migrated database, one unit of work a call."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        """Raises: StoreError if the key has not 32 bytes, or is not the one the directory was made with."""
        if len(key) != KEY_BYTES:
            raise StoreError(f"The key of the member directory has {len(key)} bytes: give {KEY_BYTES}.")
        self._engine = engine
        self._lookup_key = hmac.digest(key, b"milepost member lookup", "sha256")
        self._case_key = hmac.digest(key, b"milepost adjustment case", "sha256")
        self._cipher = Fernet(urlsafe_b64encode(hmac.digest(key, b"milepost member cipher", "sha256")))
        self._refuse_wrong_key()

    def key_of(self, number: str) -> bytes:
        return hmac.digest(self._lookup_key, number.encode(), "sha256")

    def case_hash_of(self, member_id: MemberId, case: str) -> bytes:
        # With the member in it one case of two members does not show on chain as one.
        return hmac.digest(self._case_key, member_id.to_bytes(8, "big") + case.encode(), "sha256")

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        with self._reading() as connection:
            return _heirs(connection, _ids(connection, set(keys)))

    def own_id_of(self, number: str) -> MemberId | None:
        key = self.key_of(number)
        with self._reading() as connection:
            return _ids(connection, {key}).get(key)

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        given = [(self.key_of(row.number), row) for row in rows]
        with self._writing() as connection:
            own = _ids(connection, {key for key, _ in given})
            known = _heirs(connection, own)
            merged = {key for key in known if known[key] != own[key]}
            ids = dict(known)
            next_id = _count(connection) + 1
            answers = []
            new: dict[MemberId, dict[str, Any]] = {}
            numbers: list[dict[str, Any]] = []
            changed: dict[MemberId, dict[str, Any]] = {}
            for key, row in given:
                values = {"tier": row.tier, "segments": row.segments, "enrolled_at": row.enrolled_at}
                is_new = key not in ids
                if is_new:
                    ids[key] = MemberId(next_id)
                    next_id += 1
                    numbers.append(self._number_row(key, ids[key], row.number))
                if key not in known:
                    new.setdefault(ids[key], {"member_id": ids[key]}).update(values)
                elif key not in merged:
                    changed[ids[key]] = values
                answers.append(EnrolledMember(ids[key], row.tier, row.segments, is_new, key in merged))
            if new:
                connection.execute(insert(members), list(new.values()))
                connection.execute(insert(member_numbers), numbers)
            for member_id, values in changed.items():
                connection.execute(update(members).where(members.c.member_id == member_id).values(values))
            reach(FailPoint.ENROL_BEFORE_COMMIT)
            return answers

    def number_of(self, member_id: MemberId) -> str | None:
        with self._reading() as connection:
            family = _family(connection, _heir(connection, member_id))
            sealed = dict(
                connection.execute(
                    select(member_numbers.c.member_id, member_numbers.c.number_ciphertext).where(
                        member_numbers.c.member_id.in_(family)
                    )
                ).all()
            )
        # Its own number rather than one that was merged into it.
        found = next((sealed[one] for one in [member_id, *family] if one in sealed), None)
        return None if found is None else self._cipher.decrypt(found).decode()

    def family_of(self, member_id: MemberId) -> list[MemberId]:
        with self._reading() as connection:
            return _family(connection, _heir(connection, member_id))

    def lineage_of(self, member_id: MemberId) -> list[MemberId]:
        with self._reading() as connection:
            return _lineage(connection, member_id)

    def heir_of(self, member_id: MemberId) -> MemberId:
        return self.lineage_of(member_id)[-1]

    def count(self) -> int:
        with self._reading() as connection:
            return _count(connection)

    def forget(self, number: str) -> bool:
        """Delete all numbers of a member, here and at its purchases, whose content hashes stay.

        Shape: nothing of a number is left in an SQLite file either; in copies of it there may be.
        """
        with self._writing() as connection:
            found = _ids(connection, {self.key_of(number)})
            family = [
                one for found_id in found.values() for one in _family(connection, _heir(connection, found_id))
            ]
            deleted = connection.execute(
                delete(member_numbers)
                .where(member_numbers.c.member_id.in_(family))
                .returning(member_numbers.c.member_key)
            )
            keys = list(deleted.scalars())
            reach(FailPoint.FORGET_BEFORE_COMMIT)
            for table in (purchases, conflicts):
                connection.execute(update(table).where(table.c.member_key.in_(keys)).values(member_key=None))
        reach(FailPoint.FORGET_AFTER_COMMIT)
        empty_log_ahead(self._engine)
        return bool(found)

    def replace(self, old: str, new: str) -> MemberId:
        old_key, new_key = self.key_of(old), self.key_of(new)
        with self._writing() as connection:
            known = _ids(connection, {old_key, new_key})
            if new_key in known:
                raise StoreError("The new number is a member's already: give one that is free.")
            if old_key not in known:
                raise StoreError("The old number is no member's: check it, or import it.")
            connection.execute(
                update(member_numbers)
                .where(member_numbers.c.member_key == old_key)
                .values(self._number_row(new_key, known[old_key], new))
            )
            # Purchases that wait to be sealed named the lost card, and are still this member's.
            for table in (purchases, conflicts):
                connection.execute(
                    update(table).where(table.c.member_key == old_key).values(member_key=new_key)
                )
            return _heir(connection, known[old_key])

    def merge(self, member_id: MemberId, into: MemberId) -> None:
        with self._writing() as connection:
            heir, target = _heir(connection, member_id), _heir(connection, into)
            if heir == target and heir != member_id:
                return
            if heir == target:
                raise StoreError("Both numbers lead to one account already: there is nothing to merge.")
            if heir != member_id:
                raise StoreError(
                    f"Member {member_id} was merged into member {heir}: merge that one, or undo it."
                )
            connection.execute(
                update(members).where(members.c.member_id == member_id).values(merged_into=target)
            )
            reach(FailPoint.MERGE_BEFORE_COMMIT)

    def unmerge(self, member_id: MemberId) -> None:
        with self._writing() as connection:
            connection.execute(
                update(members).where(members.c.member_id == member_id).values(merged_into=None)
            )

    def _number_row(self, key: bytes, member_id: MemberId, number: str) -> dict[str, Any]:
        sealed = self._cipher.encrypt(number.encode())
        return {"member_key": key, "member_id": member_id, "number_ciphertext": sealed}

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with answering(), reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with answering(), self._engine.begin() as connection:
            yield connection

    def _refuse_wrong_key(self) -> None:
        with self._reading() as connection:
            sealed = connection.execute(select(member_numbers.c.number_ciphertext).limit(1)).scalar()
        try:
            if sealed is not None:
                self._cipher.decrypt(sealed)
        except InvalidToken:
            raise StoreError(
                "The key is not the one the member directory was made with: give that key."
            ) from None


def _ids(connection: Connection, keys: set[bytes]) -> dict[bytes, MemberId]:
    """The ids that numbers were given, whatever was merged since."""
    found = {}
    for chunk in chunks(sorted(keys)):
        rows = connection.execute(
            select(member_numbers.c.member_key, member_numbers.c.member_id).where(
                member_numbers.c.member_key.in_(chunk)
            )
        )
        found.update({row.member_key: MemberId(row.member_id) for row in rows})
    return found


def _heirs(connection: Connection, ids: Mapping[bytes, MemberId]) -> dict[bytes, MemberId]:
    """The ids whose accounts go on."""
    merged: dict[MemberId, MemberId] = {}
    for chunk in chunks(sorted(set(ids.values()))):
        rows = connection.execute(
            select(members.c.member_id).where(
                members.c.member_id.in_(chunk), members.c.merged_into.is_not(None)
            )
        )
        merged.update({member_id: _heir(connection, member_id) for member_id in rows.scalars()})
    return {key: merged.get(member_id, member_id) for key, member_id in ids.items()}


def _heir(connection: Connection, member_id: MemberId) -> MemberId:
    return _lineage(connection, member_id)[-1]


def _lineage(connection: Connection, member_id: MemberId) -> list[MemberId]:
    found = [member_id]
    for one in found:
        into = connection.execute(select(members.c.merged_into).where(members.c.member_id == one)).scalar()
        if into is not None:
            found.append(MemberId(into))
    return found


def _family(connection: Connection, heir: MemberId) -> list[MemberId]:
    """A member and all that were merged into it, directly or through others."""
    found = [heir]
    for one in found:
        rows = connection.execute(
            select(members.c.member_id).where(members.c.merged_into == one).order_by(members.c.member_id)
        )
        found += [MemberId(member_id) for member_id in rows.scalars()]
    return found


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.max(members.c.member_id))).scalar() or 0)
