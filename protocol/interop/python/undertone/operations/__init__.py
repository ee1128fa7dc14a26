"""The operations of the conformance contract."""

from . import evidence, identity, publication, sounds, tokens
from .registry import OPERATIONS

__all__ = ["OPERATIONS", "evidence", "identity", "publication", "sounds", "tokens"]
