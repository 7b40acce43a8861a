"""What web servers, signers and mail servers need, from the same YAML as the zones.

`serving`        what is particular to the machine: paths, ports, layout
`sites`          policy hosts, the layouts in which their policies stand, and their certificates
`nginx` `caddy` `apache` `openlitespeed`   the configuration that serves the policies
`certbot`        the certificates to order
`opendkim`       tables for the signer
`postfix`        TLS policies between one's own domains
`catalogue`      all of these by their kind

Pure: from a state to file names and bytes.  Whatever stands in these files unquoted is a host name
that was checked once more, a mail domain, or a path of `Serving`, which takes no other characters
than those that mean nothing to any of these programs.  No file has a date, so that it changes when
what it says changes.
"""

from __future__ import annotations

from stszone.hosting.catalogue import KINDS, WEB_SERVERS, Files, render
from stszone.hosting.serving import DEFAULT_WEBROOT, LAYOUTS, Serving

__all__ = ["DEFAULT_WEBROOT", "KINDS", "LAYOUTS", "WEB_SERVERS", "Files", "Serving", "render"]
