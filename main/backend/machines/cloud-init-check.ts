import type { YamlFinding } from '../../contract/machine.ts';
import { checkUserData } from '../cloud-init/check.ts';

/** What is wrong with user data before a guest ever sees it. Pure. */
export const checkCloudInit = (text: string): YamlFinding[] => checkUserData(text);
