/** What a scanner complains about. `id` and `where` do not change when the same code is built again: triage goes by them. */
export interface Finding {
  readonly id: string;
  /** A file of the project or its build, without what a build puts into names; or a name. */
  readonly where: string;
  readonly text: string;
}

/** One row of a triage file: a person looked at these findings and accepted them. */
export interface Accepted {
  readonly id: string;
  readonly where: string;
  /** How many of them there may be; one more is a new one. */
  readonly count: number;
  readonly reason: string;
}

/** What a scanner found, or why it could not run here. */
export type Scan = { readonly findings: readonly Finding[] } | { readonly notRun: string };

export interface Judgement {
  /** Not accepted: each fails the scan. */
  readonly fresh: readonly Finding[];
  readonly accepted: number;
  /** Rows that are looser than what is found: they fail, too, so that the file stays true. */
  readonly stale: readonly Accepted[];
}

const key = ({ id, where }: { id: string; where: string }): string => `${id}\0${where}`;

/** Compares what was found with what was accepted. Pure. */
export function judge(findings: readonly Finding[], accepted: readonly Accepted[]): Judgement {
  const left = new Map(accepted.map((row) => [key(row), row.count]));
  const fresh = findings.filter((finding) => {
    const count = left.get(key(finding)) ?? 0;
    if (count > 0) left.set(key(finding), count - 1);
    return count <= 0;
  });
  return {
    fresh,
    accepted: findings.length - fresh.length,
    stale: accepted.filter((row) => (left.get(key(row)) ?? 0) > 0),
  };
}

/** Reads a triage file. Throws where a row has no reason, is there twice or accepts nothing. Pure. */
export function readTriage(text: string): readonly Accepted[] {
  const rows = JSON.parse(text) as readonly Accepted[];
  const seen = new Set<string>();
  for (const row of rows) {
    const wrong =
      typeof row.id !== 'string' || typeof row.where !== 'string' ? 'has no id or place'
      : typeof row.reason !== 'string' || row.reason.trim().split(/\s+/).length < 4 ? 'has no reason in a sentence'
      : !Number.isInteger(row.count) || row.count < 1 ? 'accepts no number of findings'
      : seen.has(key(row)) ? 'is there twice'
      : undefined; // prettier-ignore
    if (wrong !== undefined) throw new Error(`A row of triage ${wrong}: ${JSON.stringify(row)}`);
    seen.add(key(row));
  }
  return rows;
}
