import en from '../../../assets/locales/en/moves.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('moves', en);
