import en from '../../../assets/locales/en/machine.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('machine', en);
export type MachineText = keyof typeof en;
