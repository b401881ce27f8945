"""Pictures of an edit: prepared in the pool, refused by name, never queued for nobody."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest
from PIL import Image

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Link, Upload
from adapters.pixels.sniff import dimensions
from adapters.translate.plan import Inputs
from service.prepare import Prepare
from tests.adapters.pixels.drawn import busy, exif, halves, opened, png, saved

AMPLE = 10 * 1024 * 1024
SIZE = (64, 32)
PICTURE = saved(halves(), "PNG")
TURNED = saved(halves(), "JPEG", exif=exif(6))


def clear_left(alpha: int = 0) -> bytes:
    picture = halves(mode="RGBA")
    picture.paste((255, 0, 0, alpha), (0, 0, 32, 32))
    return saved(picture, "PNG")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def image(content: bytes = PICTURE, param: str = "image") -> Upload:
    return Upload(param, content)


async def inputs(pool: ThreadPoolExecutor, ask: Edit, *, max_file: int = AMPLE) -> Inputs:
    return await Prepare(pool, at_once=2).inputs(ask, max_file=max_file)


async def refusal(pool: ThreadPoolExecutor, ask: Edit) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await inputs(pool, ask)
    assert caught.value.shape.status == 400
    return caught.value


async def test_a_picture_goes_through_as_it_came(pool: ThreadPoolExecutor) -> None:
    made = await inputs(pool, Edit(images=(image(),)))
    assert made.image.content is PICTURE
    assert (made.image.format, made.image.width, made.image.height) == ("png", *SIZE)
    assert (made.mask, made.others, made.references, made.warnings) == (None, (), (), ())


async def test_pictures_keep_their_order_and_stand_upright(pool: ThreadPoolExecutor) -> None:
    ask = Edit(
        images=(image(TURNED, "image[0]"), image(PICTURE, "image[1]"), image(TURNED, "image[2]")),
        references=(image(PICTURE, "style_reference_images[0]"),),
    )
    made = await inputs(pool, ask)
    assert (made.image.width, made.image.height, made.image.format) == (32, 64, "jpeg")
    assert [(one.width, one.height) for one in made.others] == [(64, 32), (32, 64)]
    assert [one.content for one in made.references] == [PICTURE]
    assert made.warnings == ()  # an upright picture is what was meant


async def test_a_mask_applies_to_the_first_picture_as_it_is_seen(pool: ThreadPoolExecutor) -> None:
    mask = saved(Image.new("RGBA", (32, 64)), "PNG")
    made = await inputs(
        pool, Edit(images=(image(TURNED), image(PICTURE)), mask=Upload("mask", mask))
    )
    assert made.mask is not None
    assert dimensions(made.mask.content) == (32, 64)
    assert made.mask.coverage == 1.0


@pytest.mark.parametrize(
    ("polarity", "left"), [("black_edits", 0), ("WHITE_EDITS", 255), ("alpha", None), (None, None)]
)
async def test_the_mask_is_read_by_its_polarity(
    pool: ThreadPoolExecutor, polarity: str | None, left: int | None
) -> None:
    drawn = Image.new("L", SIZE, 255)
    drawn.paste(0, (0, 0, 32, 32))
    ask = Edit(images=(image(),), mask=Upload("mask", saved(drawn, "PNG")), mask_polarity=polarity)
    if left is None:
        refused = await refusal(pool, ask)
        assert (refused.code, refused.param) == ("invalid_mask", "mask")
        assert "mask_polarity" in refused.message
        return
    made = await inputs(pool, ask)
    assert made.mask is not None
    assert opened(made.mask.content).getpixel((0, 0)) == left


@pytest.mark.parametrize(
    ("ask", "code", "param", "says"),
    [
        (Edit(), "missing_required_parameter", "image", "image is required"),
        (Edit(images=(image(b""),)), "invalid_image_file", "image", "the file is empty"),
        (
            Edit(images=(image(), image(saved(halves(), "GIF"), "image[1]"))),
            "invalid_image_file",
            "image[1]",
            "Invalid image[1]: the file is a GIF; send a PNG, JPEG or WebP picture.",
        ),
        (
            Edit(images=(image(),), references=(image(b"%PDF-1.7", "style_reference_images[0]"),)),
            "invalid_image_file",
            "style_reference_images[0]",
            "a PDF",
        ),
        (
            Edit(images=(image(png(8, 2, b"", size=(60_000, 60_000))),)),
            "invalid_image_file",
            "image",
            "60000x60000",
        ),
        (
            Edit(images=(image(),), mask=Upload("mask", saved(halves(32, 32, "RGBA"), "PNG"))),
            "invalid_mask",
            "mask",
            "the mask is 32x32 but the picture is 64x32",
        ),
        (
            Edit(images=(image(),), mask=Upload("mask", b"<html></html>")),
            "invalid_mask",
            "mask",
            "an HTML page",
        ),
        (Edit(images=(image(),), mask_polarity="red"), "invalid_value", "mask_polarity", "alpha"),
        (
            Edit(images=(image(PICTURE[:-9]),), model="dall-e-2"),
            "invalid_image_file",
            "image",
            "its end is missing",
        ),
    ],
)
async def test_a_bad_upload_is_refused_by_its_name(
    pool: ThreadPoolExecutor, ask: Edit, code: str, param: str, says: str
) -> None:
    refused = await refusal(pool, ask)
    assert (refused.code, refused.param) == (code, param)
    assert says in refused.message


async def test_a_link_that_nobody_fetched_is_our_own_mistake(pool: ThreadPoolExecutor) -> None:
    link = Link("images[0]", "https://pictures.test/one.png")
    for ask in (
        Edit(images=(link,)),
        Edit(images=(image(),), mask=link),
        Edit(images=(image(),), references=(link,)),
    ):
        with pytest.raises(TypeError, match=r"images\[0\] is still a link"):
            await inputs(pool, ask)


async def test_a_picture_over_the_cap_is_told_with_both_sizes(pool: ThreadPoolExecutor) -> None:
    large = saved(busy(), "PNG")
    made = await inputs(
        pool, Edit(images=(image(), image(large, "image[1]"))), max_file=len(large) // 3
    )
    (told,) = made.warnings
    assert (told.code, told.param) == ("image_reencoded", "image[1]")
    assert f"{len(large):,} bytes" in told.message
    assert f"{len(made.others[0].content):,} bytes." in told.message
    assert len(made.others[0].content) <= len(large) // 3


async def test_a_mask_follows_a_picture_that_lost_pixels(pool: ThreadPoolExecutor) -> None:
    large = saved(busy(), "PNG")
    mask = saved(Image.new("RGBA", (256, 256)), "PNG")
    ask = Edit(images=(image(large),), mask=Upload("mask", mask))
    made = await inputs(pool, ask, max_file=2_000)
    assert made.image.width < 256
    assert made.mask is not None
    assert dimensions(made.mask.content) == (made.image.width, made.image.height)
    assert f"and {made.image.width}x{made.image.height} pixels instead of 256x256." in (
        made.warnings[0].message
    )


@pytest.mark.parametrize("model", ["dall-e-2", "DALL-E-2"])
async def test_the_transparency_of_a_lone_picture_is_its_mask(
    pool: ThreadPoolExecutor, model: str
) -> None:
    made = await inputs(pool, Edit(images=(image(clear_left()),), model=model))
    assert made.mask is not None
    assert made.mask.coverage == 0.5
    assert opened(made.mask.content).getpixel((0, 0)) == 0
    assert opened(made.image.content).mode == "RGB"
    assert [(one.code, one.param) for one in made.warnings] == [("mask_from_image", "image")]


async def test_a_lone_picture_that_loses_pixels_takes_its_mask_along(
    pool: ThreadPoolExecutor,
) -> None:
    picture = busy(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L"))
    ask = Edit(images=(image(saved(picture, "PNG")),), model="dall-e-2")
    made = await inputs(pool, ask, max_file=2_000)
    assert made.mask is not None
    assert dimensions(made.mask.content) == (made.image.width, made.image.height)
    assert opened(made.mask.content).getpixel((0, 0)) == 0
    assert [one.code for one in made.warnings] == ["mask_from_image", "image_reencoded"]


@pytest.mark.parametrize(
    "ask",
    [
        Edit(images=(image(clear_left()),)),
        Edit(images=(image(clear_left()),), model="gpt-image-1"),
        Edit(images=(image(clear_left()),), model="dall-e-2", operation="remix"),
        Edit(images=(image(clear_left()), image()), model="dall-e-2"),
        Edit(images=(image(clear_left(alpha=128)),), model="dall-e-2"),
        Edit(images=(image(),), model="dall-e-2"),
    ],
)
async def test_otherwise_transparency_is_part_of_the_picture(
    pool: ThreadPoolExecutor, ask: Edit
) -> None:
    made = await inputs(pool, ask)
    assert made.mask is None
    first = ask.images[0]
    assert isinstance(first, Upload)
    assert made.image.content is first.content


async def test_a_mask_of_its_own_leaves_the_transparency_alone(pool: ThreadPoolExecutor) -> None:
    mask = saved(Image.new("RGBA", SIZE), "PNG")
    ask = Edit(images=(image(clear_left()),), model="dall-e-2", mask=Upload("mask", mask))
    made = await inputs(pool, ask)
    assert made.mask is not None
    assert made.mask.coverage == 1.0
    assert made.warnings == ()


async def test_a_variation_has_no_mask(pool: ThreadPoolExecutor) -> None:
    ask = Edit(images=(image(clear_left()),), model="dall-e-2")
    made = await Prepare(pool, at_once=2).inputs(ask, max_file=AMPLE, own_mask=False)
    assert made.mask is None


class Gate(ThreadPoolExecutor):
    """A pool whose work waits for a sign; it counts."""

    def __init__(self, threads: int = 8) -> None:
        super().__init__(threads)
        self.opened = Event()
        self.begun = 0
        self.most = 0
        self._running = 0
        self._lock = Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def gated() -> Any:
            with self._lock:
                self.begun += 1
                self._running += 1
                self.most = max(self.most, self._running)
            try:
                assert self.opened.wait(10)
                return fn(*args, **kwargs)
            finally:
                with self._lock:
                    self._running -= 1

        return super().submit(gated)


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate() as made:
        yield made
        made.opened.set()


async def begun(gate: Gate, count: int) -> None:
    async with asyncio.timeout(10):
        while gate.begun < count:  # noqa: ASYNC110  threads count, and set no event of the loop
            await asyncio.sleep(0.001)


async def test_no_more_than_its_share_of_the_pool_works_at_once(gate: Gate) -> None:
    prepare = Prepare(gate, at_once=2)
    ask = Edit(images=(image(),))
    callers = [asyncio.create_task(prepare.inputs(ask, max_file=AMPLE)) for _ in range(6)]
    await begun(gate, 2)
    gate.opened.set()
    assert len(await asyncio.gather(*callers)) == 6
    assert (gate.begun, gate.most) == (6, 2)


async def test_a_caller_that_leaves_the_line_leaves_no_work(gate: Gate) -> None:
    prepare = Prepare(gate, at_once=1)
    ask = Edit(images=(image(),))
    first, second, third = (
        asyncio.create_task(prepare.inputs(ask, max_file=AMPLE)) for _ in range(3)
    )
    await begun(gate, 1)
    second.cancel()
    await asyncio.wait([second])
    gate.opened.set()
    await asyncio.gather(first, third)
    assert gate.begun == 2


async def test_a_caller_that_leaves_its_thread_keeps_the_place_until_the_thread_is_free(
    gate: Gate,
) -> None:
    prepare = Prepare(gate, at_once=1)
    ask = Edit(images=(image(),))
    first = asyncio.create_task(prepare.inputs(ask, max_file=AMPLE))
    await begun(gate, 1)
    first.cancel()
    await asyncio.wait([first])
    second = asyncio.create_task(prepare.inputs(ask, max_file=AMPLE))
    await asyncio.sleep(0.02)
    assert gate.begun == 1
    gate.opened.set()
    await second
    assert (gate.begun, gate.most) == (2, 1)


async def test_a_caller_that_leaves_a_pool_busy_elsewhere_leaves_no_work() -> None:
    with Gate(threads=1) as gate:
        elsewhere = gate.submit(int)
        await begun(gate, 1)
        prepare = Prepare(gate, at_once=1)
        first = asyncio.create_task(prepare.inputs(Edit(images=(image(),)), max_file=AMPLE))
        await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.wait([first])
        second = asyncio.create_task(prepare.inputs(Edit(images=(image(),)), max_file=AMPLE))
        gate.opened.set()
        await second
        assert elsewhere.done()
        assert gate.begun == 2


async def test_a_pool_that_is_shut_down_keeps_no_place() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    prepare = Prepare(pool, at_once=1)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="after shutdown"):
            await asyncio.wait_for(prepare.inputs(Edit(images=(image(),)), max_file=AMPLE), 5)


def test_work_that_outlives_its_loop_ends_in_silence(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    async def leave() -> None:
        ask = Edit(images=(image(),))
        waiting = asyncio.create_task(Prepare(gate, at_once=1).inputs(ask, max_file=AMPLE))
        await begun(gate, 1)
        waiting.cancel()
        await asyncio.wait([waiting])

    asyncio.run(leave())
    gate.opened.set()
    gate.shutdown(wait=True)
    assert caplog.records == []
