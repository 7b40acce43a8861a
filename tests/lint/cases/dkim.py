"""Cases of the DKM, ADS and BIM rules."""

from __future__ import annotations

from tests.lint.case import Case

RSA_1024 = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkuS/odFA0jeG4Sj0tZLeV5PUWaQByAY9DUZ5xhXlBEtmd12ctg8/OOlzP"
    "MnHYuWA8HROyVevceuwAP2jNdFF73KKmX0OiVMhsnm7o5ZMUwsBTNzU6oU05JbjmQL5SnJOF8Fo1q+O+vHx1I4Jxb7/N5rgo"
    "vx0ESpPrbb3X8cbBlwIDAQAB"
)
"""A key that is legal and small."""

RSA_2048 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuX5fJcED70tZfwiAGCEdtIReERuMAohPuZTvezekNAzWn6K2mVOB"
    "I/3fGuVXtJhh3igBoewEGkRg0zA0HDRo5HxBGWypNE/rU0z+wluYTi147tdO9PKFzstU45GqVpSc8po1OqlMiy0rGesVBYYW"
    "WdjzGnU2t+sXImCfeK9NMZfR3svoIaiWQDk7U0WCIqtIuVjWSjpYdNx8kkhRtyd/Fo1X6ESmlrAXas5aA/OvsKrp1rI3MH7T"
    "PAvggzOIgaylOW8C3df/LDJT1zUizEBh+jzuCOTldesQZNzbmwo7m19qfRUI70XPsY3VzkXlbBv0SEgl+iW/fjYtmMayG5Xz"
    "UQIDAQAB"
)
"""The key that nothing is wrong with."""

RSA_4096 = (
    "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAkVY42L7DcghlKU9eyR+zZ7ALQfpnrsffXMKdzinIjkGgeHtwnUkT"
    "iLXSMo2Amzeuoy3HF5mmfNSSwYxVdt28CU9XG+c+hvSK+PCmotHBtiT/rfcq+H6JbZ4yAO7oI5wW2pWP20wMpnUrSyTFMoVX"
    "Fgv+AVMHbgqrKVyYTJlXjZmebT9md4tCw16cgmpfnAkI5LZ91yjFCnGaw2+VLvWAy3uGRJQ2Zppl+/7tnYOlUqYCaAVWGc+G"
    "E1BzCMvRVk3FqxudTi4pkJqk9ZeHFBJPhqNJ9RXwLPPZ0fJDSZhiwSW22VLbkjytbCQlTZwHdoG5sjJbEYnLKmAQuOON9ilX"
    "yX3gpeYNngM0cKRqA3ASGAnmz2wFFpuEk3qkKPVYCR/jL1P0IjwDEH64ZhMH+KFWrvF5xwT4rbYk+7wLk0XB5D4Jb9U3/2ZX"
    "4c4xakHyHi0yyhUkZFmz6s0e2VnPPwgMY80nsYG/Rw4+R+HbTWFLJD6pNn5QxpcR8A0UzSkh4sD7ilxtp6aoNxnmdav50+8M"
    "rOjvRgVAD5+hDHU4qIK2I7Yw8GujNN7p68sqYAvQlQ5Jg/cyVfCkC1y1HWKvyUFQbf3/km2Pz3dRmJyoHUxMLGyDwDhok6+Y"
    "VshOfvTFbEw3kfJ7f+Au0oUjppD9+SYWP6Vm4abzf1PzVPv2wVTteSkCAwEAAQ=="
)
"""The largest that verifiers must know."""

RSA_768 = (
    "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQIDAQAB"
)
"""Too small for anyone."""

PKCS1 = (
    "MIIBCgKCAQEAuX5fJcED70tZfwiAGCEdtIReERuMAohPuZTvezekNAzWn6K2mVOBI/3fGuVXtJhh3igBoewEGkRg0zA0HDRo"
    "5HxBGWypNE/rU0z+wluYTi147tdO9PKFzstU45GqVpSc8po1OqlMiy0rGesVBYYWWdjzGnU2t+sXImCfeK9NMZfR3svoIaiW"
    "QDk7U0WCIqtIuVjWSjpYdNx8kkhRtyd/Fo1X6ESmlrAXas5aA/OvsKrp1rI3MH7TPAvggzOIgaylOW8C3df/LDJT1zUizEBh"
    "+jzuCOTldesQZNzbmwo7m19qfRUI70XPsY3VzkXlbBv0SEgl+iW/fjYtmMayG5XzUQIDAQAB"
)
"""RSA_2048 in the form that does not belong into DNS."""

