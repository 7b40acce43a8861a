"""Nobody learns a password, a token or an account's ids from what the provider says."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from octodns_conoha import ConohaException
from octodns_conoha.hiding import Hider
from octodns_conoha.identity import Credentials, Token

from tests.conoha.conftest import Start
from tests.conoha.fake import FakeConoha, redirect
from tests.conoha.fake.faults import Fault, Go
from tests.conoha.fake.message import Answer, Request
from tests.conoha.provider import ZONE, apply, provider
from tests.conoha.test_provider import AFTER, BEFORE, BOTH
from tests.conoha.test_provider_faults import FAULTS


def echo(status: int, *, service: str = "dns") -> Fault:
    """A server that repeats the request, headers and all, in its answer."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        said = f"{request.headers} {request.body.decode()} {server.account} {server.identity.tokens}"
        location = {"Location": f"https://user:{server.account.password}@{server.account.password}.example/"}
        return Answer(status, said.encode(), {"Content-Type": "text/plain", **location})

    return around


def echo_json(status: int) -> Fault:
    """… in the message of an error."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        answer = echo(status)(server, request, go)
        text = (answer.body if answer else b"").decode().replace("\\", "\\\\").replace('"', '\\"')
        return Answer(status, f'{{"error": {{"message": "{text}"}}}}'.encode(), {})

    return around


ECHOES = {f"echo {status}": echo(status) for status in (200, 302, 400, 401, 403, 404, 409, 429, 500, 504)}
ECHOES |= {f"echo {status} in JSON": echo_json(status) for status in (400, 401, 403, 409)}


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Everything that is logged, by any library, down to DEBUG."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def told(error: BaseException) -> str:
    """An exception, with all that hangs on it."""
    seen, texts = set(), []
    while error and id(error) not in seen:
        seen.add(id(error))
        texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        error = error.__cause__ or error.__context__ or error
    return "\n".join([*texts, *traceback.format_exception(error)])


@pytest.mark.parametrize("service", ["dns", "identity"])
@pytest.mark.parametrize(
    "fault", [*FAULTS.values(), *ECHOES.values(), redirect()], ids=[*FAULTS, *ECHOES, "redirect"]
)
@BOTH
def test_no_fault_brings_out_a_secret(
    generation: str, fault: Fault, service: str, start: Start, heard: io.StringIO
) -> None:
    """Not in a log line, an exception, what hangs on it, or a repr; also when the server repeats them."""
    conoha = start(generation)
    conoha.seed(ZONE, BEFORE)
    target = provider(conoha)
    conoha.faults.add(fault, service=service, nth=1 if service == "identity" else 4, times=99)
    try:
        apply(target, AFTER)
        said = ""
    except ConohaException as error:
        said = told(error)
    who = conoha.account
    said += heard.getvalue() + repr(target) + repr(vars(target)) + repr(target._settings)
    ids = {who.tenant_id, who.user_name} if generation == "v2" else {who.tenant_id, who.user_id}
    assert "example.com." in said  # something was said
    for secret in conoha.secrets | ids:
        assert secret not in said


def test_reprs_hold_no_secret() -> None:
    """Those that have one do not print it."""
    assert "hunter2" not in repr(Credentials("hunter2", "hunter2", "hunter2", "hunter2", "hunter2"))
    assert "hunter2" not in repr(Token("hunter2", 0.0))


@pytest.mark.parametrize("url", ["https://x:hunter2@dns.example", "http://dns.example/hunter2", "hunter2"])
def test_a_wrong_endpoint_is_not_repeated(url: str, start: Start) -> None:
    """Somebody may have put a password into it."""
    with pytest.raises(ConohaException, match="dns_endpoint") as caught:
        provider(start(), dns_endpoint=url)
    assert "hunter2" not in told(caught.value)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ('pa"ss\\word', r'{"password": "pa\"ss\\word"}'),  # JSON
        ("p@ss w/rd", "?password=p%40ss+w%2Frd"),  # a URL
        ("p@ss w/rd", "?password=p%40ss%20w/rd"),  # … another spelling
        ("a<b>&c", "<p>a&lt;b&gt;&amp;c</p>"),  # HTML
        ("Geheim", "GEHEIM"),  # made upper case
        ("päss", r"p\u00e4ss"),  # JSON's ASCII
    ],
)
def test_spellings_are_hidden_too(secret: str, text: str) -> None:
    """A secret comes back in the clothes of whoever repeats it."""
    hider = Hider()
    hider.add(secret)
    assert "***" in hider.hide(text)


@given(st.text(min_size=4), st.text(), st.text())
def test_any_secret_is_hidden_anywhere(secret: str, before: str, after: str) -> None:
    """Whatever it is made of."""
    hider = Hider()
    hider.add(secret)
    hidden = hider.hide(before + secret + after)
    assert hidden.count("***") >= 1 or secret not in before + secret + after


def test_digits_are_secrets_too(start: Start) -> None:
    """octoDNS makes a number of such a password."""
    conoha, digits = start("v3"), int("2018" + "1029")
    conoha.faults.add(echo(400, service="identity"), service="identity")
    with pytest.raises(ConohaException) as caught:
        apply(provider(conoha, password=digits), {})
    assert str(digits) not in told(caught.value)
