"""Requests that bring a picture: edits, variations and descriptions, from forms and from JSON."""

from typing import Final

from adapters.openai.asked import Asked, asked_json
from adapters.openai.edit_fields import (
    DESCRIPTION_FORM,
    DESCRIPTION_JSON,
    EDIT_FORM,
    EDIT_JSON,
    VARIATION_FORM,
)
from adapters.openai.errors import ApiError
from adapters.openai.form import Parts
from adapters.openai.near import UnknownRule
from adapters.openai.parts import asked_form
from adapters.openai.requests import Edit

# JS SDKs before 7 leave a Blob without a name out of the form (openai-images 2a).
_NO_PART: Final = (
    "image is required: send the picture as a file part. Older Node SDKs send a Blob without a "
    "name as nothing: wrap it with `await toFile(blob, 'image.png')`."
)
_NO_ENTRY: Final = (
    'images is required: send {"images": [{"image_url": "data:image/png;base64,..."}]}, or a form '
    "with a file part named image."
)


def read_edit_form(parts: Parts, *, unknown_parameters: UnknownRule) -> Edit:
    """One edit from a form. Raises ApiError, status 400, for everything else.

    A prompt may be absent: which operation needs one is not known here.
    """
    return _edit_of_form(asked_form(parts, EDIT_FORM, unknown_parameters))


def read_edit_json(body: bytes, *, unknown_parameters: UnknownRule) -> Edit:
    """One edit from a JSON body, as `read_edit_form`."""
    return _edit_of_json(asked_json(body, EDIT_JSON, unknown_parameters))


def read_variation_form(parts: Parts, *, unknown_parameters: UnknownRule) -> Edit:
    """One variation from a form: one picture, no prompt, no mask, no stream."""
    return _edit_of_form(asked_form(parts, VARIATION_FORM, unknown_parameters))


def read_description_form(parts: Parts, *, unknown_parameters: UnknownRule) -> Edit:
    """One description from a form: one picture, `describe_model_version`, a model."""
    return _edit_of_form(asked_form(parts, DESCRIPTION_FORM, unknown_parameters))


def read_description_json(body: bytes, *, unknown_parameters: UnknownRule) -> Edit:
    """One description from a JSON body, as `read_description_form`."""
    return _edit_of_json(asked_json(body, DESCRIPTION_JSON, unknown_parameters))


def _edit_of_form(asked: Asked) -> Edit:
    return _edit(asked, "image", _NO_PART)


def _edit_of_json(asked: Asked) -> Edit:
    return _edit(asked, "images", _NO_ENTRY)


def _edit(asked: Asked, param: str, missing: str) -> Edit:
    values = {name: value for name, value in asked.values.items() if value is not None}
    if "images" not in values:
        raise ApiError("missing_required_parameter", missing, param=param)
    return Edit(**values, unknown=tuple(asked.unknown))
