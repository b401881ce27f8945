"""From a generation as asked to what will be sent, to whom, and what it costs."""

from collections.abc import Sequence
from functools import partial

from adapters.openai.requests import Generate
from adapters.translate import fields, fitting, options, references, serving
from adapters.translate.assembly import Sketch, assemble, unless_strict
from adapters.translate.fields import Terms
from adapters.translate.plan import Plan, Rules, Warn
from config.catalogue import Catalogue, Upstream


def plan(ask: Generate, catalogue: Catalogue, upstreams: Sequence[Upstream], rules: Rules) -> Plan:
    """ApiError, naming the parameter, for what cannot be drawn; a warning for what is changed.

    `upstreams` stand in the order in which they are to be tried; so do the plan's candidates.
    """
    asked_model = ask.model or catalogue.default_model
    asked = serving.row(asked_model, catalogue)
    model = serving.booked(asked, "generate", catalogue, "model")
    terms = serving.offered("generate", Terms(catalogue, upstreams, rules), "model")
    wanted = fields.given(ask)
    options.refuse_exclusive(wanted)
    served = fields.served(wanted, model, "generate", terms)
    warnings: list[Warn] = []
    fit = fitting.fit(ask, served, warnings)
    largest = max(one.max_file for one in served.upstreams)
    files = references.files(ask.style_reference_images or (), largest)
    sketch = Sketch(
        asked_model=asked_model,
        source="image.generation",
        fit=fit,
        pixels=fitting.pixels(fit, served),
        wanted=wanted,
        files=files,
        too_large=partial(references.too_large, files),
    )
    return unless_strict(assemble(ask, served, sketch, warnings), rules)
