"""LiteLLM's functions, set up as docs/clients.md says."""

import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openai
from stage import Told, failure, inline, linked, play

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else the import asks the network for prices

import litellm

litellm.suppress_debug_info = True
FOLDER = tempfile.TemporaryDirectory()


def act(script: Told, scenario: Told) -> Told:
    call = {"generate": litellm.image_generation, "edit": litellm.image_edit}[scenario["call"]]
    os.environ.update(OPENAI_BASE_URL=script["base_url"], OPENAI_API_KEY=script["key"])
    told = {"api_base": script["base_url"], "api_key": scenario.get("key") or script["key"]}
    try:
        reply = call(
            **scenario["args"],
            **{name: picture(shown) for name, shown in scenario.get("files", {}).items()},
            **({} if scenario.get("environment") else told),
        )
    except openai.OpenAIError as err:
        return {"error": failure(err)}
    data = [linked(one.url) if one.url else inline(one.b64_json) for one in reply.data]
    return {"reply": {"created": reply.created, "data": data}}


def picture(shown: Any) -> Any:
    """Bytes in memory or, if wanted, an open file; a list for several."""
    if isinstance(shown, list):
        return [picture(one) for one in shown]
    content = bytes.fromhex(shown["hex"])
    if not shown["file"]:
        return BytesIO(content)
    with tempfile.NamedTemporaryFile(suffix=".png", dir=FOLDER.name, delete=False) as new:
        new.write(content)
    return Path(new.name).open("rb")


play(act)
