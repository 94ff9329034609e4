import { describe, expect, test } from 'vitest';
import type { AccessState } from '../../../main/contract/access.ts';
import { beyondOf } from '../../../main/contract/permissions.ts';
import type { Role } from '../../../main/contract/roles.ts';
import { needOf } from '../../../renderer/app/page-needs.ts';
import { whyMayNot } from '../../../renderer/lib/use-may.ts';

const state = (role: Role, own: string[] = []): AccessState => ({
  me: { id: 'x', name: 'x', role },
  ...beyondOf(role),
  own,
});

describe('what a page says of a role', () => {
  test('who is needed for it, and what one is', () => {
    expect(whyMayNot(state('student'), 't', 'machines.create')).toMatch(/^You are a student here, and this takes an operator\./);
    expect(whyMayNot(state('operator'), 't', 'targets.use')).toMatch(/^You are an operator here, and this takes an admin\./);
    expect(whyMayNot(state('operator'), 't', 'machines.create')).toBeUndefined();
    expect(whyMayNot({ beyond: {}, ownOnly: [], own: [] }, 't', 'access.users')).toBeUndefined();
  }); // prettier-ignore
  test('a variant of an offer needs what its procedure needs', () => {
    expect(whyMayNot(state('student'), 't', 'machines.create:forwards' as 'machines.create')).toBeDefined();
    expect(whyMayNot(state('student'), 't', 'why.cure:uncordon')).toMatch(/takes an admin/);
  });
  test('what is one’s own is, on this target, and nothing else is', () => {
    const mine = state('student', ['lab t/first', 'recording mine', 'task 7']);
    for (const [id, whose, fine] of [
      ['machines.act', { namespace: 'lab-first' }, true],
      ['machines.act', { namespace: 'lab-other' }, false],
      ['machines.act', { namespace: 'default' }, false],
      ['labs.end', { lab: 'first' }, true],
      ['labs.end', { lab: 'other' }, false],
      ['recordings.remove', { recording: 'mine' }, true],
      ['recordings.remove', { recording: 'theirs' }, false],
      ['tasks.cancel', { task: '7' }, true],
      ['tasks.cancel', { task: '8' }, false],
    ] as const)
      expect([id, whose, whyMayNot(mine, 't', id, whose) === undefined]).toEqual([id, whose, fine]);
    expect(whyMayNot(mine, 'another', 'machines.act', { namespace: 'lab-first' })).toMatch(/somebody else/);
    // Where it is not known yet whose it is, nothing is said.
    expect(whyMayNot(mine, 't', 'machines.act')).toBeUndefined();
    for (const role of ['admin', 'operator'] as const)
      expect(whyMayNot(state(role), 't', 'machines.act', { namespace: 'default' })).toBeUndefined();
  });
});

test('pages that a role has nothing to do on are refused as a whole, and those to look at are not', () => {
  const refused = (role: Role) =>
    ['/', '/machines', '/machines/new', '/machines/import', '/machines/wall', '/machines/default/new', '/images', '/templates', '/templates/types', '/templates/new', '/templates/edit/default/x', '/manifests', '/labs', '/labs/first-vm', '/labs/first-vm/file', '/labs/-/new', '/labs/-/class/ada', '/recordings', '/appliance', '/appliance/x/log', '/boxes', '/boxes/stick', '/boxes/b1', '/activity/history', '/settings/people', '/setup', '/setup/place', '/setup-box'].filter((path) => {
      const need = needOf(path);
      return need !== undefined && whyMayNot(state(role), 't', need) !== undefined;
    }); // prettier-ignore
  expect(refused('student')).toEqual(['/machines/new', '/machines/import', '/templates/new', '/templates/edit/default/x', '/manifests', '/labs/first-vm/file', '/labs/-/new', '/labs/-/class/ada', '/appliance', '/appliance/x/log', '/boxes', '/boxes/stick', '/boxes/b1', '/setup', '/setup/place']); // prettier-ignore
  expect(refused('operator')).toEqual(['/boxes/stick', '/setup', '/setup/place']);
  expect(refused('admin')).toEqual([]);
});
