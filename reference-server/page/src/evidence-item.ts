/** One piece of evidence, as it is shown. */

/** `open`: not there yet, which says nothing against it. */
export interface Evidence {
  readonly id: string;
  readonly grade: 'open' | 'good' | 'bad';
  readonly title: string;
  readonly detail: string;
}

export const open = (id: string, title: string, detail: string): Evidence => ({ id, grade: 'open', title, detail });
export const good = (id: string, title: string, detail: string): Evidence => ({ id, grade: 'good', title, detail });
