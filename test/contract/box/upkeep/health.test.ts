import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHealth } from '../../../../main/backend/boxes/agent/upkeep/health.ts';
import type { Run } from '../../../../main/backend/boxes/agent/upkeep/parts.ts';
import { readTemperatures } from '../../../../main/backend/boxes/agent/upkeep/readings.ts';
import { unitStates } from '../../../../main/backend/boxes/agent/upkeep/units.ts';
import { runProcess } from '../../../../main/backend/process.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'box-health-'));
});
afterEach(() => rm(root, { recursive: true }));
const put = async (files: Record<string, string>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
};

describe('health', () => {
  it('of this very computer, by its own programs', async () => {
    const health = await readHealth({
      run: runProcess,
      root: '/',
      watched: [{ path: '/', what: 'All' }, { path: '/no/such/folder', what: 'None' }],
      now: () => new Date('2026-11-22T02:00:00Z'),
    }); // prettier-ignore
    expect(health.uptime).toBeGreaterThan(1);
    expect(health.cpus).toBeGreaterThan(0);
    expect(health.load).toHaveLength(3);
    expect(health.memory.available).toBeGreaterThan(0);
    expect(health.memory.total).toBeGreaterThan(health.memory.available);
    expect(health.filesystems.map(({ path }) => path)).toEqual(['/']);
    expect(health.filesystems[0]?.total).toBeGreaterThan(health.filesystems[0]?.free ?? Infinity);
    for (const disk of health.disks) expect(disk).toMatchObject({ name: expect.any(String) as unknown, why: expect.any(String) as unknown }); // prettier-ignore
    expect(health.findings.length).toBeGreaterThan(0);
    expect(health.at).toBe('2026-11-22T02:00:00.000Z');
  });

  it('has the units that failed, with their last lines', async () => {
    await put({ 'proc/uptime': '12.5 3.0\n', 'proc/loadavg': '0.5 0.4 0.3 1/100 77\n', 'proc/meminfo': 'MemTotal:  1000 kB\nMemAvailable:  500 kB\n' }); // prettier-ignore
    const run: Run = async (argv, options) => {
      const line = argv.join(' ');
      const stdout = line.startsWith('systemctl list-units')
        ? 'hearth.service       loaded failed failed The box\nuser@1000.service loaded failed failed x\n'
        : line.startsWith('timedatectl')
          ? 'Timezone=Europe/Berlin\nNTPSynchronized=yes\n'
          : '';
      if (line.includes('--unit=hearth.service'))
        options?.onLine?.(JSON.stringify({ __REALTIME_TIMESTAMP: '1', MESSAGE: 'no port, token=abcdefgh12345', _SYSTEMD_UNIT: 'hearth.service' })); // prettier-ignore
      return { code: 0, stdout, stderr: '', timedOut: false };
    };
    const health = await readHealth({ run, root, watched: [], now: () => new Date() });
    expect(health).toMatchObject({
      uptime: 12.5,
      load: [0.5, 0.4, 0.3],
      memory: { total: 1_024_000, available: 512_000 },
      clock: { synchronised: true, timeZone: 'Europe/Berlin' },
      failedUnits: [
        { unit: 'hearth.service', lines: ['no port, token=[redacted]'] },
        { unit: 'user@1000.service', lines: [] },
      ],
    });
    expect(health.findings[0]).toMatchObject({ tone: 'bad', title: 'hearth.service failed' });
  });

  it('leaves out what no program tells', async () => {
    const none: Run = () => Promise.reject(new Error('no such program'));
    await put({ 'proc/uptime': '1 1', 'proc/loadavg': '0 0 0', 'proc/meminfo': '' });
    const health = await readHealth({ run: none, root, watched: [], now: () => new Date() });
    expect(health).toMatchObject({ disks: [], failedUnits: [], temperatures: [], clock: { synchronised: false } });
  });
});

describe('temperatures', () => {
  it('are those of hwmon with their names and limits', async () => {
    await put({
      'sys/class/hwmon/hwmon0/name': 'coretemp\n',
      'sys/class/hwmon/hwmon0/temp1_input': '51000\n',
      'sys/class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
      'sys/class/hwmon/hwmon0/temp1_max': '84000\n',
      'sys/class/hwmon/hwmon0/temp1_crit': '100000\n',
      'sys/class/hwmon/hwmon0/fan1_input': '900\n',
      'sys/class/hwmon/hwmon1/name': 'nvme\n',
      'sys/class/hwmon/hwmon1/temp1_input': '38850\n',
      'sys/class/hwmon/hwmon1/temp1_crit': '84850\n',
      // Not connected, and what no sensor can mean.
      'sys/class/hwmon/hwmon2/name': 'nct6775\n',
      'sys/class/hwmon/hwmon2/temp1_input': '-127000\n',
      'sys/class/hwmon/hwmon2/temp2_input': '0\n',
      'sys/class/hwmon/hwmon2/temp3_input': '',
      'sys/class/thermal/thermal_zone0/temp': '40000\n',
    });
    expect(await readTemperatures(root)).toEqual([
      { name: 'coretemp Package id 0', celsius: 51, high: 100 },
      { name: 'nvme', celsius: 38.9, high: 84.9 },
    ]);
  });

  it('are those of the thermal zones where there are no others', async () => {
    await put({ 'sys/class/thermal/thermal_zone0/type': 'x86_pkg_temp\n', 'sys/class/thermal/thermal_zone0/temp': '40000\n', 'sys/class/thermal/cooling_device0/type': 'Fan\n' }); // prettier-ignore
    expect(await readTemperatures(root)).toEqual([{ name: 'x86_pkg_temp', celsius: 40 }]);
  });
});

describe('units', () => {
  it('are told in the order they were asked for', async () => {
    const run: Run = async () => ({ code: 0, stderr: '', timedOut: false, stdout: 'Id=a.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\nId=b.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n' }); // prettier-ignore
    expect(await unitStates(run, ['a.service', 'b.service'])).toEqual([
      { unit: 'a.service', load: 'loaded', active: 'active', file: 'enabled' },
      { unit: 'b.service', load: 'not-found', active: 'inactive', file: '' },
    ]);
  });
});
