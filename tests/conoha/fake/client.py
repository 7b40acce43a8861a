"""A plain client for the fake: it logs in, asks, and does nothing clever."""

from __future__ import annotations

from typing import Any

import requests

from tests.conoha.fake import FakeConoha
from tests.conoha.fake.state import Account


class Client:
    """Requests with a token, to one fake."""

    def __init__(self, conoha: FakeConoha, account: Account | None = None) -> None:
        self.conoha, self.account = conoha, account or conoha.account
        self.session = requests.Session()
        self.session.trust_env = False
        self.login()

    def login(self) -> requests.Response:
        """Get a new token."""
        answer = login(self.conoha, credentials(self.conoha.generation, self.account))
        answer.raise_for_status()
        v2 = self.conoha.generation == "v2"
        token = answer.json()["access"]["token"]["id"] if v2 else answer.headers["x-subject-token"]
        self.session.headers["X-Auth-Token"] = token
        return answer

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        """The answer as it comes: no redirects, no errors raised."""
        more = {"timeout": 5, "allow_redirects": False, **more}
        return self.session.request(method, self.conoha.dns_url + "/v1" + path, json=json, **more)

    def records(self, **params: object) -> list[dict[str, Any]]:
        """What one list of example.com gives."""
        listed = self("GET", f"/domains/{self.conoha.zone_id('example.com')}/records", params=params).json()[
            "records"
        ]
        assert isinstance(listed, list)
        return listed

    def add(
        self, type_: str = "A", data: str = "192.0.2.1", name: str = "www", **more: Any
    ) -> requests.Response:
        """A record in example.com; more fields as they are."""
        owner = f"{name}.example.com." if name else "example.com."
        body = {"name": owner, "type": type_, "data": data, **more}
        return self("POST", f"/domains/{self.conoha.zone_id('example.com')}/records", body)

    def change(self, record: str, **body: Any) -> requests.Response:
        return self("PUT", f"/domains/{self.conoha.zone_id('example.com')}/records/{record}", body)

    def drop(self, record: str) -> requests.Response:
        return self("DELETE", f"/domains/{self.conoha.zone_id('example.com')}/records/{record}")


def login(conoha: FakeConoha, body: object) -> requests.Response:
    """One request for a token."""
    path = "/v2.0/tokens" if conoha.generation == "v2" else "/v3/auth/tokens"
    return requests.post(conoha.identity_url + path, json=body, timeout=5)


def credentials(generation: str, account: Account, form: str = "id") -> dict[str, Any]:
    """What logs an account in; `form` is v3's: id, name, or name with a domain."""
    if generation == "v2":
        password = {"username": account.user_name, "password": account.password}
        return {"auth": {"tenantId": account.tenant_id, "passwordCredentials": password}}
    user: dict[str, Any] = {"id": account.user_id} if form == "id" else {"name": account.user_name}
    scope = {"name": account.tenant_name} if form == "name" else {"id": account.tenant_id}
    user |= {"domain": {"id": "default"}} if form == "domain" else {}
    methods = {"methods": ["password"], "password": {"user": {**user, "password": account.password}}}
    return {"auth": {"identity": methods, "scope": {"project": scope}}}
