/** The demodulator for ONNX Runtime: its network as an ONNX file, and what happens around it. */
import model from '../weights/demodulator-onnx.ts';

export { FEATURES } from '../features.ts';
export { type NetworkInput, ReadAhead } from './read-ahead.ts';

/** Names of the network's input [grids × rows × BANDS × FEATURES] and output [grids × rows × BANDS]. */
export const NETWORK_INPUT = 'features';
export const NETWORK_OUTPUT = 'soft';

/** The bytes of the ONNX file, made from the weights by tools/signal-lab/export_onnx.mjs. */
export function demodulatorModel(): Uint8Array {
  return Uint8Array.from(atob(model), (c) => c.charCodeAt(0));
}
