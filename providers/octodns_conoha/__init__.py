"""ConoHa DNS for octoDNS, both generations of its API behind one provider.

    provider    ConohaProvider: what octoDNS sees
    settings    its options: the region chooses the generation
    limits      what ConoHa cannot hold, told offline and before any write
    view        what octoDNS is shown of a zone, and what is left alone
    steps       a plan as single values to create, delete or give another TTL
    writer      does that, and looks again whenever an answer was lost
    v2, v3      the two DNS services
    paging      lists of v3, complete or not at all
    session     tokens and signed-in requests
    identity    how to get a token, for both generations
    transport   HTTP with timeouts, retries and no redirects
    values, txt what one record of the API says
    hiding      keeps secrets out of whatever is said
    errors      what goes wrong
    live_check  answers the open questions about the API with a real account

Why two generations: v2 is OpenStack Designate as of 2014 with ConoHa's changes; v3 is another
program with almost the same paths.  They differ in identity, names of ids, SRV and TTLs.
"""

from .errors import (
    ConohaException,
    ConohaNoAnswer,
    ConohaNotFound,
    ConohaRefused,
    ConohaUnauthorized,
)
from .provider import ConohaProvider
from .version import VERSION

__version__ = __VERSION__ = VERSION

__all__ = [
    "__VERSION__",
    "ConohaException",
    "ConohaNoAnswer",
    "ConohaNotFound",
    "ConohaProvider",
    "ConohaRefused",
    "ConohaUnauthorized",
    "__version__",
]
