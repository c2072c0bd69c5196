"""Two and sixty minutes of 1080p25 at a frame a second: time and peak memory, which must not grow with the length.

The clips are one clip, scaled to 1080p and repeated without encoding again.
"""

from fractions import Fraction

import av
from measure import facepipe, run, table
from part_threads import installed

RATE, GOP, LOOP_S = 25, 50, 60


def measured(args):
    minute = args.out / "minute_1080p.mp4"
    if not minute.exists():
        make_minute(args.clip, minute)
    rows, figures = [], {}
    for minutes in (2, 60):
        clip = args.out / f"{minutes}_minutes_1080p.mp4"
        if not clip.exists():
            repeat(minute, clip, minutes)
        for detector in (d for d in installed() if d in ("yunet", "centerface")):
            for seek in ("exact", "keyframes"):
                command = facepipe("--video", clip, "--detector", detector, "--seek", seek, "--threads", "2",
                                   "--out", args.out / "hour")  # fmt: skip
                cost = run(command)
                rows.append([minutes, detector, seek, cost.wall, cost.cpu, cost.peak])
                figures[f"{minutes} {detector} {seek}"] = vars(cost)
    header = ["minutes of 1080p25", "detector", "--seek", "wall s", "CPU s", "peak MiB"]
    return "An hour of video", table(header, rows), figures


def make_minute(source, target, gop=GOP):
    """A minute of H.264, 1920x1080, 25 frames/s, a keyframe every `gop` frames, made from any clip."""
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "21", "g": str(gop)})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        written = 0
        while written < LOOP_S * RATE:
            with av.open(str(source)) as clip:
                for frame in clip.decode(video=0):
                    if written == LOOP_S * RATE:
                        break
                    large = frame.reformat(1920, 1080, "yuv420p")
                    large.pts, large.time_base = written, Fraction(1, RATE)
                    out.mux(stream.encode(large))
                    written += 1
        out.mux(stream.encode())


def repeat(minute, target, times):
    """The packets of `minute`, `times` times in a row."""
    with av.open(str(target), "w") as out:
        stream = None
        offset = 0
        for _ in range(times):
            with av.open(str(minute)) as clip:
                source = clip.streams.video[0]
                stream = stream or out.add_stream_from_template(source)
                step = int(LOOP_S / source.time_base)
                for packet in clip.demux(source):
                    if packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                        out.mux(packet)
            offset += step
