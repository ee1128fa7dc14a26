/**
 * @undertone/token/directory: where an issuer publishes its keys, their lifetimes, its status list and its log.
 */
export * from './directory.ts';
export * from './merge.ts';
