"""From a picture to be varied to two priced calls: describe it, then remix it with that text."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit
from adapters.translate import describing, edits, serving
from adapters.translate.assembly import unless_strict
from adapters.translate.fields import Terms
from adapters.translate.plan import Candidate, Inputs, Lead, Plan, Rules, Warn
from config.catalogue import Catalogue, Upstream

WEIGHT: Final = 70  # nearer to the input than an edit without a mask (ideogram-upstream 8.4)


def plan_variation(
    ask: Edit, inputs: Inputs, catalogue: Catalogue, upstreams: Sequence[Upstream], rules: Rules
) -> Plan:
    """As `quote.plan`: n remixes, led by a description.

    The plan's own payloads have no prompt yet: only those of `lead.then(text)` may be sent.
    """
    describing.refuse_pictures(ask, inputs, "a variation")
    terms = Terms(catalogue, upstreams, rules)
    remix = msgspec.structs.replace(ask, prompt="", describe_model_version=None)
    warnings = [*inputs.warnings]
    if ask.prompt.strip():
        message = "prompt was not used: the text of a variation is a description of its image."
        warnings.append(Warn("prompt_ignored", "prompt", message))
    found = edits.planned(remix, inputs, "remix", terms, warnings, weight=WEIGHT)
    asked = serving.row(ask.model or catalogue.default_model, catalogue)
    version = () if ask.describe_model_version is None else ("describe_model_version",)
    model, offers = describing.described(ask, version, inputs, asked, terms)

    both = {one.upstream.name for one in offers} & {one.upstream.name for one in found.candidates}
    if not both:
        message = "No upstream here both describes and remixes, which a variation needs."
        raise ApiError("operation_not_offered", message, param="model")

    def then(text: str) -> tuple[Candidate, ...]:
        told = msgspec.structs.replace(remix, prompt=text)
        made = edits.planned(told, inputs, "remix", terms, [], weight=WEIGHT)
        return _of(both, made.candidates)

    lead = Lead(model=model, operation="describe", candidates=_of(both, offers), then=then)
    candidates = _of(both, found.candidates)
    found = msgspec.structs.replace(
        found, source="image.variation", candidates=candidates, lead=lead
    )
    return unless_strict(found, rules)


def _of(names: Collection[str], candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Both calls of an order go to one account, whose places they take."""
    return tuple(one for one in candidates if one.upstream.name in names)
