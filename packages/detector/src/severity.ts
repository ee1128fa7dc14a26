/** Which of several states a channel of sound is in. */
import type { SpanState } from '@undertone/token';
import type { Span } from './report.ts';

/** From what nobody minds to what everybody must know. */
const SEVERITY: readonly SpanState[] = ['absent', 'live', 'attested', 'claimed', 'stale', 'conflict', 'revoked'];

export function worstState(spans: readonly Span[]): SpanState {
  return spans.reduce<SpanState>(
    (worst, { state }) => (SEVERITY.indexOf(state) > SEVERITY.indexOf(worst) ? state : worst),
    'absent',
  );
}
