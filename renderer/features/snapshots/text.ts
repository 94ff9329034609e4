import en from '../../../assets/locales/en/snapshots.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('snapshots', en);
