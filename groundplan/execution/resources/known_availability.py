"""What a service said a moment ago that there is, kept right by what this client takes and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from groundplan.execution.resources.allocation import Availability, Offer


class KnownAvailability:
    """The last answer, for `seconds`. What others take meanwhile is not known; whoever allocates is told by that."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: Availability | None = None
        self._until = 0.0
        self._mine: dict[str, Mapping[str, float]] = {}

    def get(self) -> Availability | None:
        """The answer, if it is recent."""
        return self._known if self._clock() < self._until else None

    def put(self, answer: Availability) -> Availability:
        """Keep a new answer."""
        self._known, self._until = answer, self._clock() + self._seconds
        return answer

    def took(self, allocation_id: str, amounts: Mapping[str, float]) -> None:
        """This client has been granted so much under this id."""
        before = self._mine.get(allocation_id, {})
        self._mine[allocation_id] = dict(amounts)
        self._add({name: before.get(name, 0.0) - amounts.get(name, 0.0) for name in {*before, *amounts}})

    def gave_back(self, allocation_id: str) -> None:
        """This client has released it."""
        self._add(self._mine.pop(allocation_id, {}))

    def forget(self) -> None:
        """More has changed than is known."""
        self._until = 0.0

    def _add(self, amounts: Mapping[str, float]) -> None:
        if self._known is not None and amounts:
            offers = [_with(offer, amounts.get(offer.name, 0.0)) for offer in self._known.offers]
            self._known = self._known.model_copy(update={"offers": offers})


def _with(offer: Offer, more: float) -> Offer:
    """The offer with so much more free. Of a rate limit nothing comes back by being released."""
    if more == 0 or (more > 0 and offer.per_seconds is not None):
        return offer
    return offer.model_copy(update={"free": min(max(0.0, offer.free + more), offer.capacity)})
