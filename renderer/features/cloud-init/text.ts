import en from '../../../assets/locales/en/cloud-init.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('cloud-init', en);
