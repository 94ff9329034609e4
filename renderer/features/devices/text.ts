import en from '../../../assets/locales/en/devices.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('devices', en);
