import en from '../../../assets/locales/en/recordings.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('recordings', en);
