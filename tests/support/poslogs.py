"""POSLog files as ARTS describes them; every value is of our own making.

Source of the shape: ARTS (NRF) POSLog V6.0 Narrative Documentation, and what registers of several makers
write (docs.oracle.com, Retail Customer Engagement, "Transactions"; github.com/kjbreil/poslog).
"""

from milepost.domain.feed_connection import FeedConnection, FeedSystem

NAMESPACE = 'xmlns="http://www.nrf-arts.org/IXRetail/namespace/"'
POSLOG = FeedConnection(FeedSystem.POSLOG, (("1001", "causeway-bay"), ("1002", "soho")))
LOYALTY = "<LoyaltyAccount><LoyaltyAccountID>1000000001</LoyaltyAccountID></LoyaltyAccount>"
SOLD = "<LineItem><Sale><ExtendedAmount>560.00</ExtendedAmount></Sale></LineItem>"
TAX = "<LineItem><Tax><Amount>56.00</Amount></Tax></LineItem>"


def total_of(amount: str = "616.00", kind: str = "TransactionGrandAmount") -> str:
    return f'<Total TotalType="{kind}">{amount}</Total>'


def link_to(sequence: str = "41", reason: str = "Return", day: str = "2018-05-14") -> str:
    return (
        f'<TransactionLink ReasonCode="{reason}"><RetailStoreID>1001</RetailStoreID>'
        f"<WorkstationID>7</WorkstationID><SequenceNumber>{sequence}</SequenceNumber>"
        f"<BusinessDayDate>{day}</BusinessDayDate></TransactionLink>"
    )


def returned(link: str = "") -> str:
    return f"<LineItem><Return><ExtendedAmount>100.00</ExtendedAmount>{link or link_to()}</Return></LineItem>"


def transaction_of(
    body: str = SOLD + TAX + total_of() + LOYALTY,
    *,
    attributes: str = "",
    store: str = "1001",
    sequence: str = "41",
    ended: str = "2018-05-14T12:30:05",
    retail: str = "RetailTransaction",
    further: str = "",
) -> str:
    """A sale of HK$616.00 with HK$56.00 of tax; only what a test states is other."""
    return (
        f"<Transaction {attributes}><RetailStoreID>{store}</RetailStoreID><WorkstationID>7</WorkstationID>"
        f"<SequenceNumber>{sequence}</SequenceNumber><BusinessDayDate>2018-05-14</BusinessDayDate>"
        f"<EndDateTime>{ended}</EndDateTime>{further}<{retail}>{body}</{retail}></Transaction>"
    )


def poslog_of(*transactions: str, namespace: str = NAMESPACE) -> bytes:
    """A file of these transactions; without any, of one sale."""
    inner = "\n".join(transactions or (transaction_of(),))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<POSLog {namespace}>\n{inner}\n</POSLog>\n'.encode()
