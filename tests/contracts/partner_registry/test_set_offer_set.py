"""setPromotionBook, setOfferSet: who names a partner's promotions.

given a promotion book
  when another is named                             then it alone may name offer sets, and the former may not
  when it names a partner's set                     then the partner carries it, and others keep theirs
  when there is no such partner                     then PartnerUnknown
"""

from tests.support.contract_programme import OPEN_PARTNER, PREPAID_PARTNER, Programme, open_terms
from tests.support.refusals import refuses


def test_set_promotion_book__another__takes_the_place_of_the_former(programme: Programme) -> None:
    promotion = programme.publish(open_terms(programme.now))
    programme.offer(OPEN_PARTNER, promotion)
    tx = programme.registry.setPromotionBook(programme.relayer, sender=programme.manager)
    (event,) = tx.decode_logs(programme.registry.PromotionBookSet)
    assert event.promotionBook == programme.registry.promotionBook() == programme.relayer
    with refuses("PartnerCallerNotPromotionBook", caller=programme.book.address):
        programme.offer(PREPAID_PARTNER, promotion)
    assert programme.registry.partnerOf(OPEN_PARTNER).offerSet == 1


def test_set_offer_set__by_the_book__is_that_partners_alone(programme: Programme) -> None:
    programme.registry.setPromotionBook(programme.relayer, sender=programme.manager)
    tx = programme.registry.setOfferSet(OPEN_PARTNER, 7, sender=programme.relayer)
    (event,) = tx.decode_logs(programme.registry.OfferSetAssigned)
    assert (event.partner, event.offerSet) == (OPEN_PARTNER, 7)
    assert [programme.registry.partnerOf(one).offerSet for one in (OPEN_PARTNER, PREPAID_PARTNER)] == [7, 0]


def test_set_offer_set__unknown_partner__is_refused(programme: Programme) -> None:
    programme.registry.setPromotionBook(programme.relayer, sender=programme.manager)
    with refuses("PartnerUnknown", partner=99):
        programme.registry.setOfferSet(99, 1, sender=programme.relayer)
