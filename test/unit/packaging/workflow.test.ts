import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  needs?: string | string[];
  if?: string;
  environment?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  strategy?: { matrix: { include: { platform?: string; arch: string }[] } };
  steps: Step[];
}
const workflow = parse(text) as { permissions: Record<string, string>; jobs: Record<string, Job> };
const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([job, { steps: all }]) => all.map((step) => ({ job, ...step })));

// It was never run: these are the rules it was written by.
describe('the release workflow', () => {
  it('takes actions by commit only, with the version beside it', () => {
    const used = [...text.matchAll(/uses: (\S+)( # v\d+\.\d+\.\d+)?$/gm)];
    expect(used.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const [, action = '', version] of used) {
      expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
      expect(version).toBeDefined();
    }
  });

  it('may write in its last job only, and leaves no token behind', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(jobs.filter(([, job]) => job.permissions).map(([name]) => name)).toEqual(['draft']);
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')))
      expect(step.with).toEqual({ 'persist-credentials': false });
  });

  it('gives secrets to the steps that sign, in an environment that a person opens', () => {
    const secret = steps.filter((step) => /secrets\./.test(JSON.stringify(step)));
    expect(secret.map(({ job }) => job)).toEqual(['desktop', 'draft']);
    for (const { job } of secret) expect(workflow.jobs[job]?.environment).toContain('release');
    expect(workflow.jobs['draft']?.if).toContain("ref_type == 'tag'");
  });

  it('puts nothing of others into a shell: no expression in a command but the matrix’s own', () => {
    for (const { run = '' } of steps)
      expect([...run.matchAll(/\$\{\{\s*([^}]*?)\s*\}\}/g)].map(([, inside]) => inside).filter((each) => each !== 'matrix.arch')).toEqual([]); // prettier-ignore
  });

  it('tests first, then packs, then drafts; and ends in any case', () => {
    expect(workflow.jobs['headless']?.needs).toBe('check');
    expect(workflow.jobs['desktop']?.needs).toBe('check');
    expect(workflow.jobs['draft']?.needs).toEqual(['headless', 'desktop']);
    for (const [, job] of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('packs for systems whose Node is pinned, and calls scripts that there are', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
      optionalDependencies: Record<string, string>;
    };
    const systems = workflow.jobs['desktop']?.strategy?.matrix.include ?? [];
    expect(systems).toHaveLength(4);
    for (const { platform = '', arch } of systems)
      expect(Object.keys(manifest.optionalDependencies)).toContain(`node-${platform.replace('win32', 'win')}-${arch}`);
    const called = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name = '']) => name)); // prettier-ignore
    expect(called).toEqual(
      expect.arrayContaining(['lint', 'typecheck', 'package:deb', 'package:desktop', 'package:feed']),
    );
    for (const name of called) expect(manifest.scripts).toHaveProperty([name]);
  });
});
