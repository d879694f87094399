"""What became of a report's purchases, as the chain in memory writes it under its root.

`fake_chain.py` settles by the domain and writes leaves by the codec, as the contracts do.
"""

from collections.abc import Sequence

from milepost.codec.receipt_leaf import leaf, settled_words
from milepost.domain.books import Books
from milepost.domain.receipt import Basis, Settled, SettledSection
from milepost.domain.report import Report


def sections_of(report: Report, settled: Sequence[Settled], books: Books) -> list[SettledSection]:
    """What became of each purchase, with the terms that stand for its partner."""
    results = iter(settled)
    sections = []
    for section in report.sections:
        terms = books.partners[section.partner_id]
        basis = Basis(terms.earn.miles, terms.earn.per_minor, terms.offer_set)
        sections.append(SettledSection(basis, tuple(next(results) for _ in section.entries)))
    return sections


def leaves_of(report: Report, sections: Sequence[SettledSection]) -> list[bytes]:
    """The leaves of a report's receipts, in order of its entries."""
    settled = (one for section in sections for one in section.settled)
    return [leaf(*settled_words(placed, one)) for placed, one in zip(report.placed(), settled, strict=True)]
