"""The version of this package, in the one place that setuptools and the code both read."""

VERSION = "0.0.1"
