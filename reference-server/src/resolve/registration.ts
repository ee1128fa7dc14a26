/**
 * Registering a manifest for a locator, signed with the issuer's key as a change of status is:
 * "ut1 manifest" ‖ locator 6 ‖ SHA-256 of the manifest store.
 */
import { concat, ed25519Verify, sha256 } from '@undertone/token';
import { ServerError } from '../errors.ts';
import type { Keystore } from '../issuer/keystore.ts';
import type { ManifestStore } from '../store/manifest-store.ts';
import { activeManifest } from './manifest-store-file.ts';

export interface Registration {
  readonly locator: Uint8Array;
  /** The C2PA manifest store. */
  readonly manifest: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the issuer signs. */
export function registrationMessage(locator: Uint8Array, manifest: Uint8Array): Uint8Array {
  return concat('ut1 manifest', locator, sha256(manifest));
}

/** Stores a manifest. @returns its identifier; rejects with `issuer-refused` or `manifest-malformed` */
export async function register(registration: Registration, keystore: Keystore, store: ManifestStore): Promise<string> {
  const { locator, manifest, signature } = registration;
  const message = registrationMessage(locator, manifest);
  if (!keystore.issuer.some(({ signer }) => ed25519Verify(signature, message, signer.publicKey)))
    throw new ServerError('issuer-refused', 'not signed by the issuer');
  const { manifestId } = activeManifest(manifest);
  await store.put(manifestId, locator, manifest);
  return manifestId;
}
