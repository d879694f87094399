"""docs/feeds.md and examples/feeds: what they say is what is read."""

import re
from pathlib import Path

from milepost.catalogue import load_partners
from milepost.domain.feed_connection import FeedSystem
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds import event_body, poslog
from milepost.feeds.files import read_feed

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "feeds" / "soup-house.yaml"


def test_example__partner_file__connects_every_system() -> None:
    (partner,) = load_partners([EXAMPLE])
    assert [feed.system for feed in partner.feeds] == [*FeedSystem]


def test_example__poslog__is_a_sale_and_its_refund() -> None:
    (partner,) = load_partners([EXAMPLE])
    records = list(read_feed(EXAMPLE.with_suffix(".xml"), {partner.code: partner}))
    found = [record.purchase for record in records if isinstance(record, SubmittedPurchase)]
    assert [(one.kind.name, one.sale_ref, one.gross_minor) for one in found] == [
        ("SALE", "1002-3-20180514-118", 5008),
        ("REFUND", "1002-3-20180515-131", 1200),
    ]
    assert found[1].original_sale_ref == found[0].sale_ref
    assert found[0].sale_ref in PAGE


def test_page__block_of_the_file__is_the_examples() -> None:
    block = re.search(r"^    feeds:\n(?:    .*\n)+", PAGE, re.MULTILINE)
    assert block is not None
    assert re.sub(r"^    ", "", block[0], flags=re.MULTILINE) in EXAMPLE.read_text(encoding="utf-8")


def test_page__bounds_and_codes__are_those_of_the_code() -> None:
    assert f"{poslog.MOST_DEPTH} elements deep, {poslog.MOST_ELEMENTS:,} elements" in PAGE
    assert f"{poslog.MOST_TRANSACTION_BYTES >> 20} MiB a transaction" in PAGE
    assert f"larger than {event_body.MOST_EVENT_BYTES >> 20} MiB" in PAGE
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src/milepost/feeds").glob("*.py")]
    own = re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)
    assert own == [
        "unknown_outlet",
        "malformed_event",
        "unlinked_refund",
        "mixed_transaction",
        "malformed_xml",
    ]
    assert all(any(f'"{code}"' in source for source in sources) for code in own)
