"""Damage to the bytes of a file: a seed gives the same damage everywhere."""

import json
import random
import struct
import zipfile
import zlib
from io import BytesIO

_NUMBERS = (0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63)
_VALUES = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e308, 2**31, 2**63, 10**30, float("nan"), float("inf"), "", "x",
    "..", "../x", "a/../../b", "/etc/passwd", "\0", "\x1b[31m", "\ud800", "é" * 300, [], {}, [[]], {"a": {}}, "=1+1",
)  # fmt: skip
_CELLS = (
    b"",
    b"-1",
    b"nan",
    b"inf",
    b"1e999",
    b"99999999999999999999",
    b"0",
    b"x",
    b"\0",
    b'"',
    b",",
    b"\n",
    b"\xff",
    b"=1+1",
)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """`data` changed in one to four places."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice((_flipped, _byte, _number, _number, _cut, _without, _doubled, _moved, _noise))(data, rng)
    return data


def damaged_json(text: bytes, rng: random.Random) -> bytes:
    """A JSON file, or a file of JSON lines, with entries changed, removed, added or moved, or with damaged bytes."""
    if rng.random() < 0.3:
        return damaged(text, rng)
    lines = text.split(b"\n")
    whole = len(lines) > 3 and not lines[0].startswith(b'{"')
    try:
        place = 0 if whole else rng.randrange(len(lines))
        value = json.loads(text if whole else lines[place])
    except ValueError:
        return damaged(text, rng)
    for _ in range(rng.choice((1, 1, 2))):
        value = _changed(value, rng)
    new = json.dumps(value).encode()
    return new if whole else b"\n".join([*lines[:place], new, *lines[place + 1 :]])


def damaged_csv(text: bytes, rng: random.Random) -> bytes:
    """A table with cells, rows or columns changed, or with damaged bytes."""
    if rng.random() < 0.3:
        return damaged(text, rng)
    rows = [line.split(b",") for line in text.split(b"\n")]
    row = rng.randrange(len(rows))
    cell = rng.randrange(len(rows[row]))
    kind = rng.randrange(6)
    if kind == 0:
        del rows[row]
    elif kind == 1:
        rows.insert(row, rows[rng.randrange(len(rows))])
    elif kind == 2:
        del rows[row][cell]
    elif kind == 3:
        rows = rows[: rng.randrange(len(rows))]
    elif kind == 4:
        other = rng.randrange(len(rows))
        rows[row], rows[other] = rows[other], rows[row]
    else:
        rows[row][cell] = rng.choice(_CELLS)
    return b"\n".join(map(b",".join, rows))


def damaged_zip(data: bytes, rng: random.Random) -> bytes:
    """An archive with a member that is damaged inside, and fits its checksum; or with damaged bytes."""
    if rng.random() < 0.4:
        return damaged(data, rng)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    kind = rng.randrange(4)
    if kind == 0:
        del members[name]
    elif kind == 1:
        members[name] = members[rng.choice(sorted(members))]
    else:  # the header says what follows
        head, rest = (members[name][:128], members[name][128:]) if kind == 2 else (b"", members[name])
        members[name] = damaged(head, rng) + rest if head else damaged(rest, rng)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return buffer.getvalue()


def damaged_png(data: bytes, rng: random.Random) -> bytes:
    """A PNG with a chunk that is damaged inside, and fits its checksum; or with damaged bytes."""
    if rng.random() < 0.4:
        return damaged(data, rng)
    chunks, place = [], 8
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    number = rng.randrange(len(chunks))
    kind, content = chunks[number]
    chunks[number] = kind, damaged(content, rng)
    return data[:8] + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _changed(value, rng: random.Random):
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(sorted(value))
        kind = rng.random()
        if kind < 0.15:
            return {name: inner for name, inner in value.items() if name != key}
        if kind < 0.25:
            return value | {rng.choice(("more", "", "format", "faces", "__class__")): rng.choice(_VALUES)}
        return value | {key: _changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        place = rng.randrange(len(value))
        kind = rng.random()
        if kind < 0.15:
            return value[:place]
        if kind < 0.3:
            return [*value, value[place]]
        return [*value[:place], _changed(value[place], rng), *value[place + 1 :]]
    return rng.choice(_VALUES)


def _flipped(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 8, 64))):
        if out:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _byte(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(max(1, len(data)))
    return data[:place] + bytes([rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))]) + data[place + 1 :]


def _number(data: bytes, rng: random.Random) -> bytes:
    """Somewhere, more often in the beginning, a number that is a limit of something."""
    size = rng.choice((1, 2, 4, 8))
    text = (rng.choice(_NUMBERS) % (1 << 8 * size)).to_bytes(size, rng.choice(("little", "big")))
    place = rng.randrange(max(1, min(len(data), rng.choice((64, 512, 1 << 30)))))
    return data[:place] + text + data[place + size :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _slice(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 4, 16, 256, 4096)))


def _without(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    return data[:start] + data[end:]


def _doubled(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 1, 50)) + data[end:]


def _moved(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    place = rng.randrange(len(data) + 1)
    return data[:place] + data[start:end] + data[place + end - start :]


def _noise(data: bytes, rng: random.Random) -> bytes:
    start, end = _slice(data, rng)
    return data[:start] + rng.randbytes(end - start) + data[end:]
