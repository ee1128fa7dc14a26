/**
 * @undertone/token/log: transparency logs as C2SP specifies them (tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature,
 * tlog-proof) over the Merkle tree of RFC 6962.
 *
 * Log: logEntry → MerkleTree → tiles and signTreeHead. Witness: witnessTreeHead. Auditor: verifyLogProof.
 */
export * from './cosignature.ts';
export * from './entry.ts';
export * from './log-client.ts';
export * from './log-proof.ts';
export * from './merkle.ts';
export * from './merkle-proof.ts';
export * from './signed-note.ts';
export * from './tiles.ts';
export * from './tree-head.ts';
