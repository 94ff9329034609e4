import en from '../../../assets/locales/en/targets.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('targets', en);
