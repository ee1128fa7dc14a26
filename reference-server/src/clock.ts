/** Operator time: what cards, disclosures and signed time go by. */

/** ms since 1970, fractional. Monotonic: it starts at the system's time and a step of the system's clock does not move it. */
export function operatorNowMs(): number {
  return performance.timeOrigin + performance.now();
}
