"""Style references: data URLs become files by their bytes, within the upstream's bounds."""

import base64

import msgspec
import pytest

from adapters.openai.errors import ApiError
from adapters.translate import references
from tests.adapters.translate.asking import planned, refused
from tests.adapters.translate.upstreams import AIHUBMIX, OFFICIAL

PNG = b"\x89PNG\r\n\x1a\n"


def url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@pytest.mark.parametrize("extra", range(4))
def test_a_file_may_be_as_large_as_the_bound_and_no_larger(extra: int) -> None:
    for size, fits in ((100 + extra, True), (101 + extra, False)):
        content = PNG.ljust(size, b"x")
        if fits:
            assert references.files((url(content),), 100 + extra)[0].content == content
        else:
            with pytest.raises(ApiError, match="larger than"):
                references.files((url(content),), 100 + extra)


def test_a_large_file_goes_to_the_upstream_that_takes_it() -> None:
    small = msgspec.structs.replace(AIHUBMIX, max_file=100)
    large = msgspec.structs.replace(OFFICIAL, max_file=1000)
    image = url(PNG.ljust(500, b"x"))
    made = planned(upstreams=[small, large], style_reference_images=[image])
    assert [one.upstream.name for one in made.candidates] == ["ideogram"]
    assert refused(upstreams=[small], style_reference_images=[image]).code == "invalid_image_file"


def test_when_no_priced_upstream_takes_the_file_its_size_is_the_reason() -> None:
    bounds = [msgspec.structs.replace(AIHUBMIX, name=f"a{most}", max_file=most) for most in (9, 99)]
    image = url(PNG.ljust(100, b"x"))
    assert "99 bytes" in refused(upstreams=bounds, style_reference_images=[image]).message


def test_all_files_together_stay_under_50_mb() -> None:
    image = url(PNG.ljust(references.WHOLE_REQUEST // 4, b"x"))
    fits = references.files((image,) * 3, references.WHOLE_REQUEST)
    assert len(fits) == 3
    with pytest.raises(ApiError, match="50 MB") as refusal:
        references.files((image,) * 4, references.WHOLE_REQUEST)
    assert refusal.value.param == "style_reference_images"


def test_files_carry_names_of_ours_and_the_type_of_their_bytes() -> None:
    lying = "data:image/gif;name=../../etc/passwd;base64," + base64.b64encode(PNG).decode()
    (file,) = references.files((lying,), 100)
    assert (file.filename, file.content_type) == ("style-1.png", "image/png")


def test_the_files_of_an_order_go_with_each_of_its_calls() -> None:
    made = planned(n=10, style_reference_images=[url(PNG)])
    calls = [made.candidates[0].payload(0, 8), made.candidates[0].payload(8, 2)]
    assert [len(call.files) for call in calls] == [1, 1]
