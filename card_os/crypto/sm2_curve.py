"""The curve of SM2: y² = x³ + ax + b over a prime field of 256 bits.

Plain integers, fast enough for single signatures and not constant time: secrets belong to the C library
behind `sm2`. A point is (x, y), None the neutral element.  # spec: commands_and_crypto 7.3; GM/T 0003.5
"""

from __future__ import annotations

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
G = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
Affine = tuple[int, int]
_Jacobian = tuple[int, int, int]  # x = X/Z², y = Y/Z³; Z = 0 is the neutral element
_NEUTRAL: _Jacobian = (1, 1, 0)


def on_curve(point: Affine) -> bool:
    """Whether both coordinates are in the field and meet the equation."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x + A) * x - B) % P == 0


def combine(first: int, second: int, point: Affine) -> Affine | None:
    """first·G + second·point, both sums at once (Shamir's trick); factors are not negative."""
    base, other = (*G, 1), (*point, 1)
    table = (_NEUTRAL, base, other, _add(base, other))
    result = _NEUTRAL
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        result = _add(_double(result), table[(first >> bit & 1) | (second >> bit & 1) << 1])
    return _affine(result)


def multiply_base(factor: int) -> Affine | None:
    """factor·G."""
    return combine(factor, 0, G)


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z:
        return point
    y_squared, z_squared = y * y % P, z * z % P
    s = 4 * x * y_squared % P
    m = 3 * (x - z_squared) * (x + z_squared) % P  # 3x² + az⁴ with a = -3
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * y_squared * y_squared) % P, 2 * y * z % P


def _add(first: _Jacobian, second: _Jacobian) -> _Jacobian:
    (x1, y1, z1), (x2, y2, z2) = first, second
    if not z1 or not z2:
        return first if z1 else second
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, s1 = x1 * z2z2 % P, y1 * z2 * z2z2 % P
    h, r = (x2 * z1z1 - u1) % P, (y2 * z1 * z1z1 - s1) % P
    if not h:
        return _NEUTRAL if r else _double(first)
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P


def _affine(point: _Jacobian) -> Affine | None:
    x, y, z = point
    if not z:
        return None
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P, y * pow(inverse, 3, P) % P
