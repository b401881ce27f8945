"""One client request in work: what of it has ended, and what is still to come."""

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Outcome
from adapters.ideogram.wire import Payload
from adapters.translate.plan import Candidate, Plan
from config.money import MicroUSD, total
from service.ledger import Folio, Held, Leg, Verb
from service.ticket import Ticket


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """One call's end: images `first` .. `first + images - 1` of the order; none of a call that came
    before them.
    """

    call: int
    first: int
    images: int
    outcome: Outcome
    verb: Verb
    amount: MicroUSD  # micro-USD: posted, or parked; 0 when void


class Order:
    """`ended` grows, in order of time; `news()` says each end once, as it comes."""

    def __init__(
        self,
        folio: Folio,
        plan: Plan,
        held: Held,
        supplier: Ideogram,
        *,
        ticket: Ticket | None = None,
    ) -> None:
        self.folio = folio
        self.plan = plan
        self.held = held
        self.supplier = supplier  # the one it began with, also over a reload
        self.ended: list[Ended] = []
        self.ticket = ticket  # whose repeats may find it; None: nobody's
        self.joined: Literal["key", "claim"] | None = None  # another request has placed it
        self.late = False  # its caller was told that the time is over
        self._running = len(held.calls)
        self._cut = 0 if plan.lead else sum(held.calls)
        self._news: asyncio.Queue[Ended | None] = asyncio.Queue()
        self._over = asyncio.Event()

    @property
    def id(self) -> str:
        return self.folio.order

    @property
    def candidate(self) -> Candidate:
        """Who draws it."""
        return self.plan.candidates[0]

    @property
    def uncut(self) -> int:
        """Images that no call has yet."""
        return self.plan.images - self._cut

    def leads(self, call: int) -> bool:
        """Whether this call comes before the images, which need its text."""
        return call == 0 and self.plan.lead is not None

    def payload(self, call: int, first: int, images: int) -> Payload:
        lead = self.plan.lead
        maker = lead.candidates[0] if lead is not None and call == 0 else self.candidate
        return maker.payload(first, images)

    def learn(self, texts: Sequence[str]) -> bool:
        """The first call's text becomes the images' prompt; False when it has none to give."""
        lead = self.plan.lead
        text = " ".join(texts).strip()
        if lead is None or not text:
            return False
        self.plan = msgspec.structs.replace(self.plan, candidates=lead.then(text))
        return True

    def expected(self, leg: Leg, images: int) -> MicroUSD:
        """What the store books for a leg of so many images: for answers before it could."""
        lead = self.leads(leg.call)
        price = (self.held.lead_prices if lead else self.held.prices).get(
            leg.upstream, self.held.unit
        )
        if leg.verb == "park":
            return total(price, images)
        by_input = lead or self.candidate.unit == "input"
        charged = self.held.terms.charged(leg.billed, leg.withheld)
        units = min(charged, 1) if by_input else charged
        return total(price, min(units, images)) if leg.verb == "post" else MicroUSD(0)

    def went_on(self, images: int) -> int:
        """A further call begins; says the index of its first image."""
        first = self._cut
        self._cut += images
        self._running += 1
        return first

    def end(self, ended: Ended) -> None:
        self.ended.append(ended)
        self._news.put_nowait(ended)

    def call_over(self) -> None:
        """After `end`, and after `went_on` where a further call begins."""
        self._running -= 1
        if self._running == 0:
            self.finish()

    def finish(self) -> None:
        """Nothing more is to come."""
        self._news.put_nowait(None)
        self._over.set()

    async def over(self) -> None:
        """Wait until every call has ended."""
        await self._over.wait()

    async def news(self) -> Ended | None:
        """The next end of a call; None when there is no more to come. For one listener."""
        return await self._news.get()
