"""Token status lists and the issuer's directory (08)."""

import json
import zlib

from .errors import Refused, require
from .primitives import canonical, from_base64url, sha256, verify
from .trust import TrustedKey, read_key

MOST_BYTES = 1 << 24


def read_list(status_list) -> tuple[int, bytes]:
    """Bits for a status, and the list inflated."""
    bits = status_list.get("bits") if isinstance(status_list, dict) else None
    packed = from_base64url(status_list.get("lst")) if isinstance(status_list, dict) else None
    require(bits in (1, 2, 4, 8) and packed is not None, "status-malformed")
    try:
        inflater = zlib.decompressobj()
        data = inflater.decompress(packed, MOST_BYTES)
    except zlib.error:
        raise Refused("status-malformed") from None
    require(inflater.eof, "status-malformed")
    return bits, data


def status_at(bits: int, data: bytes, index: int) -> int | None:
    """The status, lowest bits of a byte first; None outside the list."""
    at = index * bits
    if not 0 <= at < len(data) * 8:
        return None
    return data[at // 8] >> at % 8 & (1 << bits) - 1


def verify_status(token: str, keys: list[TrustedKey], uri: str, at_ms: float, index: int) -> tuple[int, float | None]:
    """STAT-1, STAT-2: the status (0) and ttl in seconds."""
    parts = token.split(".")
    require(len(parts) == 3, "status-malformed")
    try:
        header, payload = (json.loads(from_base64url(part) or b"") for part in parts[:2])
        subject, issued, expires = payload["sub"], payload["iat"], payload["exp"]
    except (ValueError, KeyError, TypeError):
        raise Refused("status-malformed") from None
    require(header.get("typ") == "statuslist+jwt" and header.get("alg") == "EdDSA", "status-bad-signature")
    signature = from_base64url(parts[2]) or b""
    message = ".".join(parts[:2]).encode()
    signers = [key for key in keys if verify(key.public, signature, message)]
    require(any(key.alive_at(at_ms) for key in signers), "status-bad-signature")
    require(subject == uri, "status-wrong-uri")
    require(at_ms >= issued * 1000, "status-not-yet-valid")
    require(at_ms < expires * 1000, "status-expired")
    status = status_at(*read_list(payload.get("status_list")), index)
    require(status is not None, "status-out-of-range")
    require(status == 0, "revoked")
    return status, payload.get("ttl")


def merge_directory(trust: list[TrustedKey], directory, at_ms: float, last_updated: float | None):
    """DIR-1 … DIR-4: the signer's kid, the kids added, and all keys after the merge."""
    rest = {name: value for name, value in directory.items() if name != "signatures"}
    message = b"ut1 directory" + sha256(canonical(rest).encode())
    by_kid = {entry["kid"]: from_base64url(entry["signature"]) or b"" for entry in directory["signatures"]}
    signer = next(
        (key for key in trust if key.alive_at(at_ms) and verify(key.public, by_kid.get(key.kid, b""), message)), None
    )
    require(signer, "directory-untrusted")
    require(last_updated is None or directory["updated"] >= last_updated, "directory-outdated")
    keys = {key.public: key for key in trust}
    added = []
    for jwk in directory["keys"]:
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
            continue
        key = read_key(jwk)
        known = keys.get(key.public)
        if known:
            if key.exp is not None:
                known.exp = key.exp if known.exp is None else min(known.exp, key.exp)
            continue
        proof = from_base64url(jwk.get("proof")) or b""
        proven = verify(key.public, proof, b"ut1 directory key", directory["issuer"].encode())
        require(proven, "directory-key-unproven")
        key.name = signer.name
        keys[key.public] = key
        added.append(key.kid)
    return signer.kid, added, list(keys.values())
