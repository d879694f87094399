"""What is said of a copy that a reporter does not take: who, why, and what to do."""

import pytest

from milepost.domain.quantities import PartnerCode
from milepost.web.copy_answers import CopyAnswer, Taken
from milepost.web.copy_remedies import CopyRefusal


@pytest.mark.parametrize(
    ("target", "status", "code", "said"),
    [
        (b"/v1/feeds/square", 401, "bad_signature", "401 bad_signature: give it the feeds' secrets"),
        (b"/v1/purchases", 401, "bad_signature", "401 bad_signature: give it this partner's keys"),
        (b"/v1/files?a=b", 401, "unknown_key", "401 unknown_key: give it this partner's keys"),
        (b"/v1/purchases", 404, "not_found", "name the file of partners' keys there"),
        (b"/v1/purchases", 200, "unknown_outlet", "give it this partner's agreement"),
        (b"/v1/purchases", 503, "unavailable", "it is asked again"),
        (b"/v1/purchases", 502, "", "502: see its log"),
    ],
)
def test_sentence__each_answer__names_the_place_and_what_to_do(
    target: bytes, status: int, code: str, said: str
) -> None:
    answer = CopyAnswer(Taken.NOT_YET, status, code)
    sentence = CopyRefusal(2, PartnerCode("soup-house"), target, answer).sentence()
    assert sentence.startswith("The reporter at place 2 refuses copies of soup-house, ")
    assert said in sentence and sentence.endswith(".") and "?" not in sentence
