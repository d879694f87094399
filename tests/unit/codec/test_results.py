"""A settlement's results read back, and bytes of another form are refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.codec.entry import entry_word
from milepost.codec.receipt_leaf import amended_word, basis_word
from milepost.codec.results import decode_results, decode_sections, encode_results, is_claim
from milepost.domain.errors import ResultsMalformed
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Amendment, Basis, Grant, Settled, SettledSection
from milepost.domain.report import Attachment, Report, Section
from tests.support.purchases import an_entry

BASIS = Basis(1, 400, 7)
"""Of the section."""
FORMER = Basis(2, 500, 3)
"""Of the receipt that an amendment brings."""
AMENDMENT = Amendment(9, 300, 100, 1_526_256_000, 4, 0x2C8, returned=25)

grants = st.builds(
    Grant,
    st.integers(1, 65_535),
    st.sampled_from(Cut),
    st.integers(0, (1 << 22) - 1),
    st.integers(0, (1 << 22) - 1),
)
words32 = st.integers(0, (1 << 32) - 1)
amendments = st.builds(
    Amendment,
    st.integers(1, (1 << 40) - 1),
    st.integers(0, (1 << 40) - 1),
    st.integers(0, (1 << 40) - 1),
    st.integers(0, (1 << 40) - 1),
    st.integers(0, (1 << 12) - 1),
    st.integers(0, (1 << 12) - 1),
    words32,
    words32,
)
settled = st.builds(
    Settled,
    st.sampled_from(Outcome),
    st.integers(0, (1 << 28) - 1),
    st.integers(0, 65_535),
    st.lists(grants, max_size=4).map(tuple),
    debt_offset=words32,
    counted=st.integers(0, 65_535),
    amendment=st.none() | amendments,
)


def _attachment(member: int = 1) -> Attachment:
    sold = Settled(Outcome.CREDITED, 100, 9, basis=FORMER)
    return Attachment(0, 1, entry_word(an_entry(member=member)), 0, 0, basis_word(sold), 0)


def _report(count: int = 1, *, member: int = 1, attached_member: int = 1) -> Report:
    entry = an_entry(kind=PurchaseKind.AMEND, member=member)
    section = Section(1, 1, 0, (entry,) * count)
    return Report(0, 1, (section,), (_attachment(attached_member),) * count)


SALE = Report(0, 1, (Section(1, 1, 0, (an_entry(),)),))
HEADER = "0001" + "00000190" + "000007"


@given(st.lists(settled, min_size=1, max_size=6))
def test_decode_results__any_results__are_the_inverse(all_settled: list[Settled]) -> None:
    report = _report(len(all_settled))
    results = encode_results([SettledSection(BASIS, tuple(all_settled))])
    assert decode_results(results, report) == all_settled
    assert encode_results(decode_sections(results, report)) == results


def test_encode_results__all_that_can_follow__stands_as_the_format_says() -> None:
    grant = 2 << 48 | 12 << 44 | 500 << 22 | 3
    one = Settled(
        Outcome.REVERSED,
        150,
        10_363,
        (Grant(2, Cut.PREPAID, 500, 3),),
        debt_offset=5,
        counted=0x8001,
        amendment=AMENDMENT,
    )
    follows = f"{grant:016x}" + "8001" + "00000005" + "00000019" + "00000000"
    assert encode_results([SettledSection(BASIS, (one,))]).hex() == (
        HEADER + "09" + "00000096" + "287b" + "39" + follows + f"{amended_word(AMENDMENT):064x}"
    )
    bare = replace(one, debt_offset=0, counted=0, amendment=None, grants=())
    assert (
        encode_results([SettledSection(BASIS, (bare,))]).hex() == HEADER + "09" + "00000096" + "287b" + "00"
    )


def test_decode_results__two_sections__each_purchase_has_the_terms_of_its_own() -> None:
    report = Report(0, 1, (Section(1, 1, 0, (an_entry(), an_entry())), Section(2, 1, 0, (an_entry(),))))
    one = Settled(Outcome.CREDITED, 1, 9)
    results = encode_results([SettledSection(BASIS, (one, one)), SettledSection(FORMER, (one,))])
    assert [found.basis for found in decode_results(results, report)] == [BASIS, BASIS, FORMER]


@pytest.mark.parametrize(
    ("report", "amendment", "basis"),
    [
        (_report(), AMENDMENT, FORMER),
        (_report(), None, BASIS),
        (_report(attached_member=0), AMENDMENT, BASIS),
        (_report(member=0, attached_member=0), AMENDMENT, FORMER),
    ],
    ids=["took effect", "changed nothing", "claim", "of nobody still"],
)
def test_decode_results__amendment__is_judged_by_the_receipt_it_brings_unless_it_claims(
    report: Report, amendment: Amendment | None, basis: Basis
) -> None:
    one = Settled(Outcome.CREDITED, 1, 9, amendment=amendment)
    (found,) = decode_results(encode_results([SettledSection(BASIS, (one,))]), report)
    assert found.basis == basis


def test_is_claim__refund_of_nobodys_sale__is_none() -> None:
    (placed,) = _report(attached_member=0).placed()
    assert is_claim(placed)
    refund = replace(placed, entry=replace(placed.entry, kind=PurchaseKind.REFUND))
    assert not is_claim(refund) and not is_claim(replace(placed, attachment=None))


@pytest.mark.parametrize(
    "changed",
    [
        "",
        HEADER[:-2],
        HEADER + "00",
        HEADER + "00000000960000",
        HEADER + "0000000096287b01",
        HEADER + "0f00000000000000",
        HEADER + "0000000096287b05" + "00" * 40,
        HEADER + "0000000096287b40",
        HEADER + "0000000096287b01" + f"{1 << 48 | 13 << 44:016x}",
        HEADER + "0000000096287b08" + "00",
        HEADER + "0000000096287b20" + "00" * 39,
        HEADER + "0000000096287b20" + "00" * 8 + f"{1 << 216:064x}",
        HEADER + "0000000096287b00" + "00",
    ],
    ids=[
        "nothing",
        "8 bytes of a section",
        "one byte",
        "7 bytes",
        "no grant",
        "outcome 15",
        "five grants",
        "unknown flag",
        "cut 13",
        "half a count",
        "39 bytes of an amendment",
        "amendment of a sale",
        "more than the report holds",
    ],
)
def test_decode_results__other_form__is_refused(changed: str) -> None:
    with pytest.raises(ResultsMalformed):
        decode_results(bytes.fromhex(changed), SALE)


def test_decode_results__amendment_without_a_sale__is_refused() -> None:
    with pytest.raises(ResultsMalformed, match="names no sale"):
        decode_results(bytes.fromhex(HEADER + "0900000096287b20" + "00" * 40), _report())
