"""Tokens that claims derive from (01, JWT rules)."""

import json

from .errors import Refused, require
from .primitives import canonical, from_base64url, sha256, to_base64url, verify
from .trust import read_key

PASSPORT_SECONDS = 60


def _joined_hash(names: list[str]) -> str:
    return sha256("|".join(names).encode())[:8].hex()


def _thumbprint(jwk: dict) -> str:
    """RFC 7638, of an OKP key."""
    return to_base64url(sha256(canonical({name: jwk[name] for name in ("crv", "kty", "x")}).encode()))


def _parse(token: str) -> tuple[dict, dict, bytes, bytes]:
    parts = token.split(".")
    require(len(parts) == 3, "jwt-malformed")
    try:
        header, payload = (json.loads(from_base64url(part) or b"") for part in parts[:2])
    except ValueError:
        raise Refused("jwt-malformed") from None
    signature = from_base64url(parts[2])
    require(isinstance(header, dict) and isinstance(payload, dict) and signature is not None, "jwt-malformed")
    return header, payload, signature, ".".join(parts[:2]).encode()


def _need(payload: dict, *names: str) -> None:
    require(all(name in payload for name in names), "jwt-missing-claim")


def _passport(payload: dict, header: dict) -> tuple[dict, list[str]]:
    _need(payload, "orig", "dest", "iat")
    destinations = [f"tel:+{tn}" for tn in payload["dest"].get("tn", [])] + payload["dest"].get("uri", [])
    orig = f"tel:+{payload['orig']['tn']}" if "tn" in payload["orig"] else payload["orig"].get("uri")
    inner = {"orig": orig, "dest": destinations, "iat": payload["iat"]}
    inner |= {name: value for name, value in payload.items() if name not in ("orig", "dest", "iat")}
    if "ppt" in header:
        inner["ppt"] = header["ppt"]
    return {"agent": orig, "constraints": {"passport": inner}}, destinations


def _check_delegation(intent: dict, chain, steps, agent: str | None) -> dict:
    """JWT-3."""
    for names, member in ((chain, "delegation_chain"), (steps, "step_sequence_hash")):
        require(names is None or _joined_hash(names) == intent.get(member), "jwt-delegation")
    require(chain is None or chain[-1] == agent, "jwt-delegation")
    return {name: value for name, value in (("delegation", chain), ("steps", steps)) if value is not None}


def _check_holder(cnf: dict, holder: dict) -> None:
    jwk = cnf.get("jwk")
    confirmed = jwk.get("x") == holder["x"] if isinstance(jwk, dict) else cnf.get("jkt") == _thumbprint(holder)
    require(confirmed, "jwt-holder")


def _agentic(payload: dict, chain, steps, holder) -> dict:
    _need(payload, "iss", "sub", "iat", "exp", "jti", "scope", "cnf", "intent", "agent_proof")
    intent, proof = payload["intent"], payload["agent_proof"]
    extra = _check_delegation(intent, chain, steps, payload["sub"])
    if holder:
        _check_holder(payload["cnf"], holder)
    claims = {"issuer": payload["iss"], "agent": payload["sub"], "scope": _scope(payload["scope"])}
    claims["constraints"] = {"intent": intent} | extra
    if "agent_checksum" in proof:
        claims["agentChecksum"] = proof["agent_checksum"]
    return claims


def _plain(payload: dict) -> dict:
    _need(payload, "iss", "sub")
    claims = {"issuer": payload["iss"], "agent": payload["sub"]}
    if "scope" in payload:
        claims["scope"] = _scope(payload["scope"])
    return claims | {"constraints": {n: payload[n] for n in ("act", "authorization_details") if n in payload}}


def _scope(scope) -> list[str]:
    return scope.split() if isinstance(scope, str) else scope


def import_jwt(token, keys, at_ms, audience=None, chain=None, steps=None, holder=None, claims=None):
    """Kind, the claims that follow from the token, and its end in seconds (JWT-1 … JWT-4)."""
    header, payload, signature, message = _parse(token)
    require(header.get("alg") in ("EdDSA", "Ed25519") and "crit" not in header, "jwt-alg")
    require(any(verify(read_key(jwk).public, signature, message) for jwk in keys), "jwt-bad-signature")
    passport = header.get("typ") == "passport"
    kind = "passport" if passport else "agentic" if "intent" in payload or "agent_proof" in payload else "jwt"
    if passport:
        derived, audiences = _passport(payload, header)
        begins, ends = payload["iat"], payload["iat"] + PASSPORT_SECONDS
    else:
        _need(payload, "iat", "exp")
        begins = max(payload["iat"], payload.get("nbf", payload["iat"]))
        aud = payload.get("aud", [])
        audiences, ends = [aud] if isinstance(aud, str) else aud, payload["exp"]
    require(at_ms >= begins * 1000, "jwt-not-yet-valid")
    require(at_ms < ends * 1000, "jwt-expired")
    require(audience is None or audience in audiences, "jwt-audience")
    if kind == "agentic":
        derived = _agentic(payload, chain, steps, holder)
    elif kind == "jwt":
        derived = _plain(payload)
    if len(audiences) == 1:
        derived["audience"] = audiences[0]
    if claims is not None:
        _check_follows(claims, derived, audiences, token)
    return kind, derived, ends


def _check_follows(claims: dict, derived: dict, audiences: list[str], token: str) -> None:
    """JWT-4."""
    kept = all(claims.get(n) == v for n, v in derived.items() if n not in ("scope", "constraints"))
    kept = kept and (not audiences or claims.get("audience", audiences[0]) in audiences)
    narrowed = "scope" not in derived or set(claims["scope"]) <= set(derived["scope"])
    bound = all(claims["constraints"].get(n) == v for n, v in derived["constraints"].items())
    named = claims.get("jwtHash") == sha256(token.encode()).hex()
    require(kept and narrowed and bound and named, "claims-exceed-jwt")
