import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { Rule } from './rbac.ts';

/** A cluster as data: what its discovery, its objects and its access reviews answer (test/support/clusters/*.yaml). */
export interface ClusterFixture {
  name: string;
  /** What it stands for, in a line. */
  about: string;
  version: string;
  /** API groups that are served, with their versions, beyond the core group. */
  groups: Record<string, string[]>;
  /** Left out: all of KubeVirt 1.9. */
  subresources?: string[];
  objects: KubeObject[];
  rules: Rule[];
  /** SelfSubjectRulesReview says that its list is not whole (webhook authorizers). */
  incompleteRules?: boolean;
  /** Capabilities that must be supported here; all others must say why not. */
  supported: string[];
}
const folder = join(import.meta.dirname, '../clusters');

export const fixtureNames = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();
export const readFixture = (name: string): ClusterFixture =>
  parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'), { maxAliasCount: 1000, merge: true }) as ClusterFixture;
