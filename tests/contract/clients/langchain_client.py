"""LangChain's DallEAPIWrapper, set up as docs/clients.md says."""

import os
import warnings

import openai
from stage import Told, Wire, failure, linked, play

with warnings.catch_warnings():
    # The package says at every import that nobody looks after it any more.
    warnings.simplefilter("ignore", DeprecationWarning)
    from langchain_community.utilities.dalle_image_generator import DallEAPIWrapper


def act(script: Told, scenario: Told) -> Told:
    os.environ["OPENAI_API_KEY"] = scenario.get("key") or script["key"]
    os.environ["OPENAI_API_BASE"] = script["base_url"]
    wire = Wire()
    wrapper = DallEAPIWrapper(**scenario["args"])
    wrapper.client._client._client.event_hooks = {"request": [wire.hook]}
    try:
        links = wrapper.run(scenario["prompt"])
    except (openai.APIError, TypeError) as err:
        return {"error": failure(err), "sent": wire.sent}
    return {"reply": {"data": [linked(url) for url in links.split("\n")]}, "sent": wire.sent}


play(act)
