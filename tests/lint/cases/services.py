"""SRV, AUT."""

from tests.lint.case import Case

HOST = "hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}\n"

CASES = [
    Case(
        "SRV001",
        bad="services: {smtps: mail.provider.test}",
        good="services: {submissions: mail.provider.test}",
    ),
    Case(
        "SRV001",
        bad="records: {_smtps._tcp: {type: SRV, value: 0 1 465 mail.provider.test}}",
        good="records: {_sip._tcp: {type: SRV, value: 0 1 5060 sip.provider.test}}",
        why="services that are not mail's are left alone",
    ),
    Case(
        "SRV001",
        bad="records: {_imaps._udp: {type: SRV, value: 0 1 993 mail.provider.test}}",
        good="records: {_imaps._tcp: {type: SRV, value: 0 1 993 mail.provider.test}}",
    ),
    Case(
        "SRV002",
        bad=HOST + "aliases: {imap.{domain}: mail.{domain}}\nservices: {imaps: imap.{domain}}",
        good=HOST + "services: {imaps: mail.{domain}}",
    ),
    Case(
        "SRV002",
        bad="services: {imaps: imap.{domain}}",
        good="services: {imaps: imap.provider.test}",
        why="a target in our zone that nobody gave an address",
    ),
    Case(
        "SRV002",
        bad="services: {imaps: {host: mail.provider.test, port: 70000}}",
        good="services: {imaps: {host: mail.provider.test, port: 993}}",
    ),
    Case("SRV003", bad='services: {imap: "."}', good="services: {imap: none}"),
    Case(
        "SRV003",
        bad="records: {_imap._tcp: {type: SRV, value: 0 0 143 .}}",
        good="records: {_imap._tcp: {type: SRV, value: 0 0 0 .}}",
    ),
    Case(
        "SRV004",
        bad="services: {imap: mail.provider.test}",
        good="services: {imap: mail.provider.test, imaps: mail.provider.test}",
    ),
    Case("SRV004", bad="services: {pop3: mail.provider.test}", good="services: {pop3: none}"),
    Case(
        "AUT001",
        bad="aliases: {autoconfig.{domain}: gone.{domain}}",
        good=HOST + "aliases: {autoconfig.{domain}: mail.{domain}}",
    ),
    Case(
        "AUT002",
        bad="aliases: {autodiscover.{domain}: gone.{domain}}",
        good="aliases: {autodiscover.{domain}: autodiscover.provider.test}",
    ),
    Case(
        "AUT002",
        bad="services: {autodiscover: {host: mail.provider.test, port: 8443}}",
        good="services: {autodiscover: mail.provider.test}",
    ),
]
