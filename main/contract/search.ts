import { z } from 'zod';
import { call } from './procedure.ts';

/** Something of the target that fits what was typed. */
export interface SearchHit {
  kind: 'machine' | 'image' | 'disk' | 'network' | 'snapshot' | 'template' | 'instancetype' | 'preference';
  namespace?: string;
  name: string;
  title: string;
  /** Of a snapshot: the machine that it was taken of. */
  machine?: string;
  /** What of it fits, when it is not the name: an address, a MAC, a label. */
  because?: string;
  /** Higher is better. */
  score: number;
}
export const searchProcedures = {
  /** By name, label, IP address and MAC; the best first, at most 40. */
  find: call<SearchHit[]>()(z.object({ query: z.string().max(200) })),
} as const;
