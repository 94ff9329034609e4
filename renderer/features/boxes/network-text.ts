import en from '../../../assets/locales/en/boxes-network.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('boxes-network', en);
