"""The ways in which SDKs take the files of an edit."""

import re
from typing import Final

from tests.contract.sdk.editing import (
    ANEW,
    CHUNKED,
    FORM,
    KEPT,
    edited,
    file,
    ran,
    unedited,
    warned,
)
from tests.contract.sdk.pictures import FOX, HEN, MASK, NAMED, OWL
from tests.contract.sdk.scenarios import BAD, SQUARE, Scenario

SHAPES: Final = [
    edited("an opened file", ANEW, image=file(FOX, "opened")),
    edited("bytes", ANEW, image=file(FOX), body=FORM),
    edited("a file with name and type", ANEW, image=file(FOX, "named"), body=FORM),
    edited("a JPEG", SQUARE, image=file(OWL, "named")),
    edited("a WebP", "800x1280", image=file(HEN)),
    edited("a quote and an umlaut in the name", ANEW, image=file(NAMED, "opened")),
    edited("a list of one", ANEW, image=[file(FOX)]),
    edited(
        "three images, the first of which is worked on",
        ANEW,
        image=[file(FOX, "opened"), file(OWL, "named"), file(HEN)],
        sees=warned("redrawn", "images_as_references"),
    ),
    edited("a mask", KEPT, mask=file(MASK), sees=ran("edit", 60_000)),
    edited("opened files", KEPT, image=file(FOX, "opened"), mask=file(MASK, "opened")),
    edited(
        "three images and a mask",
        KEPT,
        KEPT,
        image=[file(FOX), file(OWL), file(HEN)],
        mask=file(MASK, "named"),
        n=2,
        sees={"size": KEPT, **ran("edit", 120_000)},
    ),
]

PYTHON_ONLY: Final = [
    edited("a Path", ANEW, image=file(FOX, "path"), body=FORM),
    edited("a BytesIO", ANEW, image=file(FOX, "stream"), body=FORM),
    edited("a tuple without type", ANEW, image=file(FOX, "typeless")),
    edited("a tuple without name", ANEW, image=file(FOX, "nameless")),
    edited("a tuple without name and type", ANEW, image=file(FOX, "bare")),
    edited(
        "a tuple of an opened file under another name and type", ANEW, image=file(FOX, "opened as")
    ),
    edited(
        "nameless tuples, several and a mask",
        KEPT,
        image=[file(FOX, "nameless"), file(OWL, "bare")],
        mask=file(MASK, "bare"),
    ),
    edited("None for what was not chosen", ANEW, size=None, user=None, n=None, stream=None),
    unedited(
        "an empty list",
        {**BAD, "code": "missing_required_parameter", "param": "image"},
        image=[],
    ),
]

NODE_ONLY: Final = [
    edited("a read stream has no length", ANEW, image=file(FOX, "opened"), body=CHUNKED),
    edited("toFile of a read stream", ANEW, image=file(FOX, "stream"), body=FORM),
    edited("toStreamingFile", ANEW, image=file(FOX, "streaming"), body=CHUNKED),
    edited("a File", ANEW, image=file(FOX, "file"), body=FORM),
    edited("a Response", ANEW, image=file(FOX, "response"), body=FORM),
    edited(
        "read streams in an array",
        KEPT,
        image=[file(FOX, "opened"), file(OWL, "opened")],
        mask=file(MASK, "opened"),
        body=CHUNKED,
        stream=False,
    ),
    unedited(
        "a Blob without a name is left out",
        {
            **BAD,
            "code": "missing_required_parameter",
            "param": "image",
            "message": re.compile("toFile"),
        },
        image=file(FOX, "blob"),
    ),
    Scenario(
        "edit: null never leaves",
        {
            "call": "edit",
            "args": {"prompt": "a red fox", "size": None},
            "files": {"image": file(FOX)},
            "local": True,
        },
        {"attempts": 0, "error": {"class": "TypeError"}},
    ),
]
