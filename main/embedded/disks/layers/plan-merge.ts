/** What stands on what: claims and bases by id; `rooted` are bases that snapshots (or work under way) keep. */
export interface LayerGraph {
  claims: readonly { uid: string; base?: string | undefined }[];
  bases: readonly { id: string; backing?: string | undefined }[];
  rooted: ReadonlySet<string>;
}

/** A layer that only one other needs: it can become a part of that one, which then stands on `onto`. */
export type Merge =
  | { kind: 'claim'; uid: string; drop: string; onto: string | undefined }
  | { kind: 'base'; id: string; drop: string; onto: string | undefined };

/** Layers that are made of a claim's own data; imported images are never merged away. */
const ours = (id: string): boolean => id.startsWith('frozen-');

/** All merges that could be done now, those of claims first (they free most). Pure. */
export function planMerges({ claims, bases, rooted }: LayerGraph): Merge[] {
  const uses = new Map<string, number>();
  for (const id of [...claims.map(({ base }) => base), ...bases.map(({ backing }) => backing)])
    if (id !== undefined) uses.set(id, (uses.get(id) ?? 0) + 1);
  const byId = new Map(bases.map((base) => [base.id, base]));
  const spare = (id: string | undefined): id is string =>
    id !== undefined && ours(id) && byId.has(id) && uses.get(id) === 1 && !rooted.has(id);
  return [
    ...claims.flatMap(({ uid, base }): Merge[] =>
      spare(base) ? [{ kind: 'claim', uid, drop: base, onto: byId.get(base)?.backing }] : [],
    ),
    ...bases.flatMap(({ id, backing }): Merge[] =>
      ours(id) && spare(backing) ? [{ kind: 'base', id, drop: backing, onto: byId.get(backing)?.backing }] : [],
    ),
  ];
}
