"""DKM: DKIM keys, RFC 6376, 8301 and 8463; ADS: ADSP, RFC 5617; BIM: BIMI."""

from __future__ import annotations

from stszone.report import Severity
from stszone.rules.rule import FILES, LIFECYCLE, LIVE, Rule

RULES = (
    Rule(
        "DKM001",
        Severity.ERROR,
        "A selector's name has one TXT record, with one key",
        "What a verifier does with several is undefined: one takes the first, another the last, a "
        "third none.",
        "Signatures fail at some receivers, on some days.",
        "give each key a selector of its own",
        "RFC 6376 §3.6.2.2",
        (FILES, LIVE),
        blocks=True,
    ),
    Rule(
        "DKM002",
        Severity.ERROR,
        "A DKIM key record has `p=`; its `v=` may be absent, else it is the first tag and says `DKIM1`",
        "The record is read as a key only then; a tag in front of `v=` or a `v=dkim1` makes it "
        "something else.",
        "There is no key for the verifier: every signature under this selector fails.",
        "publish `v=DKIM1; k=rsa; p=…`, in this order",
        "RFC 6376 §3.6.1",
        (FILES, LIVE),
        blocks=True,
    ),
    Rule(
        "DKM003",
        Severity.ERROR,
        "A DKIM key record is a list of `tag=value` with `;` between them, each tag once and in lower case",
        "Tag names are compared with case, so `P=` is an unknown tag; a repeated tag spoils the "
        "whole list.",
        "Verifiers discard the record: every signature under this selector fails.",
        "write each tag once, in lower case, with one `;` between two",
        "RFC 6376 §3.2",
        blocks=True,
    ),
    Rule(
        "DKM004",
        Severity.ERROR,
        "An RSA key has 1024 to 4096 bits, and 2048 is the size to choose",
        "Verifiers must refuse shorter keys and need not know longer ones; 1024 bits are within reach of a "
        "well funded attacker, and above 2048 some mail servers cannot sign or verify.",
        "Too short or too long, and no signature passes; 1024 bits, and someone may forge them.",
        "make a key of 2048 bits under a new selector",
        "RFC 8301 §3.2",
        (FILES, LIVE),
        blocks=True,
    ),
    Rule(
        "DKM005",
        Severity.ERROR,
        "An Ed25519 key says `k=ed25519` and has the raw 32 octets in `p`; `k` names the type that `p` has",
        "Unlike RSA, the octets stand there without SubjectPublicKeyInfo around them; 44 base64 "
        "characters, not 60.",
        "Verifiers take the key for broken: every signature under this selector fails.",
        "use the last 32 octets of the DER form, in base64; `key:` does it for you",
        "RFC 8463 §4",
        (FILES, LIVE),
        blocks=True,
    ),
    Rule(
        "DKM006",
        Severity.WARNING,
        "An Ed25519 key has an RSA key beside it",
        "Many large receivers know no Ed25519 and skip such signatures.",
        "For them the mail is unsigned, and DMARC rests on SPF alone.",
        "sign twice: add a selector with an RSA key of 2048 bits",
        "RFC 8463 §3",
    ),
    Rule(
        "DKM007",
        Severity.ERROR,
        "`p` is the base64 of a public key, for RSA as SubjectPublicKeyInfo, and nothing else",
        "Verifiers decode it and expect that structure: PEM lines are not base64, and the bare "
        "RSAPublicKey of "
        "PKCS #1 is a different one. A private key has no place in a repository, let alone in DNS.",
        "Verifiers take the key for broken: every signature fails. A published private key lets "
        "anyone sign.",
        "use what `openssl rsa -pubout` prints, without the BEGIN and END lines, or name the file "
        "with `key:`",
        "RFC 6376 §3.6.1",
        blocks=True,
    ),
    Rule(
        "DKM008",
        Severity.ERROR,
        "A DKIM key record has no quotes in its data",
        "Long texts are split into strings on the wire; quotes belong to the notation of zone files, "
        "and copied "
        "into the value they become part of the key.",
        "The key is not base64 any more: every signature under this selector fails.",
        "remove the quotes and join the pieces; stszone splits the text itself",
        "RFC 6376 §3.6.2.2",
        blocks=True,
    ),
    Rule(
        "DKM009",
        Severity.ERROR,
        "An empty `p=` stands only under a selector that signs no more and has no mail under way",
        "It says that the key was revoked, and makes every signature with it a permanent failure.",
        "Mail in queues and at forwarders fails DKIM; under p=reject it is refused.",
        "keep a selector with a key for the mail you send, and revoke a week after the last signature",
        "RFC 6376 §3.6.1",
        (FILES, LIVE, LIFECYCLE),
    ),
    Rule(
        "DKM010",
        Severity.WARNING,
        "A key in use has no `t=y`, and `t` has no flags but `y` and `s`",
        "Under the testing flag a signature may not be treated better than none. `t=s` asks that `i=` has "
        "exactly the domain of `d=`, so it must go where mail is signed for subdomains.",
        "The signatures earn nothing, and some receivers skip them.",
        "take `y` out of `t` once test messages pass",
        "RFC 6376 §3.6.1",
        (FILES, LIVE),
    ),
    Rule(
        "DKM011",
        Severity.ERROR,
        "A key's `s` includes `email` or `*`, or is absent",
        "It limits the services that may use the key, and verifiers of mail skip a key that does not "
        "list theirs.",
        "Ordinary mail counts as unsigned.",
        "leave `s` out, or add `email`",
        "RFC 6376 §3.6.1",
    ),
    Rule(
        "DKM012",
        Severity.ERROR,
        "A key's `h` includes `sha256`, or is absent",
        "rsa-sha1 must not be used any more, and the names here are those of hashes: `rsa-sha256` is none.",
        "No algorithm is left that verifiers accept: every signature under this selector fails.",
        "leave `h` out, or write `h: sha256`",
        "RFC 8301 §3.1",
        blocks=True,
    ),
    Rule(
        "DKM013",
        Severity.WARNING,
        "A DKIM key record does not end in white space",
        "Known parsers take a blank after the last `;` for one more tag, without a name.",
        "Some receivers discard the record, and signatures fail there.",
        "remove the blanks, and the last `;` with them",
        "RFC 6376 §3.2",
    ),
    Rule(
        "DKM014",
        Severity.ERROR,
        "A selector is one or more labels of letters, digits and inner hyphens, of up to 63 octets "
        "each, and "
        "its name with `._domainkey.` and the domain has at most 253",
        "The selector also stands in `s=` of every signature, where the grammar is that of host "
        "names: no underscore.",
        "Signers refuse the selector, or verifiers the signature.",
        "choose a selector like s202611",
        "RFC 6376 §3.1",
        (FILES, LIVE),
        blocks=True,
    ),
    Rule(
        "DKM015",
        Severity.WARNING,
        "A new key has a new selector",
        "Under an old name nobody can tell mail signed with the old key from a forgery, and caches "
        "answer with "
        "either key until the TTL is over.",
        "Mail under way, and mail checked against a cached key, fails DKIM.",
        "publish the new key under a new selector, switch the signer, and revoke the old one later",
        "RFC 6376 §3.1",
        decided_by=(LIFECYCLE,),
    ),
    Rule(
        "DKM016",
        Severity.WARNING,
        "A key is replaced at least every six months, under a selector that tells its date",
        "The longer a key is in use, the more hosts and backups have a copy of it.",
        "A key that leaked long ago still signs in your name.",
        "publish a new key under a new selector, switch the signer, and let the old key go a week later",
        "M3AAWG DKIM Key Rotation, 2019",
        decided_by=(LIFECYCLE,),
    ),
    Rule(
        "DKM017",
        Severity.WARNING,
        "The answer with a key fits into one UDP packet, 1232 octets, better 512",
        "RSA with 2048 bits makes about 480 octets, with 4096 about 830, two keys at one name 900; "
        "DNSSEC adds "
        "100 to 600. What is larger is asked again over TCP, which some networks block.",
        "Some receivers find no key and defer the mail or take it for unsigned.",
        "use RSA with 2048 bits and leave optional tags out",
        "RFC 6376 §3.6.2.2, DNS Flag Day 2020",
    ),
    Rule(
        "DKM018",
        Severity.ERROR,
        "The key in DNS is the public half of the key that the mail server signs with",
        "Signer and zone are changed by different hands, at different times.",
        "Every signature under this selector fails.",
        "publish the public half of the signer's key, under a new selector",
        "RFC 6376 §6.1.2",
        decided_by=(LIVE,),
    ),
    Rule(
        "DKM019",
        Severity.ERROR,
        "A delegated selector is a CNAME and nothing else, and its target has one key that is not revoked",
        "The key then belongs to whoever holds the target; all that is said beside the CNAME is lost.",
        "Without a key at the target every signature fails; a target that anyone may register lets "
        "anyone sign.",
        "take the target from the provider's console, and drop the CNAME when the contract ends",
        "RFC 6376 §3.6.2.1",
        (FILES, LIVE),
    ),
    Rule(
        "DKM020",
        Severity.ERROR,
        "`*._domainkey` only revokes, and only in a domain that has no keys in use",
        "A wildcard answers for every selector that was never published, so an old selector never "
        "looks gone, and "
        "a new one looks revoked in caches. It does not reach below a name that exists: with "
        "`a.b._domainkey` "
        "there, `c.b._domainkey` has no answer.",
        "A key at the wildcard verifies signatures under any selector; a revoking one hides mistakes "
        "in rotations.",
        "keep `*` for parked domains, with `revoked: true`",
        "RFC 4592 §2.2, M3AAWG Protecting Parked Domains",
    ),
    Rule(
        "DKM021",
        Severity.ERROR,
        "No wildcard TXT of the zone answers at selector names",
        "A `* TXT \"v=spf1 -all\"` is also the answer at `selector._domainkey.host` of a host that "
        "has no records.",
        "Verifiers report a key with broken syntax where none is meant to be.",
        "replace the wildcard by records at the names that need them",
        "RFC 4592 §3.3",
        decided_by=(LIVE,),
    ),
    Rule(
        "DKM022",
        Severity.WARNING,
        "A missing, a revoked, a broken and an unreachable key are told apart",
        "The first three fail a signature for good, while a timeout or SERVFAIL only defers the mail.",
        "A repair is looked for in the key where the name servers are at fault, or the reverse.",
        "look the name up at every name server, to see which of the four it is",
        "RFC 6376 §6.1.2",
        decided_by=(LIVE,),
    ),
    Rule(
        "DKM023",
        Severity.INFO,
        "ADSP does not stand beside a DMARC policy",
        "DMARC says the same and more, to receivers that exist.",
        "The ADSP record has no effect.",
        "remove `adsp`",
        "RFC 9989",
    ),
    Rule(
        "ADS001",
        Severity.WARNING,
        "There is no ADSP record at `_adsp._domainkey`",
        "The protocol is historic since 2013, and receivers do not ask for it.",
        "The record has no effect, and whoever reads it believes that it has.",
        "remove `adsp`, and publish a DMARC policy",
        "RFC 5617 (Historic)",
        (FILES, LIVE),
    ),
    Rule(
        "BIM001",
        Severity.ERROR,
        "A BIMI record begins with `v=BIMI1;`, has in `l` the https URI of an SVG and in `a` that of its "
        "certificate or nothing; both empty decline",
        "Receivers fetch both over https only, and read the record as a list of tags like a DKIM key.",
        "No logo is shown.",
        "publish `v=BIMI1; l=https://…svg; a=https://…pem`, or `bimi: none` to decline",
        "draft-brand-indicators-for-message-identification §4",
        blocks=True,
    ),
    Rule(
        "BIM002",
        Severity.ERROR,
        "A domain with BIMI enforces DMARC for itself and its subdomains",
        "Receivers ask for p=quarantine or p=reject, for the same in `sp` where it is given, and for "
        "no `pct` "
        "below 100 and no testing mode.",
        "No logo is shown.",
        "raise the DMARC policy first, step by step",
        "draft-brand-indicators-for-message-identification §7",
    ),
    Rule(
        "BIM003",
        Severity.WARNING,
        "The BIMI logo is SVG Tiny PS of up to 32 kB, and its certificate is in force",
        "Receivers refuse scripts, external references and animation, and expired certificates.",
        "No logo is shown.",
        "convert the logo with a tool that knows SVG Tiny PS, and renew the certificate",
        "draft-svg-tiny-ps-abrotman, VMC requirements",
        decided_by=(LIVE,),
    ),
)  # fmt: skip
