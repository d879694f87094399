"""Names of other systems: each leads to one outlet, and times to what its clock showed."""

from zoneinfo import ZoneInfo

import pytest

from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.feeds.outside import EventRefused, Outside, local_time, member_of
from tests.support.programme import a_partner
from tests.support.square_events import LOCATION, SQUARE

HONG_KONG = ZoneInfo("Asia/Hong_Kong")


def test_place__known_id__is_its_outlet() -> None:
    place = Outside([a_partner(feeds=(SQUARE,)), a_partner("tamarind")], FeedSystem.SQUARE).place(LOCATION)
    assert (place.partner.code, place.outlet.code) == ("putien", "causeway-bay")


def test_place__id_of_two_partners__is_nobodys() -> None:
    outside = Outside([a_partner(feeds=(SQUARE,)), a_partner("tamarind", feeds=(SQUARE,))], FeedSystem.SQUARE)
    with pytest.raises(EventRefused, match="Several partners have"):
        outside.place(LOCATION)


def test_place__outlet_that_is_not_deployed__is_unknown() -> None:
    gone = FeedConnection(FeedSystem.SQUARE, ((LOCATION, "closed"),))
    with pytest.raises(EventRefused, match="No outlet of a partner has the square id"):
        Outside([a_partner(feeds=(gone,))], FeedSystem.SQUARE).place(LOCATION)


@pytest.mark.parametrize(
    "text", ["2018-05-14T04:30:05Z", "2018-05-14T04:30:05.9+0000", "2018-05-14t00:30:05-04:00"]
)
def test_local_time__however_written__is_the_outlets(text: str) -> None:
    assert local_time(text, HONG_KONG) == "2018-05-14T12:30:05+08:00"


@pytest.mark.parametrize("text", [None, 7, "", "2018-05-14", "2018-05-14T24:61:00Z", "9999-12-31T23:59:59Z"])
def test_local_time__no_time__is_refused(text: object) -> None:
    with pytest.raises(EventRefused):
        local_time(text, HONG_KONG)


@pytest.mark.parametrize(
    "member", ["1000000001", "5551234567", "M0054", "12-34", "0xabc", "CUST 7", "123-456-7"]
)
def test_member_of__membership_number__is_kept(member: str) -> None:
    assert member_of(member) == member


@pytest.mark.parametrize(
    "member",
    [
        "a@b",
        "+14155550100",
        "+852 5555 0100",
        "(415) 555-0100",
        "415-555-0100",
        "1.415.555.0100",
        "tel:5550100",
    ],
)
def test_member_of__contact__is_refused_and_not_shown(member: str) -> None:
    with pytest.raises(EventRefused) as refused:
        member_of(member)
    assert member not in str(refused.value)
