"""Keystone, in the two versions that ConoHa has: who may log in, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.conoha.fake.log import Log
from tests.conoha.fake.message import Answer, Refused, Request, as_json, as_text
from tests.conoha.fake.state import Account
from tests.conoha.fake.world import World

REFUSED = "The request you have made requires authentication."


@dataclass
class Identity:
    """The identity endpoint, and the tokens that the DNS endpoint asks it about."""

    world: World
    accounts: list[Account]
    log: Log
    region: str
    dns_url: Callable[[], str]
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """The tenant and the end of every token that was issued."""

    def tenant(self, token: str) -> str | None:
        """Whose token this is; None when it is nobody's any more."""
        tenant, end = self.tokens.get(token, (None, self.world.clock()))
        return tenant if self.world.clock() < end else None

    def expire(self) -> None:
        """All tokens end now."""
        self.tokens = {token: (tenant, self.world.clock()) for token, (tenant, _) in self.tokens.items()}

    def answer(self, request: Request) -> Answer:
        path = "/v2.0/tokens" if self.world.generation == "v2" else "/v3/auth/tokens"
        try:
            if request.path.rstrip("/") != path:
                raise Refused(404, "Not Found", "The resource could not be found.")
            if request.method != "POST":
                raise Refused(405, "Method Not Allowed", "The method is not allowed for this resource.")
            auth = request.data.get("auth") if isinstance(request.data, dict) else None
            return self._v2(auth) if self.world.generation == "v2" else self._v3(auth)
        except Refused as refused:
            return styled(self.world.toggles.identity_error_style, refused)

    def _v2(self, auth: Any) -> Answer:
        tenant, user, password = (
            _at(auth, *keys)
            for keys in (
                ("tenantId",),
                ("passwordCredentials", "username"),
                ("passwordCredentials", "password"),
            )
        )
        for account in self.accounts:
            if (account.tenant_id, account.user_name, account.password) == (tenant, user, password):
                return self._v2_token(account)
        raise Refused(401, "Unauthorized", "Invalid user / password")

    def _v2_token(self, account: Account) -> Answer:
        now, end = self._life()
        token = self.world.new_id().replace("-", "")
        self._issue(token, account, end)
        stamp: dict[str, object] = {
            "id": token,
            "issued_at": f"{now:%Y-%m-%dT%H:%M:%S.%f}",
            "expires": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "tenant": {"name": account.tenant_name, "enabled": True, "tyo1_image_size": "550GB"},
        }
        beside: dict[str, object] = {
            "serviceCatalog": [
                {
                    "endpoints": [{"region": self.region, "publicURL": url}], "endpoints_links": [],
                    "type": "dns", "name": "DNS Service",
                }
                for url in self._urls()
            ],
            "user": {
                "username": account.user_name, "roles_links": [], "id": account.user_id,
                "roles": [{"name": "SwiftOperator"}], "name": account.user_name,
            },
            "metadata": {"is_admin": 0, "roles": [self.world.new_id().replace("-", "")]},
        }  # fmt: skip
        if self.world.toggles.token_shape == "as documented":
            return as_json(200, {"access": {"token": {**stamp, **beside}}})
        return as_json(200, {"access": {"token": stamp, **beside}})

    def _v3(self, auth: Any) -> Answer:
        user, project = _at(auth, "identity", "password", "user"), _at(auth, "scope", "project")
        if (
            _at(auth, "identity", "methods") != ["password"]
            or not isinstance(user, dict)
            or not isinstance(project, dict)
        ):
            raise Refused(
                400, "Bad Request", "Expecting to find password credentials and a project scope in auth."
            )
        if "password" not in user or not {"id", "name"} & user.keys() or not {"id", "name"} & project.keys():
            raise Refused(
                400, "Bad Request", "Expecting to find id or name, and password, in user and project."
            )
        for account in self.accounts:
            asked = {"id": account.user_id, "name": account.user_name, "password": account.password}
            scope = {"id": account.tenant_id, "name": account.tenant_name}
            if all(
                one.get(k, v) == v
                for one, known in ((user, asked), (project, scope))
                for k, v in known.items()
            ):
                return self._v3_token(account)
        raise Refused(401, "Unauthorized", REFUSED)

    def _v3_token(self, account: Account) -> Answer:
        now, end = self._life()
        token = "gAAAAA" + "".join(self.world.new_id().replace("-", "") for _ in range(5))
        self._issue(token, account, end)
        home = {"id": "default", "name": "Default"}
        body = {
            "methods": ["password"],
            "expires_at": f"{end:%Y-%m-%dT%H:%M:%S.%fZ}",
            "issued_at": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
            "user": {
                "id": account.user_id, "name": account.user_name, "domain": home, "password_expires_at": None,
            },
            "audit_ids": [self.world.new_id()[:22]],
            "project": {"id": account.tenant_id, "name": account.tenant_name, "domain": home},
            "roles": [{"id": self.world.new_id().replace("-", ""), "name": "admin"}],
            "catalog": [
                {
                    "type": "dns", "id": self.world.new_id().replace("-", ""), "name": "dns",
                    "endpoints": [{
                        "id": self.world.new_id().replace("-", ""), "interface": "public",
                        "region": self.region, "region_id": self.region, "url": url,
                    }],
                }
                for url in self._urls()
            ],
        }  # fmt: skip
        return as_json(201, {"token": body}).having(x_subject_token=token)

    def _life(self) -> tuple[datetime, datetime]:
        now = self.world.clock()
        return now, now + timedelta(hours=self.world.toggles.token_hours)

    def _issue(self, token: str, account: Account, end: datetime) -> None:
        self.tokens[token] = account.tenant_id, end
        self.log.issued(token)

    def _urls(self) -> list[str]:
        return {"plain": [self.dns_url()], "v1": [self.dns_url() + "/v1"], "absent": []}[
            self.world.toggles.catalog
        ]


def styled(style: str, refused: Refused) -> Answer:
    """An error of Keystone, as Keystone or somebody else words it."""
    if style == "text":
        return as_text(refused.status, refused.message)
    if style == "kind":
        kind = {400: "badRequest", 401: "unauthorized", 404: "itemNotFound", 405: "badMethod"}.get(
            refused.status, "error"
        )
        return as_json(refused.status, {kind: {"message": refused.message, "code": refused.status}})
    title = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}.get(
        refused.status, "Error"
    )
    return as_json(
        refused.status, {"error": {"message": refused.message, "code": refused.status, "title": title}}
    )


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
