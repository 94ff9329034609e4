import { describe, expect, test } from 'vitest';
import { roles } from '../../../main/contract/roles.ts';
import { contract } from '../../../main/contract/contract.ts';
import { permissions } from '../../../main/contract/permission-rows.ts';
import type { PermissionId } from '../../../main/contract/permission-rows.ts';
import { doorRows, leastRole, mayAtAll, ownOnly } from '../../../main/contract/permissions.ts';
import type { Router } from '../../../main/contract/procedure.ts';
import { isReading } from '../../../main/backend/audit/words.ts';

function procedures(router: Router, prefix = ''): { path: string; type: string }[] {
  return Object.entries(router).flatMap(([name, node]) => {
    // Labs have a procedure of the name `type`.
    const { type } = node as { type?: unknown };
    return typeof type === 'string' ? [{ path: prefix + name, type }] : procedures(node as Router, `${prefix}${name}.`);
  });
}
const all = procedures(contract);
const ids = Object.keys(permissions) as PermissionId[];

describe('the permissions', () => {
  test('name every procedure of the contract, and no other', () => {
    const paths = all.map(({ path }) => path);
    expect(paths.filter((path) => !Object.hasOwn(permissions, path))).toEqual([]);
    expect(ids.filter((id) => !paths.includes(id.replace(/:.*$/, '')))).toEqual([]);
  });

  test('let each role do what the ones below it may', () => {
    for (const id of ids)
      for (const [at, role] of roles.entries())
        for (const lower of roles.slice(at))
          expect([id, role, lower, !mayAtAll(lower, id) || mayAtAll(role, id)]).toEqual([id, role, lower, true]);
    expect(ids.filter((id) => !mayAtAll('admin', id))).toEqual([]);
    expect(ids.filter((id) => ownOnly('admin', id) || ownOnly('operator', id))).toEqual([]);
  });

  test('keep host, settings, targets, users, boxes and other people from students', () => {
    const far = /^(settings\.update|host\.(recheck|override)|target\.kubeconfig|targets\.(?!watch)|appliances\.|boxes\.|ownBox\.(?!watch)|devices\.|networks\.(create|remove)|storage\.(remove|make)|bin\.(?!watch)|access\.(users|add|set|remove|signOutUser)|support\.|commands\.|audit\.|images\.(?!watch|catalogue)|machines\.create|manifests\.|classroom\.(?!seat)|notifications\.(?!watch)|app\.logs|transfer\.|labs\.(solve|text|import|keep|export|remove))/;
    expect(ids.filter((id) => far.test(id) && mayAtAll('student', id))).toEqual([]);
    // Whatever of recordings, consoles and machines a student has, is one's own; what has a recording back is known to who deleted it.
    const own = /^(recordings\.(?!restore)|consoles|snapshots\.(?!watch)|faults\.(begin|cure)|hardware|machines\.(act|detail|applyYaml))/;
    expect(ids.filter((id) => own.test(id) && mayAtAll('student', id) && !ownOnly('student', id))).toEqual([]);
  });

  test('keep this computer and all that is for everybody from operators', () => {
    const far = /^(settings\.update|host\.(recheck|override)|target\.kubeconfig|targets\.(?!watch)|appliances\.(?!watch)|boxes\.(?!watch|state)|access\.(users|add|set|remove|signOutUser)|support\.|images\.addFromFile|labs\.export|commands\.(replay|clear)|app\.logs|.*:(path|computer)$)/;
    expect(ids.filter((id) => far.test(id) && mayAtAll('operator', id))).toEqual([]);
  });

  test('leave nothing that changes something to everybody', () => {
    const changing = all.filter(({ path, type }) => type === 'pipe' || (type === 'call' && !isReading(path)));
    const open = changing.map(({ path }) => path as PermissionId).filter((id) => leastRole(id) === 'student' && !ownOnly('student', id));
    // One's own password and session; a hash of what is sent; what one deleted oneself; the others only read.
    expect(open.sort()).toEqual(['access.changePassword', 'access.signOut', 'cloudInit.hashPassword', 'networks.portHolder', 'recordings.restore', 'templates.types']);
  });

  test('stand behind the doors beside the contract', () => {
    expect(Object.values(doorRows).map((id) => leastRole(id))).toEqual(['operator', 'admin', 'operator']);
  });
}); // prettier-ignore
