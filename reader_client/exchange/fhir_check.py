"""Whether a bundle is right: the structure by fhir.resources, the code values by our own tables.

`fhir.resources` takes any code value; `fhir_elements.csv` holds the values of the plain codes,
`fhir_codes.csv` those of the codings, and our own systems are the code tables of the declaration.
# spec: issuance_and_ecard G.1
"""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from card_os.spec.model import Profile
from language import _
from reader_client.errors import ReaderClientError
from reader_client.exchange.fhir_terms import ABSENT, ITEMS, OWN, code_system, displays


class FhirMissingError(ReaderClientError):
    """FHIR is wanted, but the optional library for it is not installed."""

    template = "FHIR needs the Python package fhir.resources: install residents-health-card[fhir]"


class FhirRefusedError(ReaderClientError):
    """A bundle that is none, or holds a value that FHIR does not allow; `where` names the element."""

    template = "no FHIR bundle that can be used: {where}: {reason}"


def check(profile: Profile, bundle: object, *, foreign: bool = False) -> None:
    """Both checks; raises FhirMissingError, or FhirRefusedError for the first thing that is wrong."""
    check_structure(bundle)
    for where, reason in wrong_values(profile, bundle, foreign=foreign):
        raise FhirRefusedError(where=where, reason=reason)


def check_structure(bundle: object) -> None:
    """Elements, types, how often each stands; raises FhirMissingError and FhirRefusedError."""
    try:
        model = importlib.import_module("fhir.resources.R4B.bundle").Bundle
        errors = importlib.import_module("pydantic").ValidationError
    except ImportError:
        raise FhirMissingError from None
    try:
        model.model_validate(bundle)
    except errors as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "Bundle"
        raise FhirRefusedError(where=where, reason=first["msg"]) from None
    except (TypeError, ValueError, LookupError):
        raise FhirRefusedError(where="Bundle", reason=_("one FHIR bundle is expected")) from None


def wrong_values(profile: Profile, bundle: object, *, foreign: bool = False) -> Iterator[tuple[str, str]]:
    """Everything that the tables do not allow, as element and reason; values of people are not told.

    A `foreign` bundle may use code systems that we do not know; who reads it takes nothing from them.
    """
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        yield "Bundle", _("one FHIR bundle is expected")
        return
    values = _Values(profile, foreign)
    yield from values.walk("Bundle", {name: value for name, value in bundle.items() if name != "entry"})
    entries = bundle.get("entry", [])
    if any("resource" not in entry for entry in entries):
        yield "Bundle.entry", _("an entry without a resource")
        return
    addresses = [entry["fullUrl"] for entry in entries if "fullUrl" in entry]
    if len(set(addresses)) != len(addresses):
        yield "Bundle.entry.fullUrl", _("an address stands twice")
    resources = [entry["resource"] for entry in entries]
    known = {*addresses, *(f"{one['resourceType']}/{one.get('id')}" for one in resources)}
    for resource in resources:
        kind = resource["resourceType"]
        yield from values.walk(kind, resource)
        if any(url not in known and not url.startswith("#") for url in _references(resource)):
            yield f"{kind}.reference", _("the bundle does not hold what is referred to")


@dataclass(frozen=True, slots=True)
class _Values:
    """The tables by which values are judged."""

    profile: Profile
    foreign: bool

    def walk(self, path: str, value: object) -> Iterator[tuple[str, str]]:
        """What is wrong at and below an element."""
        if isinstance(value, list):
            for one in value:
                yield from self.walk(path, one)
        elif isinstance(value, dict):
            if "system" in value and "code" in value:
                yield from self._coding(path, str(value["system"]), str(value["code"]))
            if str(value.get("url", "")).startswith(OWN):
                yield from self._extension(path, value)
            if value.get("url") == ABSENT and value.get("valueCode") != "unknown" and not self.foreign:
                yield path, _("the code is not allowed here")
            for name, one in value.items():
                yield from self.walk(f"{path}.{name}", one)
        elif path in _elements() and value not in _elements()[path]:
            yield path, _("the code is not allowed here")

    def _coding(self, path: str, system: str, code: str) -> Iterator[tuple[str, str]]:
        if system == ITEMS:
            known = code in self.profile.items
        elif system.startswith(f"{OWN}/item-codes/"):
            known = bool(code.strip())
        elif system.startswith(f"{OWN}/codes/"):
            known = self._in_a_table(system, code)
        else:
            known = self.foreign or (system, code) in displays()
        if not known:
            yield path, _("the code is not one of its code system")

    def _in_a_table(self, system: str, code: str) -> bool:
        return any(
            system == code_system(item.codes.partition("[")[0])
            and self.profile.code_meaning(item, code) is not None
            for item in self.profile.items.values()
            if item.codes
        )

    def _extension(self, path: str, value: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        item = self.profile.items.get(str(value["url"]).removeprefix(f"{OWN}/"))
        if item is None or not item.codes:
            yield path, _("the extension is no item of the card")
            return
        concept = value.get("valueCodeableConcept")
        system = code_system(item.codes.partition("[")[0])
        if isinstance(concept, dict) and any(
            one.get("system") != system for one in concept.get("coding", [])
        ):
            yield path, _("the code system is not that of the item")


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield str(value["reference"])
        for one in value.values():
            yield from _references(one)


@cache
def _elements() -> Mapping[str, frozenset[str]]:
    text = (files("reader_client.exchange") / "fhir_elements.csv").read_text("utf-8")
    return {row["element"]: frozenset(row["values"].split()) for row in csv.DictReader(io.StringIO(text))}
