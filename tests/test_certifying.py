"""Certificates of issuers: signed by the nation, checked and kept by the issuer."""

from __future__ import annotations

import json
from datetime import date

import pytest
from registry_bench import actor
from sqlalchemy import select

from card_os.crypto import sm2
from issuer.access.actor import Role
from issuer.access.permission import SecondPersonError
from issuer.keys import certifying
from issuer.keys.certificates import ISSUER_KEY, ROOT_KEY, Holder
from issuer.keys.certifying import CertificateFileError, CertificateRefusedError
from issuer.registry.schema.audit import audit

pytestmark = [
    pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed"),
    pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True),
]
FIRST, SECOND = (actor(Role.KEY_CUSTODIAN, name=f"custodian-{n}") for n in (1, 2))
CODE = "41000000001"
HOLDER = Holder(CODE, "7", date(2026, 1, 1), date(2040, 12, 31))


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


def certified(registry, public_key=None):
    with registry.transaction(FIRST, SECOND) as work:
        return certifying.certify(work, HOLDER, public_key)


def kept(registry, certificate, code=CODE, root=None):
    with registry.transaction(FIRST, SECOND) as work:
        certifying.keep(work, certificate, code, root or registry.custodian.public_key(ROOT_KEY))


def test_a_certificate_is_signed_kept_and_told(registry, tmp_path):
    made = certified(registry)
    assert made.verify(registry.custodian.public_key(ROOT_KEY))
    kept(registry, made)
    text = certifying.line(made)
    assert certifying.parse("f", text) == made
    assert certifying.of_home(tmp_path) is None
    (tmp_path / certifying.FILE_NAME).write_text(text)
    assert certifying.of_home(tmp_path) == made
    with registry.transaction(FIRST) as work:
        rows = work.rows(select(audit.c.action, audit.c.second, audit.c.detail).order_by(audit.c.seq))
    assert [(row["action"], row["second"]) for row in rows] == [
        ("keys.certify", "custodian-2"), ("keys.keep_certificate", "custodian-2"),
    ]  # fmt: skip
    assert json.loads(rows[0]["detail"])["holder"] == CODE


def test_what_an_office_does_not_keep(registry):
    made, key = certified(registry), registry.custodian.public_key(ISSUER_KEY)
    other = certified(registry, sm2.generate_key_pair().public)
    for certificate, code, root, reason in (
        (made, "42000000001", None, "it is for 41000000001, we are 42000000001"),
        (other, CODE, None, "another key than ours"),
        (made, CODE, key, "the key of the nation did not sign it"),
    ):
        with pytest.raises(CertificateRefusedError, match=reason):
            kept(registry, certificate, code, root)


def test_both_take_two(registry):
    made = certified(registry)
    for second in (None, FIRST, actor(Role.AUDITOR)):
        for do in (
            lambda work: certifying.certify(work, HOLDER),
            lambda work: certifying.keep(work, made, CODE, bytes(64)),
        ):
            with pytest.raises(SecondPersonError), registry.transaction(FIRST, second) as work:
                do(work)


@pytest.mark.parametrize(
    "text", ["", "rhc-certificate/1", "rhc-certificate/1 00", "rhc-certificate/2 {}", "x {}"]
)
def test_texts_that_are_no_certificates(new_registry, registry, tmp_path, text):
    file = tmp_path / certifying.FILE_NAME
    file.write_text(text.format(certified(registry).to_bytes().hex()))
    with pytest.raises(CertificateFileError, match=r"issuer\.certificate: this is no text of the format"):
        certifying.of_home(tmp_path)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CertificateFileError, match="no text"):
        certifying.of_home(tmp_path)
