"""Writing H.264 in MP4, as every player and trainer takes it: even sides, 4:2:0, the index at the front, with sound."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av

from facepipe.errors import StorageFull
from facepipe.geometry import Size
from facepipe.media.sound import Sound, Timed

# A 1080p frame takes 16 ms of CPU, with "fast" 39, for no more bytes; from crf 18 down no difference to the original is
# seen any more (https://trac.ffmpeg.org/wiki/Encode/H.264).
_X264 = {"preset": "veryfast", "crf": "18"}
# Its macroblock tree works on eight macroblocks of a row at once, and what lies beyond the last ones is anything: the
# same pictures would give other bytes each time. Without it such a video looks the same at a crf of 20, and takes 9 to
# 30 percent more room.
_WHOLE = 8 * 16  # pixels
_X264_ODD = {"preset": "veryfast", "crf": "20", "x264-params": "mbtree=0"}


class VideoWriter:
    """`with VideoWriter(path, time_base, rate, sound) as clip: clip.write(frame, ticks)`.

    Frames are yuv420p, as `VideoPicture.yuv420p` gives them, scaled to the size of the first; `ticks` rise, in
    `time_base` since the clip's beginning. Sound is written beside the pictures of its time, so that nothing piles up.
    StorageFull: a write failed. DecodeError: the sound's file cannot be read.
    """

    def __init__(self, path: Path, time_base: Fraction, rate: Fraction, sound: Sound | None = None) -> None:
        """path: ends in .mp4; what is there is overwritten. rate: frames a second, on average."""
        self._path, self._time_base, self._rate, self._wanted_sound = path, time_base, rate, sound
        self._sound: Iterator[Timed] = iter(())
        self._due: Timed | None = None
        self._video: av.VideoStream | None = None
        self._lead_s = Fraction(0)  # by which everything is later, since sound begins before the first picture
        self.size_wh: Size | None = None

    def __enter__(self) -> "VideoWriter":
        self._clip = av.open(f"file:{self._path}", "w", format="mp4", options={"movflags": "+faststart"})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._video is not None:
                self._mux(self._video.encode(None))
                self._mux_sound(float("inf"))
        finally:
            getattr(self._sound, "close", lambda: None)()
            self._close(kind is None)

    def write(self, frame: av.VideoFrame, ticks: int) -> None:
        """Add a frame that is shown from `ticks` on."""
        if self._video is None:
            self._begin(frame)
        elif (frame.width, frame.height) != self.size_wh:  # a recording that changes its size in the middle
            frame = frame.reformat(*self.size_wh)
        shown = ticks + round(self._lead_s / self._time_base)
        frame.pts, frame.dts, frame.time_base, frame.pict_type = shown, None, self._time_base, 0
        packets = self._video.encode(frame)
        if packets:
            self._mux_sound(float(ticks * self._time_base))
        self._mux(packets)

    def _begin(self, frame: av.VideoFrame) -> None:
        options = _X264_ODD if frame.width % _WHOLE else _X264
        video = self._clip.add_stream("libx264", rate=self._rate, options=options)
        video.width, video.height, video.pix_fmt = frame.width, frame.height, "yuv420p"
        context = video.codec_context
        context.time_base = self._time_base
        context.colorspace, context.color_range = frame.colorspace, frame.color_range
        self._video, self.size_wh = video, (frame.width, frame.height)
        if self._wanted_sound is not None:
            self._sound = self._wanted_sound.packets(self._clip)
            self._due = next(self._sound, None)
            self._lead_s = max(Fraction(0), -Fraction(self._due[0]) if self._due else Fraction(0))

    def _mux_sound(self, until_s: float) -> None:
        while self._due is not None and self._due[0] <= until_s:
            for packet in self._due[1]:
                later = round(self._lead_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + later, packet.dts + later
            self._mux(self._due[1])
            self._due = next(self._sound, None)

    def _mux(self, packets: list[av.Packet]) -> None:
        try:
            self._clip.mux(packets)
        except av.FFmpegError as error:
            raise self._failed(error) from error

    def _close(self, whole: bool) -> None:
        try:
            self._clip.close()
        except av.FFmpegError as error:
            if whole:
                raise self._failed(error) from error

    def _failed(self, error: av.FFmpegError) -> StorageFull:
        return StorageFull(f"cannot write {self._path}: {error.strerror}; make room and run the same command again")
