/** Stable codes of what can go wrong in the server. */
export type ServerErrorCode =
  /** An option that cannot be used. */
  | 'server-bad-option'
  /** A message that does not follow the protocol. */
  | 'chat-malformed'
  /** A query parameter outside its range, or outside what the model takes. */
  | 'chat-bad-parameter'
  /** The audio of a message is not Ogg Opus. */
  | 'chat-bad-audio'
  /** More sound or messages than a live call can bring. */
  | 'chat-too-fast'
  /** What is sent to the client is not read. */
  | 'chat-too-slow'
  /** The bearer token is missing or wrong. */
  | 'access-denied'
  /** A page of an origin that is not allowed. */
  | 'origin-denied'
  | 'not-found'
  /** No session is free. */
  | 'server-full'
  /** The machine cannot keep up with the calls it has. */
  | 'server-overloaded'
  /** The server is being stopped. */
  | 'server-draining'
  /** A thread that the call cannot be without ended by itself. */
  | 'thread-ended'
  /** What identifies the agent could not be stored; the agent must not speak. */
  | 'identity-unavailable'
  /** A slot record that came after its slot's key was disclosed, or out of order; it proves nothing and is not stored. */
  | 'identity-record-late'
  /** No issuer key is valid now. */
  | 'issuer-no-key'
  /** A request to the issuer that is not of its form. */
  | 'issuer-bad-request'
  /** The issuer does not do what is asked; the message says why. */
  | 'issuer-refused'
  /** No such card of this issuer. */
  | 'session-unknown'
  /** Others than the owner can read a private key. */
  | 'keystore-exposed'
  | 'keystore-unreadable'
  /** A witness does not cosign, or what it gives does not hold. */
  | 'log-witness-refused'
  /** Bytes that are no C2PA manifest store. */
  | 'manifest-malformed'
  /** The database can't be reached or does not answer. */
  | 'store-unavailable'
  /** Another process uses the embedded database. */
  | 'store-locked'
  /** The engine has no place for another call, or the others would become late with it. */
  | 'engine-busy'
  /** A voice that the engine does not have. */
  | 'engine-unknown-voice'
  /** The engine cannot speak (for the relay: its upstream does not answer). */
  | 'engine-unavailable';

/** Thrown by the server; `code` is stable. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;
  constructor(code: ServerErrorCode, message: string) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
  }
}