ED25519 = "rqm/ImXEwU02Cf2z+irRnQZlZvAusE56kOZtdH3wKSo="
"""A raw Ed25519 key."""

ED25519_SPKI = "MCowBQYDK2VwAyEArqm/ImXEwU02Cf2z+irRnQZlZvAusE56kOZtdH3wKSo="
"""The same with what must not stand around it."""

GOOD = f"""
dkim: {{s1: {{p: {RSA_2048}}}}}
"""


def selector(fields: str) -> str:
    """A repository with one selector."""
    return f"""
dkim:
  s1: {{{fields}}}
"""


def record(text: str, name: str = "s1._domainkey") -> str:
    """A repository with one TXT record that no section made."""
    return f"""
records:
  "{name}": {{type: TXT, value: '{text}'}}
"""


GOOD_RECORD = record(f"v=DKIM1; k=rsa; p={RSA_2048}")
LOGO = 'bimi: {l: "https://example.com/logo.svg"}'

CASES = [
    Case("DKM001", bad=f"""
dkim: {{s1: {{p: {RSA_2048}}}, S1: {{p: {RSA_2048}}}}}
""", good=GOOD, why="names in DNS have no case"),
    Case("DKM001", bad=f"""
records:
  s1._domainkey: {{type: TXT, values: ["v=DKIM1; p={RSA_2048}", "v=DKIM1; p={RSA_4096}"]}}
""", good=GOOD_RECORD),
    Case("DKM001", bad=selector(f"p: {RSA_2048}, cname: s1.esp.example"),
         good=selector("cname: s1.esp.example")),
    Case("DKM002", bad=record(f"k=rsa; v=DKIM1; p={RSA_2048}"), good=GOOD_RECORD),
    Case("DKM002", bad=record("v=DKIM1; k=rsa"), good=record(f"p={RSA_2048}"), why="v may be absent, p not"),
    Case("DKM002", bad=selector("t: s"), good=selector(f"p: {RSA_2048}, t: s")),
    Case("DKM003", bad=record(f"v=DKIM1; k=rsa; k=rsa; p={RSA_2048}"), good=GOOD_RECORD),
    Case("DKM003", bad=record(f"v=DKIM1; k=rsa; P={RSA_2048}"), good=GOOD_RECORD),
    Case("DKM003", bad=selector(f"p: {RSA_2048}, n: a;b"), good=selector(f"p: {RSA_2048}, n: a b")),
    Case("DKM004", bad=selector(f"p: {RSA_768}"), good=GOOD),
    Case("DKM004", bad=selector(f"p: {RSA_1024}"), good=GOOD),
    Case("DKM004", bad=record(f"v=DKIM1; p={RSA_768}"), good=GOOD_RECORD),
    Case("DKM005", bad=selector(f"p: {ED25519_SPKI}"), good=selector(f"p: {ED25519}")),
    Case("DKM005", bad=record(f"v=DKIM1; p={ED25519}"), good=record(f"v=DKIM1; k=ed25519; p={ED25519}")),
    Case("DKM006", bad=selector(f"p: {ED25519}"), good=f"""
dkim: {{s1: {{p: {ED25519}}}, s2: {{p: {RSA_2048}}}}}
"""),
    Case("DKM007", bad=selector(f"p: {PKCS1}"), good=GOOD),
    Case("DKM007", bad=record(f"v=DKIM1; p=-----BEGIN PUBLIC KEY-----{RSA_2048}"), good=GOOD_RECORD),
    Case("DKM008", bad=selector(f"p: '{RSA_2048[:96]}\" \"{RSA_2048[96:]}'"), good=GOOD),
    Case("DKM009", bad=selector("revoked: true"), good=f"""
dkim: {{s1: {{revoked: true}}, s2: {{p: {RSA_2048}}}}}
"""),
    Case("DKM009", bad=selector("p: ''"), good=GOOD, why="revoking is said in words"),
    Case("DKM010", bad=selector(f"p: {RSA_2048}, t: y:s"), good=selector(f"p: {RSA_2048}, t: s")),
    Case("DKM010", bad=record(f"v=DKIM1; t=y; p={RSA_2048}"), good=GOOD_RECORD),
    Case("DKM011", bad=selector(f"p: {RSA_2048}, s: tlsrpt"),
         good=selector(f"p: {RSA_2048}, s: [email, tlsrpt]")),
    Case("DKM011", bad=record(f"v=DKIM1; s=fax; p={RSA_2048}"), good=record(f"v=DKIM1; s=*; p={RSA_2048}")),
    Case("DKM012", bad=selector(f"p: {RSA_2048}, h: sha1"), good=selector(f"p: {RSA_2048}, h: sha256")),
    Case("DKM012", bad=record(f"v=DKIM1; h=sha1; p={RSA_2048}"), good=GOOD_RECORD),
    Case("DKM013", bad=record(f"v=DKIM1; p={RSA_2048}; "), good=record(f"v=DKIM1; p={RSA_2048};")),
    Case("DKM014", bad=f"""
dkim: {{my_key: {{p: {RSA_2048}}}}}
""", good=f"""
dkim: {{my-key.2026: {{p: {RSA_2048}}}}}
"""),
    Case("DKM014", bad=record(f"v=DKIM1; p={RSA_2048}", "my_key._domainkey"), good=GOOD_RECORD),
    Case("DKM017", bad=selector(f"p: {RSA_4096}"), good=GOOD),
    Case("DKM019", bad=selector("cname: s1._domainkey.sub.example.com"), good="""
dkim: {s1: {cname: s1._domainkey.example.net}}
""", why="what the repository holds must be there; of others nothing is known"),
    Case("DKM019", bad=selector("cname: s1._domainkey.example.com"), good=f"""
dkim: {{s1: {{cname: s2._domainkey.example.com}}, s2: {{p: {RSA_2048}}}}}
"""),
    Case("DKM019", bad="""
dkim: {s1: {cname: s2._domainkey.example.com}, s2: {revoked: true}}
""", good=f"""
dkim: {{s1: {{cname: s2._domainkey.example.com}}, s2: {{p: {RSA_2048}}}}}
"""),
    Case("DKM019", bad=selector("cname: s1.esp.example, t: s"), good=selector("cname: s1.esp.example")),
    Case("DKM020", bad=f"""
dkim: {{"*": {{p: {RSA_2048}}}}}
""", good="""
dkim: {"*": {revoked: true}}
"""),
    Case("DKM020", bad=f"""
dkim: {{"*": {{revoked: true}}, s1: {{p: {RSA_2048}}}}}
""", good=GOOD),
    Case("DKM020", bad=record(f"v=DKIM1; p={RSA_2048}", "*._domainkey"),
         good=record("v=DKIM1; p=", "*._domainkey")),
    Case("DKM023", bad="""
dkim: {adsp: all}
dmarc: {p: reject}
""", good="""
dkim: {adsp: all}
"""),
    Case("ADS001", bad="""
dkim: {adsp: unknown}
""", good=GOOD),
    Case("ADS001", bad=record("dkim=all", "_adsp._domainkey"), good=GOOD_RECORD),
    Case("BIM001", bad="""
bimi: {l: "http://example.com/logo.svg"}
""", good=f"""
{LOGO}
"""),
    Case("BIM001", bad=record("v=BIMI1; a=; l=http://example.com/logo.svg", "default._bimi"),
         good=record("v=BIMI1; l=; a=;", "default._bimi")),
    Case("BIM002", bad=f"""
{LOGO}
dmarc: {{p: none}}
""", good=f"""
{LOGO}
dmarc: {{p: quarantine}}
"""),
    Case("BIM002", bad=f"""
{LOGO}
dmarc: {{p: reject, sp: none}}
""", good="""
bimi: none
dmarc: {p: reject, sp: none}
""", why="declining needs no policy"),
    Case("BIM002", bad=f"""
{LOGO}
""", good=f"""
{LOGO}
dmarc: {{p: reject}}
""", why="nothing in the repository says that DMARC is enforced"),
    Case("BIM002", bad={
        "example.com.yaml": "dmarc: {p: none}",
        "sub.example.com.yaml": f"zone: example.com\ndmarc: {{p: reject}}\n{LOGO}",
    }, good={
        "example.com.yaml": "dmarc: {p: reject}",
        "sub.example.com.yaml": f"zone: example.com\n{LOGO}",
    }, why="the organisational domain counts"),
]  # fmt: skip
