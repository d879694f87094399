"""Reads purchases from one JSON document: an object, or a list of them.

Before it stands the body of a request; after it the pipeline ingests what is a purchase.
"""

from collections.abc import Iterator, Mapping

from milepost.domain.errors import FeedError
from milepost.domain.partner import Partner
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.quantities import PartnerCode
from milepost.feeds.json_text import JsonRefused, JsonTooDeep, parse_document
from milepost.feeds.rows import RowReader
from milepost.ports import Rejection


class DocumentTooDeep(FeedError):
    """A JSON document that nests deeper than any record does. The partner sends it flat."""


class DocumentMalformed(FeedError):
    """A body that is no JSON document of records. The partner sends it again, corrected."""


def read_json_document(
    content: bytes,
    partners: Mapping[PartnerCode, Partner],
    *,
    source: str,
    sender: PartnerCode | None = None,
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read one record, or a list of records, with the names of the CSV columns.

    Shape: one answer a record, whose line is its place in the list from 1; decimals are read exactly.
    Raises: DocumentTooDeep; DocumentMalformed, before the first answer.
    """
    found = _parsed(content)
    reader = RowReader(partners, source=source, sender=sender)
    for line, fields in enumerate(found if isinstance(found, list) else [found], 1):
        if isinstance(fields, dict):
            yield reader.read(line, fields)
        else:
            yield Rejection(line, "malformed_row", "The record is JSON, but no object.")


def _parsed(content: bytes) -> object:
    try:
        found: object = parse_document(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DocumentMalformed("The body is not UTF-8: send JSON as UTF-8.") from None
    except JsonTooDeep as error:
        raise DocumentTooDeep(f"The body is refused: {error}.") from None
    except JsonRefused as error:
        raise DocumentMalformed(f"The body is no JSON: {error}.") from None
    if not isinstance(found, (dict, list)):
        raise DocumentMalformed("The body is JSON, but no object and no list of objects.")
    return found
