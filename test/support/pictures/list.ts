/** A page, or a dialog on one. */
export interface Picture {
  /** Of its file. */
  name: string;
  /** `QUERY ROUTE` or `ROUTE`, as the preview has them. */
  at: string;
  /** Names of what is pressed in turn before the picture; `menu:` presses the menu of that name, `key:` a key. */
  press?: string[];
}
const web = '/machines/default/web';
const box = '/boxes/58c8b876401494c870b240dcd0c838fe';
const page = (name: string, at: string): Picture => ({ name, at });
const dialog = (name: string, at: string, ...press: string[]): Picture => ({ name, at, press });

/** Every page, and the dialogs where most is decided. A route of the router that is not here fails the test. */
export const pictures: readonly Picture[] = [
  page('home', '/'),
  page('home-empty', 'scenario=empty /'),
  page('machines', '/machines'),
  page('machines-loading', 'state=loading /machines'),
  page('machines-student', 'user=student&lan=on /machines'),
  page('create', '/machines/new'),
  page('import', '/machines/import'),
  page('other-programs', '/machines/other'),
  page('wall', '/machines/wall'),
  page('machine', web),
  page('machine-console', `${web}/console`),
  page('machine-hardware', `${web}/hardware`),
  page('machine-disks', `${web}/disks`),
  page('machine-network', `${web}/network`),
  page('machine-snapshots', `${web}/snapshots`),
  page('machine-guest', `${web}/guest`),
  page('machine-faults', `${web}/faults`),
  page('machine-events', `${web}/events`),
  page('machine-yaml', `${web}/yaml`),
  page('console', '/console/default/web'),
  page('images', '/images'),
  page('storage', '/storage'),
  page('storage-errors', 'state=error /storage'),
  page('storage-bin', '/storage/bin'),
  page('networks', '/networks'),
  page('templates', '/templates'),
  page('templates-new', '/templates/new'),
  page('templates-edit', '/templates/template/default/web-server'),
  page('manifests', '/manifests'),
  page('labs', '/labs'),
  page('lab', '/labs/first-vm'),
  page('lab-running', 'run=running /labs/first-vm'),
  page('lab-student', 'run=running&user=student&lan=on /labs/first-vm'),
  page('lab-file', '/labs/first-vm/file'),
  page('lab-new', '/labs/-/new'),
  page('lab-open', '/labs/-/open/lab.yaml'),
  page('class', 'class=some /labs/-/class'),
  page('recordings', '/recordings'),
  page('recording', '/recordings/web%202026-11-22%2010-58-03'),
  page('appliance', '/appliance'),
  page('targets', '/targets'),
  page('boxes', '/boxes'),
  page('box', box),
  page('box-stick', '/boxes/stick'),
  page('box-own', 'own=ready /this-box'),
  page('box-setup', 'own=setup /setup-box'),
  page('activity', '/activity'),
  page('activity-events', '/activity/events'),
  page('activity-history', '/activity/history'),
  page('activity-commands', '/activity/commands'),
  page('settings', '/settings'),
  page('settings-host', '/settings/host'),
  page('settings-people', 'lan=on&user=admin /settings/people'),
  page('settings-notifications', '/settings/notifications'),
  page('setup', 'scenario=first-run /setup'),
  page('help', '/help'),
  page('help-guide', '/help/first-vm'),
  page('missing', '/no/such/page'),
  page('not-yours', 'user=student&lan=on /machines/new'),
  dialog('palette', '/', 'key:Control+k'),
  dialog('image-add', '/images', 'Add image'),
  dialog('network-new', '/networks', 'Create network'),
  dialog('snapshot-take', `${web}/snapshots`, 'Take a snapshot'),
  dialog('machine-delete', '/machines/default/git', 'More actions', 'Delete'),
  dialog('user-add', 'lan=on&user=admin /settings/people', 'Add somebody'),
  dialog('cluster-add', '/targets', 'Add a cluster'),
];
