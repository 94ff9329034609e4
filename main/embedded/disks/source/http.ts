import type { Base } from '../base/bases.ts';
import type { Filling } from '../datavolume/populate.ts';
import { Refusal } from '../refusal.ts';

export interface HttpSource {
  url?: string;
  /** "sha256:…" or "sha512:…". */
  checksum?: string;
  extraHeaders?: string[];
  secretRef?: string;
  certConfigMap?: string;
}

export function fetchBase(_source: HttpSource, _mirrors: string | undefined, _filling: Filling): Promise<Base> {
  return Promise.reject(new Refusal('NotSupported', 'not yet'));
}
