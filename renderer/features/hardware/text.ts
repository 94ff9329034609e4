import en from '../../../assets/locales/en/hardware.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('hardware', en);
