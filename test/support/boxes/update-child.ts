import { signingKey } from '../../../main/backend/boxes/image/keys.ts';
import { upkeepLab } from './upkeep-lab.ts';

// An agent at its update, in a process of its own that can be killed. Arguments: folder of the box, key, image.
const [, , root = '', pem = '', path = ''] = process.argv;
const lab = await upkeepLab({ root, key: signingKey(Buffer.from(pem, 'base64').toString(), 'test') });
const agent = lab.agent('a', '1.0.0');
await agent.start();
process.stdout.write('begin\n');
await agent.update({ path, restart: false });
process.stdout.write('end\n');
