"""Addresses and aliases: what their sections refuse under rules of other families."""

from tests.lint.case import Case

CASES = [
    Case(
        "DNS003",
        bad="hosts: {mail.{domain}: {ipv4: [192.0.2.256]}}",
        good="hosts: {mail.{domain}: {ipv4: [192.0.2.255]}}",
    ),
    Case(
        "DNS003",
        bad='hosts: {mail.{domain}: {ipv6: ["fe80::1%eth0"]}}',
        good='hosts: {mail.{domain}: {ipv6: ["2001:db8::1"]}}',
        why="a scope means something on one machine only",
    ),
    Case(
        "INP003",
        bad="hosts: {mail.{domain}: {ptr: true}}",
        good="hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}",
        why="a host without any address",
    ),
    Case("MXX011", bad="aliases: {imap.{domain}: mail}", good="aliases: {imap.{domain}: mail.{domain}}"),
]
