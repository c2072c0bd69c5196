"""High dynamic range (PQ and HLG video) brought to what everything else here is: BT.709 colours at SDR brightness.

Transfer functions: ITU-R BT.2100-2, tables 4 (PQ) and 5 (HLG). Tone mapping: the EETF of ITU-R BT.2390-8, section
5.4.1, applied to the largest of R, G and B, so that no hue changes. White of SDR is HDR's reference white, 203 cd/m2
(ITU-R BT.2408-4); pictures are taken to be graded for 1000 cd/m2. Primaries: ITU-R BT.2087, from BT.2020 to BT.709.
"""

from functools import lru_cache

import cv2
import numpy as np

PQ, HLG = 16, 18  # transfer characteristics as ITU-T H.273 numbers them
_BT2020 = 9  # colour primaries, likewise

_WHITE, _PEAK = 203.0, 1000.0  # cd/m2
_PQ_M1, _PQ_M2, _PQ_C1, _PQ_C2, _PQ_C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2  # of a display of 1000 cd/m2
_LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
_2020_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_SDR_GAMMA = 2.4  # ITU-R BT.1886
_STEPS = 4096  # of tables over square roots of light, which spend them where eyes do
_BAND_BYTES = 2_000_000


def is_hdr(transfer: int) -> bool:
    """Whether a transfer characteristic, as ITU-T H.273 numbers them, is PQ or HLG."""
    return transfer in (PQ, HLG)


def to_sdr(signal: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    """RGB uint8 (H, W, 3) of a full-range PQ or HLG signal, RGB uint16 (H, W, 3)."""
    out = np.empty(signal.shape, np.uint8)
    rows = max(1, _BAND_BYTES // max(1, 4 * signal[0].size))
    for top in range(0, len(signal), rows):
        out[top : top + rows] = _mapped(signal[top : top + rows], transfer, primaries)
    return out


def _mapped(signal: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    light = _light(transfer)[signal]  # 1: SDR's white
    if transfer == HLG:  # from the scene's light to the display's
        luma = np.maximum(light @ _LUMA_2020, 1e-6)
        light *= (_PEAK / _WHITE) * luma[..., None] ** (_HLG_GAMMA - 1)
    if primaries == _BT2020:
        light = np.maximum(cv2.transform(light, _2020_TO_709), 0)
    brightest = cv2.max(cv2.max(light[..., 0], light[..., 1]), light[..., 2])
    light *= _tone_gain()[_step(brightest, _PEAK / _WHITE)][..., None]
    return _gamma()[_step(light, 1.0)]


def _step(light: np.ndarray, top: float) -> np.ndarray:
    """Where a table of `_STEPS` over light from 0 to `top` says something about `light`: uint16."""
    steps = cv2.sqrt(light * np.float32((_STEPS - 1) ** 2 / top))
    return np.minimum(steps, _STEPS - 1, out=steps).astype(np.uint16)


@lru_cache(maxsize=2)
def _light(transfer: int) -> np.ndarray:
    """float32 (65536,): linear light of a signal; of the display, 1 being SDR's white (PQ), or of the scene (HLG)."""
    signal = np.arange(65536) / 65535
    if transfer == PQ:
        return (pq_to_light(signal) / _WHITE).astype(np.float32)
    dark = signal * signal / 3
    return np.where(signal <= 0.5, dark, (np.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12).astype(np.float32)


@lru_cache(maxsize=1)
def _tone_gain() -> np.ndarray:
    """float32 (_STEPS,): by what light is multiplied, so that the graded peak becomes SDR's white."""
    light = (np.arange(_STEPS) / (_STEPS - 1)) ** 2 * _PEAK
    source, target = light_to_pq(np.array(_PEAK)), light_to_pq(np.array(_WHITE))
    level, most = light_to_pq(light) / source, target / source
    knee = 1.5 * most - 0.5
    t = np.clip((level - knee) / (1 - knee), 0, 1)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    mapped = pq_to_light(np.where(level < knee, level, spline) * source)
    return np.divide(mapped, light, out=np.ones(_STEPS), where=light > 0).astype(np.float32)


@lru_cache(maxsize=1)
def _gamma() -> np.ndarray:
    """uint8 (_STEPS,): the SDR signal of light from black to white."""
    light = (np.arange(_STEPS) / (_STEPS - 1)) ** 2
    return np.rint(255 * light ** (1 / _SDR_GAMMA)).astype(np.uint8)


def pq_to_light(signal: np.ndarray) -> np.ndarray:
    """cd/m2 of a PQ signal, 0..1."""
    power = np.asarray(signal, np.float64) ** (1 / _PQ_M2)
    return 10000 * (np.maximum(power - _PQ_C1, 0) / (_PQ_C2 - _PQ_C3 * power)) ** (1 / _PQ_M1)


def light_to_pq(light: np.ndarray) -> np.ndarray:
    """The PQ signal, 0..1, of cd/m2."""
    power = (np.asarray(light, np.float64) / 10000) ** _PQ_M1
    return ((_PQ_C1 + _PQ_C2 * power) / (1 + _PQ_C3 * power)) ** _PQ_M2
