"""Issuer keys that a verifier trusts (01, Trust)."""

import re
from dataclasses import dataclass

from .errors import require
from .primitives import from_base64url, sha256, usable_key


@dataclass
class TrustedKey:
    public: bytes
    kid: str
    name: str
    nbf: float | None
    exp: float | None

    def alive_at(self, ms: float) -> bool:
        """CARD-8; both ends included."""
        return (self.nbf is None or ms >= self.nbf * 1000) and (self.exp is None or ms <= self.exp * 1000)


def kid_of(public: bytes) -> str:
    return sha256(public)[:4].hex()


def read_key(jwk) -> TrustedKey:
    """One public Ed25519 JWK (TRUST-2)."""
    require(isinstance(jwk, dict) and jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519", "trust-bad-key")
    public = from_base64url(jwk.get("x"))
    require(public is not None and usable_key(public), "trust-bad-key")
    kid = jwk.get("kid")
    require(jwk.get("alg", "EdDSA") in ("EdDSA", "Ed25519") and jwk.get("use", "sig") == "sig", "trust-bad-key")
    if isinstance(kid, str) and re.fullmatch("[0-9a-fA-F]{8}", kid):
        require(kid.lower() == kid_of(public), "trust-bad-key")
    for name in ("nbf", "exp"):
        require(isinstance(jwk.get(name, 0), (int, float)), "trust-bad-key")
    require(jwk.get("nbf", 0) <= jwk.get("exp", float("inf")), "trust-bad-key")
    return TrustedKey(public, kid_of(public), jwk.get("name", ""), jwk.get("nbf"), jwk.get("exp"))


def read_trust(trust) -> list[TrustedKey]:
    """A JWK, a key set or a list of JWKs."""
    jwks = trust["keys"] if isinstance(trust, dict) and "keys" in trust else trust
    jwks = [jwks] if isinstance(jwks, dict) else jwks
    require(isinstance(jwks, list), "trust-bad-key")
    require(not any(isinstance(item, dict) and "d" in item for item in [trust, *jwks]), "trust-private-key")
    require(jwks, "trust-empty")
    require(len(jwks) <= 1024, "trust-bad-key")
    keys = [read_key(jwk) for jwk in jwks]
    require(len({key.public for key in keys}) == len(keys), "trust-duplicate-key")
    return keys
