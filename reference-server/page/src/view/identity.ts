/** The state, how it was reached, and what the agent may do. */
import type { SpanState } from '@undertone/token';
import type { CallEvidence } from '../evidence.ts';
import type { Evidence } from '../evidence-item.ts';
import type { Authority } from '../threads.ts';
import { REASONS, type Saying, STATES } from '../words.ts';
import { byId, element, setText } from './dom.ts';

const GRADES = { open: 'not yet', good: 'yes', bad: 'no' } as const;

/** Shows a state that is none of a call: waiting, calling. */
export function showSaying({ title, sentence }: Saying): void {
  byId('state').dataset.state = 'none';
  setText(byId('state-title'), title);
  setText(byId('state-sentence'), sentence);
  setText(byId('state-content'), '');
}

export function showState(evidence: CallEvidence): void {
  const { state, reason, authority, content } = evidence;
  byId('state').dataset.state = state;
  setText(byId('state-title'), STATES[state].title);
  setText(byId('state-sentence'), sentenceOf(state, authority, reason ? REASONS[reason] : undefined));
  setText(byId('state-content'), content);
}

function sentenceOf(state: SpanState, authority: Authority | null, reason: string | undefined): string {
  if (state === 'live' && authority)
    return `${authority.claims.agent}, of ${authority.issuer}, is speaking. The voice itself proves it.`;
  const { sentence } = STATES[state];
  return reason && state !== 'live' && state !== 'claimed' ? `${sentence} ${reason}` : sentence;
}

export function showEvidence(list: readonly Evidence[]): void {
  const target = byId('evidence');
  list.forEach((item, i) => {
    const shown = (target.children[i] as HTMLLIElement | undefined) ?? target.appendChild(evidenceItem());
    if (shown.dataset.grade !== item.grade) shown.dataset.grade = item.grade;
    shown.dataset.id = item.id;
    const [grade, title, detail] = shown.querySelectorAll<HTMLElement>('span, strong, p');
    setText(grade, GRADES[item.grade]);
    setText(title, item.title);
    setText(detail, item.detail);
  });
}

function evidenceItem(): HTMLLIElement {
  return element('li', '', element('span', 'grade'), element('strong', ''), element('p', ''));
}

const dateTime = (ms: number): string => new Date(ms).toLocaleString();

/** What a verified card says, and what was signed about the persona since. */
export function showAuthority({ authority, personas }: Pick<CallEvidence, 'authority' | 'personas'>): void {
  const target = byId('authority');
  byId('authority-empty').hidden = authority !== null;
  target.hidden = authority === null;
  if (!authority) return;
  const { claims, issuer, kid, fromMs, untilMs, bound, roleMatches } = authority;
  const delegation = Array.isArray(claims.constraints.delegation) ? claims.constraints.delegation.map(String) : [];
  const constraints = Object.entries(claims.constraints).filter(([name]) => name !== 'delegation');
  const rows: [string, string | string[]][] = [
    ['Speaks for', `${issuer} (key ${kid})`],
    ['Agent', claims.agent],
    ['May', claims.scope.length > 0 ? [...claims.scope] : 'nothing beyond talking: its card lists no authorisation'],
    ['Limits', constraints.length > 0 ? constraints.map(([name, value]) => `${name}: ${JSON.stringify(value)}`) : 'none stated'],
    ['Acts on behalf of', delegation.length > 0 ? delegation.join(' → ') : `${issuer} itself, without others in between`],
    ['Made out to', bound ? 'this call' : (claims.audience ?? 'anybody')],
    ['Role', roleText(roleMatches, claims.rolePersona)],
    ['Voice', claims.voicePersona ? `signed, fingerprint ${claims.voicePersona.slice(0, 16)}…` : 'not stated'],
    ['Valid', `${dateTime(fromMs)} to ${dateTime(untilMs)}`],
  ];
  if (personas.length > 0) rows.push(['Persona since', [...personas]]);
  if (claims.jwtHash) rows.push(['Authorised by', `a token with fingerprint ${claims.jwtHash.slice(0, 16)}…`]);
  target.replaceChildren(
    ...rows.map(([term, value]) =>
      element(
        'div',
        '',
        element('dt', '', term),
        element(
          'dd',
          '',
          ...(Array.isArray(value) ? [element('ul', 'chips', ...value.map((v) => element('li', '', v)))] : [value]),
        ),
      ),
    ),
  );
}

function roleText(matches: boolean | null, signed: string | undefined): string {
  if (signed === undefined) return 'not stated';
  const fingerprint = `fingerprint ${signed.slice(0, 16)}…`;
  if (matches === true) return `the one you asked for (${fingerprint})`;
  if (matches === false) return `not the one you asked for (${fingerprint})`;
  return `the operator’s own, signed, ${fingerprint}`;
}
