"""stszone: zone-as-code for mail domains.

The map, in reading order; a module needs only what stands above it in this list.

`errors`       what can go wrong, in kinds that a caller may tell apart
`report`       findings, changes, steps, plans: all that a command has to say, as data
`rules`        the rule catalogue: prose that `explain` prints and findings carry
`standards`    one module per standard: YAML section, text form, parser, records, its rules
`domain`       MailDomain: one mail domain as one frozen value
`lint`         rules that need more than one section
`ledger`       what happened: ids, policies, and which RRsets are ours
`lifecycle`    what should be live now, what waits, until when and why
`compiler`     what should be live → RRsets by zone, policy files
`scope`        what may change in a zone that others use too
`meaning`      a change of an RRset in words
`guards`       changes that can lose mail
`difference`   what a branch changes, from two sides of a repository
`store`        disk: YAML, profiles, ledgers
`policy_host`  disk: policy files where a web server finds them
`hosting`      what web servers, signers and mail servers need, as files
`planning`     octoDNS: source, processor, zone files, plan and apply
`render`       reports → text, Markdown, JSON, SARIF, and what forges show
`cli`          the terminal, the clock, exit codes

All above `store`, and `hosting`, is pure: no file, socket, clock or environment; time is an argument.
"""
