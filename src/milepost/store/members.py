"""Keeps the link from membership numbers to member ids, encrypted, and forgets it when asked.

Before it an operator imports members; sealing resolves members here, and statements start here.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Engine, func, insert, select, update

from milepost.domain.errors import StoreError
from milepost.domain.quantities import MemberId
from milepost.fail_point import FailPoint, reach
from milepost.ports import EnrolledMember, MemberRow
from milepost.store.chunks import chunks
from milepost.store.engine import READ_ONLY
from milepost.store.tables import conflicts, members, purchases

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
        self._cipher = Fernet(urlsafe_b64encode(hmac.digest(key, b"milepost member cipher", "sha256")))
        self._refuse_wrong_key()

    def key_of(self, number: str) -> bytes:
        return hmac.digest(self._lookup_key, number.encode(), "sha256")

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        with self._reading() as connection:
            return _ids(connection, set(keys))

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        given = [(self.key_of(row.number), row) for row in rows]
        with self._engine.begin() as connection:
            known = _ids(connection, {key for key, _ in given})
            ids = dict(known)
            next_id = _count(connection) + 1
            answers = []
            new: dict[bytes, dict[str, Any]] = {}
            changed: dict[bytes, dict[str, Any]] = {}
            for key, row in given:
                values = {"tier": row.tier, "segments": row.segments, "enrolled_at": row.enrolled_at}
                is_new = key not in ids
                if is_new:
                    ids[key] = MemberId(next_id)
                    next_id += 1
                if key in known:
                    changed[key] = values
                else:
                    first = new.setdefault(key, {"member_id": ids[key], "member_key": key})
                    first.update(values)
                    if is_new:
                        first["number_ciphertext"] = self._cipher.encrypt(row.number.encode())
                answers.append(EnrolledMember(ids[key], row.tier, row.segments, is_new))
            if new:
                connection.execute(insert(members), list(new.values()))
            for key, values in changed.items():
                connection.execute(update(members).where(members.c.member_key == key).values(values))
            reach(FailPoint.ENROL_BEFORE_COMMIT)
            return answers

    def number_of(self, member_id: MemberId) -> str | None:
        with self._reading() as connection:
            sealed = connection.execute(
                select(members.c.number_ciphertext).where(members.c.member_id == member_id)
            ).scalar()
        return None if sealed is None else self._cipher.decrypt(sealed).decode()

    def count(self) -> int:
        with self._reading() as connection:
            return _count(connection)

    def forget(self, number: str) -> bool:
        """Delete the link of a number, here and at its purchases, whose content hashes stay."""
        key = self.key_of(number)
        with self._engine.begin() as connection:
            found = connection.execute(
                update(members)
                .where(members.c.member_key == key)
                .values(member_key=None, number_ciphertext=None)
            ).rowcount
            reach(FailPoint.FORGET_BEFORE_COMMIT)
            for table in (purchases, conflicts):
                connection.execute(update(table).where(table.c.member_key == key).values(member_key=None))
        return found > 0

    def replace(self, old: str, new: str) -> MemberId:
        old_key, new_key = self.key_of(old), self.key_of(new)
        with self._engine.begin() as connection:
            known = _ids(connection, {old_key, new_key})
            if new_key in known:
                raise StoreError("The new number is a member's already: give one that is free.")
            if old_key not in known:
                raise StoreError("The old number is no member's: check it, or import it.")
            connection.execute(
                update(members)
                .where(members.c.member_key == old_key)
                .values(member_key=new_key, number_ciphertext=self._cipher.encrypt(new.encode()))
            )
            # Purchases that wait to be sealed named the lost card, and are still this member's.
            connection.execute(
                update(purchases).where(purchases.c.member_key == old_key).values(member_key=new_key)
            )
            return known[old_key]

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(**{READ_ONLY: True})

    def _refuse_wrong_key(self) -> None:
        with self._reading() as connection:
            sealed = connection.execute(
                select(members.c.number_ciphertext).where(members.c.number_ciphertext.is_not(None)).limit(1)
            ).scalar()
        try:
            if sealed is not None:
                self._cipher.decrypt(sealed)
        except InvalidToken:
            raise StoreError(
                "The key is not the one the member directory was made with: give that key."
            ) from None


def _ids(connection: Connection, keys: set[bytes]) -> dict[bytes, MemberId]:
    found = {}
    for chunk in chunks(sorted(keys)):
        rows = connection.execute(
            select(members.c.member_key, members.c.member_id).where(members.c.member_key.in_(chunk))
        )
        found.update({row.member_key: MemberId(row.member_id) for row in rows})
    return found


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.max(members.c.member_id))).scalar() or 0)
