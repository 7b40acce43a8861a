"""One module per standard: its YAML section, text form, parser, records, and its own rules.

A module offers, where its standard has it:

a section class              what the YAML may say; an invalid one cannot be built
`rrsets(section, domain, ttl)`   the records that publish it
`check(section, domain, ttl)`    findings that need this section only
`parse_record(text)`         judges by the RFC, raises RuleError
`format_record(…)`           writes the form that every known parser accepts
`owns(name)`                 whether TXT records at an owner name are this standard's
`check_rrset(name, texts)`   findings about the texts of one TXT RRset at such a name

Keys of findings and RRsets count from the section: `("rua", 0)`, not `("tls_rpt", "rua", 0)`.
"""
