"""How values are sealed for the registry: bound to their place, different each time, refused when changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.keys import data_keys
from issuer.keys.custodian import SealBrokenError

KEY, OTHER = bytes(range(16)), bytes(16)


@given(plain=st.binary(max_size=200), context=st.binary(max_size=60))
def test_what_is_sealed_comes_back_in_its_place_only(plain, context):
    sealed = data_keys.seal(KEY, context, plain)
    assert data_keys.unseal(KEY, context, sealed) == plain
    assert len(sealed) == len(plain) + 29
    for key, place in ((OTHER, context), (KEY, context + b"x")):
        with pytest.raises(SealBrokenError):
            data_keys.unseal(key, place, sealed)


@given(plain=st.binary(min_size=1, max_size=40), at=st.integers(0, 1000), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(plain, at, bit):
    sealed = bytearray(data_keys.seal(KEY, b"place", plain))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(SealBrokenError):
        data_keys.unseal(KEY, b"place", bytes(sealed))


@given(cut=st.integers(0, 28))
def test_what_is_too_short_is_refused(cut):
    with pytest.raises(SealBrokenError):
        data_keys.unseal(KEY, b"", data_keys.seal(KEY, b"", b"")[:cut])


def test_equal_values_look_different_and_have_equal_digests():
    assert data_keys.seal(KEY, b"", b"same") != data_keys.seal(KEY, b"", b"same")
    # HMAC-SM3 over 00000001 ‖ "c" ‖ "value", computed with `openssl dgst -sm3 -mac HMAC`
    digest = data_keys.keyed_digest(KEY, b"c", b"value")
    assert digest.hex() == "ad1caffdb2c1e90d73b8d5a2118d7706122d7fe5387b686ca34b30a28ad03fd8"
    assert digest != data_keys.keyed_digest(KEY, b"cv", b"alue")
