"""The plan cache of two levels: in this process, and in Redis."""

from groundplan.stores.cache.two_level import TwoLevelPlanCache

__all__ = ["TwoLevelPlanCache"]
