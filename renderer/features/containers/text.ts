import en from '../../../assets/locales/en/containers.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('containers', en);
export type ContainersText = Parameters<typeof t>[0];
