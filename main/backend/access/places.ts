import { join } from 'node:path';
import type { DataPaths } from '../paths.ts';

/** `access/` of the data directory, 0700: who may use this Hearth over the network, and by which certificate they know it. */
export interface AccessPlaces {
  root: string;
  users: string;
  sessions: string;
  owners: string;
  quotas: string;
  /** Signs what browsers are known by. */
  deviceKey: string;
  key: string;
  cert: string;
}
export const accessPlaces = ({ root }: Pick<DataPaths, 'root'>): AccessPlaces => {
  const folder = join(root, 'access');
  return {
    root: folder,
    users: join(folder, 'users.json'),
    sessions: join(folder, 'sessions.json'),
    owners: join(folder, 'owners.json'),
    quotas: join(folder, 'quotas.json'),
    deviceKey: join(folder, 'devices.key'),
    key: join(folder, 'hearth.key'),
    cert: join(folder, 'hearth.cert'),
  };
};
