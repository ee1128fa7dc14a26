/** ONNX Runtime, as far as the detector needs it; onnxruntime-node and onnxruntime-web are of this shape. */
import { DetectorError } from '../errors.ts';

/** A tensor of ONNX Runtime. */
export interface OnnxTensor {
  readonly data: unknown;
}

/** A loaded network. */
export interface OnnxSession {
  run(inputs: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

/** The module. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: { intraOpNumThreads?: number; interOpNumThreads?: number }): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
}

/** The runtime that is installed here. Rejects with `detector-engine-missing`. */
export async function installedRuntime(): Promise<OnnxRuntime> {
  const node =
    'process' in globalThis && Boolean((globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node);
  // A name that bundlers do not follow: it is there or it is not.
  const name = node ? 'onnxruntime-node' : 'onnxruntime-web';
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as OnnxRuntime & { default?: OnnxRuntime };
    return module.InferenceSession ? module : module.default!;
  } catch (error) {
    throw new DetectorError('detector-engine-missing', `${name} is not installed: ${(error as Error).message}`);
  }
}
