/** Why the model could not be loaded or run; the codes are stable. */
export type ModelErrorCode =
  /** onnxruntime-node, koffi or a CUDA library is not there; the message names it and says how to get it. */
  | 'runtime-missing'
  /** ONNX Runtime or CUDA refused a call; the message is theirs. */
  | 'runtime-failed'
  /** The device has not enough memory; the message gives both numbers. */
  | 'out-of-memory'
  /** A file that should be there is not. */
  | 'weights-missing'
  /** A safetensors file that is truncated or breaks the format. */
  | 'weights-malformed'
  /** A tensor that the model needs is not in the file. */
  | 'tensor-missing'
  /** A tensor of another shape or type than the model's. */
  | 'tensor-mismatch'
  /** A voice that is neither a torch file of the expected form nor a WAV file with sound; nothing in it was executed. */
  | 'voice-malformed'
  /** A voice or text prompt that is unknown, or too long for the context. */
  | 'prompt-invalid'
  /** A SentencePiece model that cannot be read or is of a kind not supported. */
  | 'tokenizer-malformed'
  /** A sampling parameter, frame or option out of its range. */
  | 'argument-invalid'
  /** Every place is taken, or one more call would make the others late. */
  | 'busy'
  /** The session or the engine was closed. */
  | 'closed';

/** The only error of this package. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
