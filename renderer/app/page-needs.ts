import type { PermissionId } from '../../main/contract/permission-rows.ts';

/** What one must be allowed to for a page to be of any use; the first that fits. */
const needs: readonly (readonly [path: RegExp, need: PermissionId])[] = [
  [/^\/setup(\/|$)/, 'appliances.install'],
  [/^\/machines\/new$/, 'machines.create'],
  [/^\/machines\/import(\/|$)/, 'transfer.import'],
  [/^\/machines\/other$/, 'foreign.preview'],
  [/^\/containers(\/|$)/, 'pods.watch'],
  [/^\/templates\/(new$|[^/]+\/)/, 'templates.save'],
  [/^\/manifests$/, 'manifests.apply'],
  [/^\/labs\/-\/new$/, 'labs.validate'],
  [/^\/labs\/-\/class(\/|$)/, 'classroom.held'],
  [/^\/labs\/[^/]+\/file$/, 'labs.text'],
  [/^\/appliance(\/|$)/, 'appliances.watch'],
  [/^\/backups$/, 'backups.watch'],
  [/^\/boxes\/stick$/, 'boxes.write'],
  [/^\/boxes(\/|$)/, 'boxes.watch'],
];
export const needOf = (path: string): PermissionId | undefined => needs.find(([at]) => at.test(path))?.[1];
