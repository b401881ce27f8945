"""What is left of the rate limits, for answers of image routes that took nothing from them."""

from typing import Final

from adapters.openai.errors import ApiError
from adapters.store.client import Store, StoreRefused, StoreSilent
from service.allowance import rate_headers, rates_of
from service.keyspace import Keyspace
from service.scripts import RATES
from service.visit import Visit

UNAVAILABLE: Final = 503  # a store that is silent is not asked again: the answer would be late


async def tell_rates(
    store: Store, names: Keyspace, visit: Visit, *, model: str, refusal: ApiError | None = None
) -> None:
    """Put them into the visit, unless its answer says them already. A request that was refused
    before its model was known is told those of `model`.
    """
    said = visit.rates or (refusal is not None and _says_rates(refusal))
    if visit.project is None or said or (refusal and refusal.shape.status == UNAVAILABLE):
        return
    model = visit.model or model
    keys = [names.rate(project=visit.project, model=model)]
    try:
        rates = await store.run(RATES, keys, [names.root, visit.project, model])
    except (StoreSilent, StoreRefused):
        return
    visit.rates = rate_headers(rates_of(rates.decode()))


def _says_rates(refusal: ApiError) -> bool:
    return any(name.startswith("x-ratelimit-") for name, _ in refusal.headers)
