import { join } from 'node:path';

/** `/var/lib/hearth/box`: what makes this box this box. Survives the installation. */
export interface BoxPlaces {
  root: string;
  key: string;
  cert: string;
  apps: string;
  account: string;
  setup: string;
  /** Virtual machines that were shut down for a restart. */
  machinesOff: string;
  incoming: string;
  /** The image that came last; what the agent is given. */
  update: string;
  /** What browsers send, and the `.json` that they begin with. */
  uploads: string;
  note: string;
  /** Where the stick's or disk's offline bundle may be, in the order they are looked for. */
  bundles: string[];
  /** For programs of the console. */
  control: string;
}

/** `medium`: where the stick or the start partition is mounted. */
export const boxPlaces = (root: string, medium = '/run/hearth/medium'): BoxPlaces => ({
  root,
  key: join(root, 'identity.key'),
  cert: join(root, 'identity.cert'),
  apps: join(root, 'apps.json'),
  account: join(root, 'account.json'),
  setup: join(root, 'setup.json'),
  machinesOff: join(root, 'machines-off.json'),
  incoming: join(root, 'incoming'),
  update: join(root, 'incoming', 'update.img'),
  uploads: join(root, 'incoming', 'uploads'),
  note: join(root, 'incoming', 'update.json'),
  bundles: [join(root, 'bundle'), join(medium, 'hearth', 'bundle')],
  control: join(root, 'control.sock'),
});

/** Where a box keeps it. */
export const defaultBoxDir = '/var/lib/hearth/box';
