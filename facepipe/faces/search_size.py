"""How large a picture is searched for faces, and how small a face may be to be found there."""

import math

from facepipe.contracts import FaceFinder
from facepipe.geometry import Size, fit_within
from facepipe.settings import DetectionSettings

# What a frame of a video is shrunk to. Many frames show the same person; a photo has one chance.
_CLIPS: dict[str, Size] = {"fast": (480, 360), "balanced": (700, 500), "thorough": (960, 960)}
_PHOTOS_FAST: Size = (700, 500)
_SECONDS = {"balanced": 1, "thorough": 32}  # that a photo may take on one core


def search_size(size_wh: Size, is_video: bool, settings: DetectionSettings) -> Size:
    """What a picture of `size_wh` is shrunk to before a detector sees it; never larger.

    --resize-ratio and --max-size say so themselves. Otherwise photos are as large as faces of --min-face need to be
    found, except with --detail fast; balanced searches no more of them than the detector does in a second, thorough no
    more than in half a minute. They are halved, which takes least time and memory.
    """
    finder = settings.detector
    if settings.resize_ratio is not None:
        return _by(settings.resize_ratio, size_wh)
    if settings.max_size is not None:
        return fit_within(size_wh, settings.max_size)
    if is_video:
        return fit_within(size_wh, _CLIPS[settings.detail])
    small = fit_within(size_wh, _PHOTOS_FAST)
    if settings.detail == "fast":
        return small
    needed = math.floor(math.log2(settings.min_face / _smallest(finder)))
    most = _SECONDS[settings.detail] * finder.photo_megapixels * 1e6 / 4**finder.upsample
    affordable = math.ceil(math.log2(size_wh[0] * size_wh[1] / most) / 2)
    return max(small, _by(0.5 ** max(0, needed, affordable), size_wh))


def smallest_found(size_wh: Size, is_video: bool, settings: DetectionSettings) -> int:
    """The side in pixels of the smallest faces of a picture of `size_wh` that the detector hardly ever misses."""
    shrunk = search_size(size_wh, is_video, settings)
    return math.ceil(_smallest(settings.detector) * max(size_wh) / max(shrunk))


def looks_closer(smallest: int, settings: DetectionSettings) -> str:
    """The options with which smaller faces are found than `smallest_found` says."""
    finder, is_thorough = settings.detector, settings.detail == "thorough"
    if smallest <= math.ceil(_smallest(finder)):  # nothing was shrunk; large photos would be, if that took too long
        return f"{'' if is_thorough else '--detail thorough '}--upsample {finder.upsample + 1}"
    if settings.resize_ratio is not None:
        return "a larger --resize-ratio"
    if settings.max_size is not None or is_thorough:
        return "a larger --max-size"
    return "--detail thorough"


def _smallest(finder: FaceFinder) -> float:
    return finder.smallest / 2**finder.upsample


def _by(factor: float, size_wh: Size) -> Size:
    return max(1, round(size_wh[0] * factor)), max(1, round(size_wh[1] * factor))
