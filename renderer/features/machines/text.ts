import en from '../../../assets/locales/en/machines.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('machines', en);
export type MachinesText = keyof typeof en;
