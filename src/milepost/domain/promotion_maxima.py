"""The largest numbers a promotion can say: what the book's fields hold, or what keeps judging bounded.

The catalogue refuses more with file and line, codec/terms_check.py with the name, the book in the end.
Source: contracts/libraries/TermsLib.sol.
"""

from milepost.domain.promotion_terms import NO_BUDGET

LEAST_MULTIPLE_BPS = 10_001
MOST_MULTIPLE_BPS = 1_000_000
"""Largest multiple of base, 100 times, in basis points."""
MOST_AMOUNT_MINOR = (1 << 40) - 1
"""Largest amount, minor units: an eligible amount's field."""
MOST_BUDGET = NO_BUDGET - 1
"""Largest budget, miles; the number above it stands for none."""
MOST_CEILING = (1 << 24) - 1
"""Largest ceiling of a purchase, miles: what four grants can reach."""
MOST_ROWS = 8
"""Most rows of a table; each is a word of the terms that every judging reads."""
MOST_VISITS = (1 << 12) - 1
"""Largest number of a visit: the field that counts them holds no more."""
MOST_OUTLETS_COUNTED = 32
"""Most outlets whose visits one promotion counts: 4 bits each, and its progress stands in one page."""
MOST_OUTLET_MASKS = 64
"""Most partners at which one promotion names outlets; the book holds a mask for each."""
MOST_EXCEPT_DAYS = 32
"""Most days that a window leaves out; they are looked through for each purchase."""
MOST_AWARDS_A_DAY = (1 << 8) - 1
"""Most awards a member and day that can be counted."""
MOST_AWARDS_A_MEMBER = (1 << 16) - 1
MOST_AWARDS = (1 << 32) - 1
"""Most awards over all members, first members, and miles at one outlet."""
MOST_SEGMENT = 31
"""Highest bit of a member's segments; the account word has 32 of them."""
