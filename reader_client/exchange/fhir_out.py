"""A card as a FHIR R4B bundle: plain values first, then both checks, then text.

# spec: issuance_and_ecard G.1
"""

from __future__ import annotations

from card_os.spec.model import Profile
from reader_client.contents import CardContents
from reader_client.exchange import fhir_patient, fhir_visits
from reader_client.exchange.fhir_terms import Resource, filled, identity, reference, text_of


def bundle(profile: Profile, contents: CardContents, *, mental_illness: bool = False) -> Resource:
    """The card as a bundle of type collection, amounts as Decimal; the same card gives the same bundle.

    The flag for mental illness, tag 56, is left out unless it is asked for: a paper or a file travels
    further than a card.
    """
    items = contents.items
    seed = text_of(items["card_number"])
    issuer = None
    if items["issuer_name"] is not None or items["issuer_code"] is not None:
        issuer = fhir_visits.organization(items["issuer_name"], items["issuer_code"], seed)
    holder = fhir_patient.patient(profile, contents, seed)
    if issuer is not None:
        holder["managingOrganization"] = reference(issuer)
    resources = [
        holder,
        *([issuer] if issuer is not None else []),
        *fhir_patient.coverages(profile, contents, holder, seed),
        *fhir_patient.blood(profile, contents, holder, seed),
        *fhir_patient.flags(profile, contents, holder, seed, mental_illness),
        *fhir_patient.allergies(contents, holder, seed),
        *fhir_patient.immunizations(contents, holder, seed),
        *fhir_visits.visits(profile, contents, holder, seed),
    ]
    # an issuer that is a hospital too stands here once
    entries = {one["id"]: one for one in resources}
    return filled(
        {
            "resourceType": "Bundle",
            "id": identity(seed, "bundle"),
            "type": "collection",
            "entry": [{"fullUrl": f"urn:uuid:{key}", "resource": one} for key, one in entries.items()],
        }
    )
