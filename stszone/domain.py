"""MailDomain: all that one YAML file says about one mail domain, as one frozen value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from stszone.standards.bimi import Bimi
from stszone.standards.caa import CaaProperty
from stszone.standards.dkim import Adsp, Selector, SelectorName
from stszone.standards.dmarc import Dmarc
from stszone.standards.dmarc_report import Reporter
from stszone.standards.hosts import HostAddresses
from stszone.standards.mta_sts import MtaSts
from stszone.standards.mx import MxHosts
from stszone.standards.records import RawRecords
from stszone.standards.section import Frozen, Host, Owner, Section, Ttl
from stszone.standards.services import Services
from stszone.standards.site_verification import Token
from stszone.standards.spf import Spf
from stszone.standards.tls_rpt import TlsRpt
from stszone.standards.tlsa import TlsaByHost

DEFAULT_TTL = 3600
"""Seconds."""


class Ttls(Section):
    """`ttl:`, one number for all records or a mapping by section with a `default`."""

    default: Ttl = DEFAULT_TTL
    hosts: Ttl | None = None
    aliases: Ttl | None = None
    mx: Ttl | None = None
    spf: Ttl | None = None
    dkim: Ttl | None = None
    dmarc: Ttl | None = None
    report_authorization: Ttl | None = None
    mta_sts: Ttl | None = None
    policy_host: Ttl | None = None
    tls_rpt: Ttl | None = None
    site_verification: Ttl | None = None
    caa: Ttl | None = None
    tlsa: Ttl | None = None
    services: Ttl | None = None
    bimi: Ttl | None = None
    ptr: Ttl | None = None

    def of(self, section: str) -> int:
        """The TTL of a section's records, in seconds."""
        own: int | None = getattr(self, section)
        return self.default if own is None else own


def _ttls(value: object) -> object:
    return value if isinstance(value, dict | Ttls) else {"default": value}


class MailDomain(Section):
    """One mail domain, profiles merged, `{domain}` filled in, every value checked."""

    name: Host
    """The mail domain itself, the part behind the @."""
    zone: Host
    """The DNS zone that holds it."""
    parked: bool = False
    """The domain neither sends nor receives mail (M3AAWG, Protecting Parked Domains)."""
    ttl: Annotated[Ttls, BeforeValidator(_ttls)] = Ttls()
    hosts: dict[Host, HostAddresses] = Field(default_factory=dict)
    aliases: dict[Owner, Owner] = Field(default_factory=dict)
    mx: MxHosts | None = None
    """None: the MX is not ours; empty: the null MX of RFC 7505."""
    spf: Spf | None = None
    dkim: dict[SelectorName, Selector] = Field(default_factory=dict)
    adsp: Adsp | None = None
    """`dkim.adsp` in the YAML."""
    dmarc: Dmarc | None = None
    report_authorization: Annotated[tuple[Reporter, ...], Frozen] = ()
    """Domains elsewhere whose DMARC reports this one receives (RFC 9990); `*` for any."""
    mta_sts: MtaSts | None = None
    tls_rpt: TlsRpt | None = None
    site_verification: Annotated[tuple[Token, ...], Frozen] = ()
    caa: Annotated[tuple[CaaProperty, ...], Frozen] = ()
    tlsa: TlsaByHost = Field(default_factory=dict)
    services: Services = Field(default_factory=dict)
    bimi: Bimi | None = None
    records: RawRecords = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _adsp_beside_selectors(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        if isinstance(data, dict) and isinstance(data.get("dkim"), dict) and "adsp" in data["dkim"]:
            selectors = dict(data["dkim"])
            return {**data, "adsp": selectors.pop("adsp"), "dkim": selectors}
        return data
