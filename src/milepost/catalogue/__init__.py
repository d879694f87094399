"""Programmes, partners, promotions and segments as files; see loading.py."""

from milepost.catalogue.loading import load_partners, load_programme, load_promotions, read_promotions
from milepost.catalogue.problems import CatalogueError, Problem
from milepost.catalogue.promotion_checks import check_promotions
from milepost.catalogue.segment_file import load_segments, read_segment_rules

__all__ = [
    "CatalogueError",
    "Problem",
    "check_promotions",
    "load_partners",
    "load_programme",
    "load_promotions",
    "load_segments",
    "read_promotions",
    "read_segment_rules",
]
