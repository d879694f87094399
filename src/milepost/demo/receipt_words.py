"""Puts a member receipt into words."""

from milepost.chain.deployment_file import Deployment
from milepost.domain.receipt import MemberReceipt
from milepost.domain.calendar import date_of


def receipt_words(receipt: MemberReceipt, deployment: Deployment) -> list[tuple[str, str]]:
    return [("x", "y")]
