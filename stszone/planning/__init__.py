"""octoDNS: our source and processor in it, and the plan and apply that drive it.

Nothing above or below this package imports octoDNS.  `octodns-sync` can use the same classes
from the same configuration file without stszone's command line.
"""
