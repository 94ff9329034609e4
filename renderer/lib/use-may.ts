import { useCallback } from 'react';
import en from '../../assets/locales/en/client.json' with { type: 'json' };
import type { AccessState } from '../../main/contract/access.ts';
import type { PermissionId } from '../../main/contract/permission-rows.ts';
import { access, target, useLive } from './resources.ts';
import { texts } from './text.ts';

const t = texts('client', en);

/** What something is done to, where that decides whether it is one's own. */
export type Whose = { namespace: string } | { lab: string } | { recording: string } | { task: string };
export type May = (id: PermissionId, whose?: Whose) => string | undefined;

/**
 * Why whoever is signed in may not do something, for the `why` of a button; undefined when they may, and always for whoever sits
 * at the computer. The backend refuses the call with the same meaning.
 */
export function useMay(): May {
  const { value } = useLive(access);
  const at = useLive(target).value?.id;
  return useCallback((id, whose) => (value ? whyMayNot(value, at, id, whose) : undefined), [value, at]);
}

/** Pure. */
export function whyMayNot(state: AccessState, target: string | undefined, id: PermissionId, whose?: Whose): string | undefined {
  if (!state.me) return undefined;
  // `machines.create:forwards` is a variant of an offer; what its procedure needs, it needs, too.
  const rows = [id, id.replace(/:.*$/, '')];
  const least = rows.map((row) => state.beyond[row]).find((role) => role !== undefined);
  if (least) return t(least === 'admin' ? 'role.admin' : 'role.operator', { role: t(`role.${state.me.role}.you`) });
  if (!whose || !rows.some((row) => state.ownOnly.includes(row))) return undefined;
  return state.own.includes(nameOf(whose, target)) ? undefined : t('role.notOwn');
} // prettier-ignore

function nameOf(whose: Whose, target: string | undefined): string {
  if ('recording' in whose) return `recording ${whose.recording}`;
  if ('task' in whose) return `task ${whose.task}`;
  const lab = 'lab' in whose ? whose.lab : /^lab-(.+)$/.exec(whose.namespace)?.[1];
  return lab === undefined ? '' : `lab ${target ?? ''}/${lab}`;
}
