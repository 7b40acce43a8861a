"""The disk: zones/*.yaml, profiles, key files and ledgers; everything that is read or written.

`repository` is the way in; `yaml_file` and `layers` read, `ledger_file` and `atomic` write.
"""
