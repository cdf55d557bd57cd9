"""A second opinion on SM2 signatures (GM/T 0003.2, curve of GM/T 0003.5), in plain affine arithmetic.

Slow and not constant time: it serves tests with test keys. Numbers are big-endian, 32 bytes each on the wire.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
USER_ID = b"1234567812345678"
Point = tuple[int, int] | None


def on_curve(point: tuple[int, int]) -> bool:
    x, y = point
    return (y * y - (x * x * x + A * x + B)) % P == 0


def add(first: Point, second: Point) -> Point:
    """The group law; None is the neutral element."""
    if first is None or second is None:
        return first or second
    (x1, y1), (x2, y2) = first, second
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    rise, run = (3 * x1 * x1 + A, 2 * y1) if first == second else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def multiply(scalar: int, point: Point) -> Point:
    result: Point = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def message_digest(public: tuple[int, int], message: bytes, user_id: bytes = USER_ID) -> bytes:
    """e = SM3(Z | M), Z = SM3(bit length of the id | id | a | b | G | public key)."""
    numbers = b"".join(number.to_bytes(32, "big") for number in (A, B, *G, *public))
    z = sm3((len(user_id) * 8).to_bytes(2, "big") + user_id + numbers)
    return sm3(z + message)


def sign_digest(private: int, digest: bytes, nonce: int) -> tuple[int, int]:
    """(r, s) with a given nonce, which only a test may choose."""
    point = multiply(nonce, G)
    if point is None:
        raise ValueError("the nonce is a multiple of the order")
    r = (int.from_bytes(digest, "big") + point[0]) % N
    return r, pow(1 + private, -1, N) * (nonce - r * private) % N


def verify_digest(public: tuple[int, int], digest: bytes, r: int, s: int) -> bool:
    """True when r | s is a signature of the digest under the public key."""
    if not (0 < r < N and 0 < s < N and on_curve(public)) or (r + s) % N == 0:
        return False
    point = add(multiply(s, G), multiply((r + s) % N, public))
    return point is not None and (int.from_bytes(digest, "big") + point[0]) % N == r
