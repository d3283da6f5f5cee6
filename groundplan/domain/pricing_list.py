"""A price list: what models, tools and resources cost, in one currency.

currency = "USD"

[rates]                    # one unit of the other currency, in `currency`
EUR = 1.10

[models]                   # 1,000 tokens, by how the model's name begins
"ollama:" = 0
"openai:gpt" = 0.02

[tools]                    # one call
"web.search" = { price = 0.01, currency = "EUR" }

[resources]                # one unit for an hour
cpu_cores = 0.04
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_HOUR = 3600.0


class _Price(Frozen):
    """A price in a currency of its own."""

    price: NonNegativeFloat
    currency: Currency


class _Written(Frozen):
    """A price list as it is written: prices may be in several currencies."""

    currency: Currency = "USD"
    rates: dict[Currency, PositiveFloat] = Field(default_factory=dict)
    models: dict[str, NonNegativeFloat | _Price] = Field(default_factory=dict)
    tools: dict[str, NonNegativeFloat | _Price] = Field(default_factory=dict)
    resources: dict[str, NonNegativeFloat | _Price] = Field(default_factory=dict)


class PriceList(Frozen):
    """Prices, all in `currency`: 1,000 tokens by the beginning of a model's name, one call of a tool, one unit of a
    resource for an hour. `rates` say what one unit of another currency is in this one."""

    currency: Currency = "USD"
    rates: dict[Currency, PositiveFloat] = Field(default_factory=dict)
    models: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    tools: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    resources: dict[str, NonNegativeFloat] = Field(default_factory=dict)

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """The price list of a parsed file.

        Raises:
            PlanningError: E5806 if it is none, with each thing that is wrong; E5505 for a price in a currency that has
                no rate.
        """
        try:
            known = _Written.model_validate(written)
        except ValidationError as error:
            raise _unusable(error) from None
        plain = cls(currency=known.currency, rates=known.rates)
        parts = {"models": known.models, "tools": known.tools, "resources": known.resources}
        return plain.model_copy(update={part: plain._all_plain(prices) for part, prices in parts.items()})

    def has_rate(self, currency: str) -> bool:
        """Whether amounts in this currency can be converted."""
        return currency == self.currency or currency in self.rates

    def converted(self, amount: float, currency: str) -> float:
        """An amount of another currency in this list's. Raises PlanningError E5505 without a rate."""
        if currency == self.currency:
            return amount
        rate = self.rates.get(currency)
        if rate is None:
            raise PlanningError(
                ErrorCode.CURRENCY_MIXED,
                f"There are costs in {currency} and in {self.currency}, and no rate between them",
                details={"currency": currency, "expected": self.currency, "rates": dict(self.rates)},
                recovery_suggestion=f"Add {currency} to [rates] of the price file, or give costs in {self.currency}.",
            )
        return amount * rate

    def cost_of_resources(self, amounts: Mapping[str, float], seconds: float) -> float:
        """What these amounts cost for so long; what has no price costs nothing here."""
        return sum(self.resources.get(name, 0.0) * amount for name, amount in amounts.items()) * seconds / _HOUR

    def _all_plain(self, prices: Mapping[str, float | _Price]) -> dict[str, float]:
        return {
            name: self.converted(price.price, price.currency) if isinstance(price, _Price) else price
            for name, price in prices.items()
        }


NO_PRICES = PriceList()


def _unusable(error: ValidationError) -> PlanningError:
    problems = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    return PlanningError(
        ErrorCode.SETTINGS_INVALID,
        f"The price file cannot be used: {problems[0]}",
        details={"errors": problems},
        recovery_suggestion="See docs/resources.md for what a price file looks like.",
    )
