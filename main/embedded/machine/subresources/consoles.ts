import { virtualMachineInstances, virtualMachines } from '../../kube/resources.ts';
import { badRequest, StatusError } from '../../kube/status-error.ts';
import type { Subresource, SubresourceRequest } from '../../kube/subresource.ts';
import { ScreenBusy, screenshot } from '../console/screen.ts';
import { isFinal, vmiSpec } from '../spec.ts';
import { fetchVmi, read, refuse, runningMachine } from './tools.ts';
import type { SubresourceTools } from './tools.ts';

const type = virtualMachineInstances;

/**
 * console, vnc, vnc/screenshot and portforward.
 *
 * One thing is ours: `console?hearth-replay=BYTES` sends that many of the last bytes (at most 256 KiB) before the live
 * ones, so that a viewer that lost its scrollback gets it back. KubeVirt ignores the parameter.
 */
export function consoleSubresources(tools: SubresourceTools): Subresource[] {
  return [
    {
      kind: 'stream',
      resource: type,
      name: 'console',
      open: async (request) => {
        const vmi = fetchVmi(tools, request);
        if (vmiSpec(vmi).domain.devices.autoattachSerialConsole === false)
          throw badRequest('No serial consoles are present.');
        if (isFinal(vmi)) throw refuse(type, request.name, 'VMI is in failed status');
        const replay = Number(request.query.get('hearth-replay') ?? 0);
        return runningMachine(tools, request).machine.serial.attach(Number.isFinite(replay) ? Math.max(0, replay) : 0);
      },
    },
    {
      kind: 'stream',
      resource: type,
      name: 'vnc',
      open: async (request) => {
        requireScreen(tools, request);
        try {
          return await runningMachine(tools, request).machine.screen.attach(
            request.query.get('preserveSession') === 'true',
          );
        } catch (error) {
          if (error instanceof ScreenBusy)
            throw new StatusError(500, 'InternalError', `Internal error occurred: ${error.message}`);
          throw error;
        }
      },
    },
    read(type, 'vnc/screenshot', async (request) => {
      requireScreen(tools, request);
      const { machine } = runningMachine(tools, request);
      return { code: 200, bytes: { type: 'image/png', data: await screenshot(machine.qmp, machine.files.screenshot) } };
    }),
    ...[virtualMachines, type].map((resource): Subresource => ({
      kind: 'stream',
      resource,
      name: 'portforward',
      open: async (request) => {
        const port = Number(request.rest[0]);
        const protocol = (request.rest[1] ?? 'tcp').toLowerCase();
        if (!Number.isInteger(port) || port < 1 || port > 65_535)
          throw badRequest(`${request.rest[0] ?? ''} is not a port`);
        if (protocol !== 'tcp' && protocol !== 'udp')
          throw badRequest(`protocol ${protocol} is not supported: tcp or udp`);
        return tools.forwards.session(runningMachine(tools, request).machine, port, protocol);
      },
    })),
  ];
}

function requireScreen(tools: SubresourceTools, request: SubresourceRequest): void {
  if (vmiSpec(fetchVmi(tools, request)).domain.devices.autoattachGraphicsDevice === false)
    throw badRequest('No graphics devices are present.');
}
